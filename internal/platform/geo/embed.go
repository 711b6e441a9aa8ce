package geo

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"strings"
)

//go:embed data
var dataFS embed.FS

// embedded returns one file of data/, unpacked. The files are part of the
// program: TestEmbeddedFilesOpen opens each, so a failure here means a broken
// build and the part is then empty rather than the program down.
func embedded(name string) string {
	raw, err := dataFS.ReadFile("data/" + name)
	if err != nil {
		return ""
	}
	if !strings.HasSuffix(name, ".gz") {
		return string(raw)
	}
	zr, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return ""
	}
	var sb strings.Builder
	if n := len(raw); n > 4 { // gzip ends with the unpacked size
		sb.Grow(int(raw[n-4]) | int(raw[n-3])<<8 | int(raw[n-2])<<16 | int(raw[n-1])<<24)
	}
	if _, err := io.Copy(&sb, zr); err != nil {
		return ""
	}
	return sb.String()
}

// lines calls do for each line that is neither empty nor a "#" comment.
func lines(text string, do func(line string)) {
	for len(text) > 0 {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		if line != "" && line[0] != '#' {
			do(line)
		}
	}
}

// cut returns the next tab-separated field and the rest.
func cutTab(s string) (field, rest string) {
	field, rest, _ = strings.Cut(s, "\t")
	return field, rest
}
