package app

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"keepiton/internal/verify/likeness"
)

// TestReplayFindsTheIncident runs the command on the starter register: of the
// leads of a year that no weight was chosen on, nine of ten find their incident
// among the first three.
func TestReplayFindsTheIncident(t *testing.T) {
	dir := t.TempDir()
	env := &Env{Ctx: context.Background(), Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{Data: dir}, Log: slog.New(slog.DiscardHandler)}
	d, s, err := env.open()
	if err != nil {
		t.Fatal(err)
	}
	err = loadStarter(env, s)
	d.Close()
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, int) {
		var out, outErr bytes.Buffer
		code := Run(context.Background(), append([]string{"desk", "replay", "--data", dir}, args...), strings.NewReader(""), &out, &outErr)
		return out.String() + outErr.String(), code
	}
	out, code := run("--year", "2024", "--level", "usual", "--misses")
	if code != 0 {
		t.Fatal(out)
	}
	lines := regexp.MustCompile(`seed (\d): of (\d+) leads .* first three \d+ \(([\d.]+) %\)`).FindAllStringSubmatch(out, -1)
	if len(lines) != 3 {
		t.Fatalf("not one line for each seed:\n%s", out)
	}
	for _, l := range lines {
		if leads, _ := strconv.Atoi(l[2]); leads < 200 {
			t.Errorf("only %d leads", leads)
		}
		if share, _ := strconv.ParseFloat(l[3], 64); share < 90 {
			t.Errorf("seed %s: only %.1f %% among the first three", l[1], share)
		}
	}
	if !strings.Contains(out, "for the lead: ") || !strings.Contains(out, likeness.SameStart) {
		t.Errorf("the misses are not told:\n%s", out)
	}
	if again, _ := run("--year", "2024", "--level", "usual", "--misses"); again != out {
		t.Error("the same seeds give other leads")
	}
	for _, wrong := range [][]string{{"--year", "1999"}, {"--year", "2024", "--level", "best"}} {
		if out, code := run(wrong...); code == 0 || out == "" {
			t.Errorf("%v is not refused: %s", wrong, out)
		}
	}
}
