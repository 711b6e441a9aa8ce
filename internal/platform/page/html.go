package page

import (
	"bytes"
	"strings"
)

// scan collects the element names ("td") and classes (".n") of rendered HTML
// into used. Our own templates write it, so attributes are quoted.
func scan(html []byte, used map[string]bool) map[string]bool {
	if used == nil {
		used = map[string]bool{"html": true, "body": true, "head": true}
	}
	for {
		i := bytes.IndexByte(html, '<')
		if i < 0 || i+1 >= len(html) {
			return used
		}
		html = html[i+1:]
		if c := html[0]; c < 'a' || c > 'z' {
			continue
		}
		end := bytes.IndexByte(html, '>')
		if end < 0 {
			return used
		}
		tag := html[:end]
		name := bytes.IndexAny(tag, " \n\t/")
		if name < 0 {
			name = len(tag)
		}
		used[string(tag[:name])] = true
		if _, rest, ok := bytes.Cut(tag, []byte(` class="`)); ok {
			list, _, _ := bytes.Cut(rest, []byte(`"`))
			for _, c := range bytes.Fields(list) {
				used["."+string(c)] = true
			}
		}
		html = html[end:]
	}
}

// patterns lists which of the three textures drawings on the page ask for.
func patterns(used map[string]bool) []string {
	var out []string
	if !used[".strip"] && !used[".bar"] {
		return nil
	}
	for _, c := range []string{"s", "b", "u"} {
		if used["."+c] {
			out = append(out, c)
		}
	}
	return out
}

// keepers are elements whose white space the reader sees.
var keepers = []string{"pre", "textarea"}

// squeeze makes every run of white space that contains a line break one line
// break, and drops it between block tags' lines, outside pre and textarea.
func squeeze(html []byte) []byte {
	out := make([]byte, 0, len(html))
	hold := ""
	for i := 0; i < len(html); i++ {
		c := html[i]
		if c == '<' {
			if hold == "" {
				for _, k := range keepers {
					if bytes.HasPrefix(html[i+1:], []byte(k)) {
						hold = k
					}
				}
			} else if bytes.HasPrefix(html[i+1:], []byte("/"+hold)) {
				hold = ""
			}
		}
		if hold != "" || !strings.ContainsRune(" \n\t\r", rune(c)) {
			out = append(out, c)
			continue
		}
		j := i
		for j < len(html) && strings.ContainsRune(" \n\t\r", rune(html[j])) {
			j++
		}
		sep := byte(' ')
		if bytes.IndexByte(html[i:j], '\n') >= 0 {
			sep = '\n'
		}
		if len(out) > 0 {
			out = append(out, sep)
		}
		i = j - 1
	}
	return bytes.TrimSpace(out)
}
