package app

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// TestImportsPointOneWay holds the import graph against the rule of
// docs/ARCHITECTURE.md: cmd -> app -> domain -> mechanism -> platform.
func TestImportsPointOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "keepiton/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	seen := 0
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		seen++
		for _, to := range p.Imports {
			if strings.HasPrefix(to, "keepiton/") && !allowed(p.ImportPath, to) {
				t.Errorf("%s must not import %s", p.ImportPath, to)
			}
		}
	}
	if seen < 10 {
		t.Fatalf("only %d packages were looked at", seen)
	}
}

// layer is the height of a package; a package may import lower ones.
func layer(path string) int {
	rest := strings.TrimPrefix(path, "keepiton/")
	switch {
	case strings.HasPrefix(rest, "cmd/"), strings.HasPrefix(rest, "tools/"):
		return 5
	case rest == "internal/app":
		return 4
	case rest == "internal/incident":
		return 2
	case strings.HasPrefix(rest, "internal/mechanism/"):
		return 1
	case strings.HasPrefix(rest, "internal/platform/"), rest == "migrations":
		return 0
	}
	return 3 // a domain
}

// domain is the first part of a domain's path: rooms under it belong to it.
func domain(path string) string {
	return strings.Split(strings.TrimPrefix(path, "keepiton/internal/"), "/")[0]
}

func allowed(from, to string) bool {
	a, b := layer(from), layer(to)
	if a == 0 && b == 0 {
		return true // the ground may stand on itself; circles do not compile
	}
	if a == 3 && b == 3 {
		// The public face hands out the coalition's sheet.
		return domain(from) == domain(to) || (domain(from) == "publish" && domain(to) == "stop")
	}
	return b < a
}
