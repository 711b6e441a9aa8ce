package verify

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestManyWords: a query of very many words costs what one of a few does, whoever
// asks sees which ones were looked for, and a saved filter is no way around it.
func TestManyWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.file()
		var many []string
		for a := 'a'; a <= 'z'; a++ {
			for b := 'a'; b <= 'z'; b++ {
				many = append(many, string(a)+string(b))
			}
		}
		for name, query := range map[string]string{"words": strings.Join(many, " "), "joined": strings.Join(many, "-"), "without spaces": strings.Repeat("网络中断了", 200)} {
			f := ParseFilter(url.Values{"q": {query}})
			if name != "without spaces" && f.Words != strings.Join(many[:12], " ") {
				t.Errorf("%s: looked for %q", name, f.Words)
			}
			began := time.Now()
			if _, _, err := w.List(t.Context(), w.people["reader"], f); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("%s took %v", name, took)
			}
		}
		if f := ParseFilter(url.Values{"q": {" Karaj  cut "}}); f.Words != "Karaj  cut" {
			t.Errorf("a few words are looked for as they are: %q", f.Words)
		}
	})
}
