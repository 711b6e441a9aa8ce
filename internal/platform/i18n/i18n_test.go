package i18n

import (
	"strings"
	"testing"
	"testing/fstest"
)

func load(t testing.TB, files map[string]string) *Catalogue {
	t.Helper()
	m := fstest.MapFS{}
	for name, s := range files {
		m[name] = &fstest.MapFile{Data: []byte(s)}
	}
	c, err := Load(m)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestBaseIsWhole(t *testing.T) {
	for _, gap := range Check(load(t, nil)) {
		t.Error(gap)
	}
}

// TestCheckFinds proves that each kind of gap is found: a check that cannot
// fail would hide them.
func TestCheckFinds(t *testing.T) {
	c := load(t, map[string]string{
		"x/en.json": `{"a":{"whole":"one {place}","p":{"one":"{n} day","other":"{n} days"},"gone":"x"}}`,
		"x/fr.json": `{"a":{"whole":"un {lieu}","p":{"one":"{n} jour","other":"{n} jours"},"extra":"y","gone":""}}`,
		"x/ar.json": `{"a":{"whole":"{place}","p":"{n}","gone":"z"}}`,
	})
	all := strings.Join(Check(c), "\n")
	for _, want := range []string{
		"fr: a.whole (other): placeholders [{lieu}], in en [{place}]",
		`fr: a.p: plural form "many" missing`,
		"fr: a.extra: not in en",
		"fr: a.gone (other): empty",
		"ar: a.p: plural in one language, not in the other",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("not found: %s\nin:\n%s", want, all)
		}
	}
	c = load(t, map[string]string{"en.json": `{"only":"here"}`})
	if got := len(Check(c)); got != 2 {
		t.Errorf("a key missing in two languages gave %d lines", got)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"en.json":  `{"i18n":{"days":"again"}}`,
		"fr.json":  `{"a":[1]}`,
		"de.json":  `{"a":"b"}`,
		"ar.json":  `{`,
		"en-x.txt": "",
	} {
		_, err := Load(fstest.MapFS{name: &fstest.MapFile{Data: []byte(s)}})
		if refused := err != nil; refused != (name != "en-x.txt") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPluralForms(t *testing.T) {
	for tag, want := range map[string]string{
		"en": "one other", "fr": "one many other", "ar": "zero one two few many other", "ru": "one few many other", "my": "other",
	} {
		if got := strings.Join(pluralForms(tag), " "); got != want {
			t.Errorf("%s: %s, want %s", tag, got, want)
		}
	}
}

func TestTexts(t *testing.T) {
	c := load(t, map[string]string{
		"en.json": `{"w":{"cut":{"one":"{n} place in {place}","other":"{n} places in {place}"},"only":"English only"}}`,
		"fr.json": `{"w":{"cut":{"one":"{n} lieu, {place}","many":"{n} lieux, {place}","other":"{n} lieux, {place}"}}}`,
		"ar.json": `{"w":{"cut":{"zero":"لا مكان في {place}","one":"مكان في {place}","two":"مكانان في {place}","few":"{n} أماكن في {place}","many":"{n} مكانًا في {place}","other":"{n} مكان في {place}"}}}`,
	})
	en, fr, ar := c.For("en"), c.For("fr"), c.For("ar")
	for _, x := range []struct{ got, want string }{
		{en.T("w.cut", "n", 1, "place", "Kesh"), "1 place in Kesh"},
		{en.T("w.cut", "n", 1884, "place", "Kesh"), "1,884 places in Kesh"},
		{fr.T("w.cut", "n", 0, "place", "Kesh"), "0 lieu, Kesh"},
		{fr.T("w.cut", "n", 12500, "place", "Kesh"), "12\u202f500 lieux, Kesh"},
		{ar.T("w.cut", "n", 2, "place", "كش"), "مكانان في كش"},
		{ar.T("w.cut", "n", 5, "place", "كش"), "5 أماكن في كش"},
		{ar.T("w.cut", "n", 11, "place", "كش"), "11 مكانًا في كش"},
		{ar.T("w.cut", "n", 100, "place", "Kesh"), "100 مكان في \u2068Kesh\u2069"},
		{ar.T("w.cut", "n", 2, "place", "2026-0012"), "مكانان في \u20662026-0012\u2069"},
		{en.T("w.cut", "n", 2, "place", "2026-0012"), "2 places in 2026-0012"},
		{ar.T("w.cut", "n", 2, "place", Phrase("\u2068Kesh\u2069، كش")), "مكانان في \u2068Kesh\u2069، كش"},
		{ar.T("w.only"), "English only"},
		{ar.T("w.none"), "w.none"},
		{en.T("w.cut", "n", 2, "place", "\u202eevil\u2069"), "2 places in evil"},
		{en.T("w.cut", "n", 2, "place", "كش"), "2 places in \u2068كش\u2069"},
		{en.T("w.cut", "n", 2, "place", "{n}"), "2 places in {n}"},
		{en.T("w.cut", "n", 2), "2 places in {place}"},
		{en.Days(1), "1 day"}, {fr.Days(1000000), "1\u202f000\u202f000 jours"}, {ar.Days(3), "3 أيام"},
		{en.N(-9), "\u22129"}, {en.N(999), "999"}, {en.N(1000), "1,000"}, {ar.N(1234567), "1,234,567"},
		{en.Percent(.41), "41%"}, {fr.Percent(.41), "41\u202f%"}, {en.Percent(.004), "0.4%"}, {en.Percent(.9996), "99.9%"},
		{fr.Decimal(-1234.56, 1), "\u22121\u202f234,6"},
		{en.List([]string{"a", "b", "c"}), "a, b and c"}, {fr.List([]string{"a", "b"}), "a et b"}, {ar.List([]string{"أ", "ب", "ج"}), "أ وب وج"},
		{en.List(nil), ""}, {en.List([]string{"{b}", "{a}"}), "{b} and {a}"},
	} {
		if x.got != x.want {
			t.Errorf("%q, want %q", x.got, x.want)
		}
	}
}

func TestDates(t *testing.T) {
	c := load(t, nil)
	en, fr, ar := c.For("en"), c.For("fr"), c.For("ar")
	for _, x := range []struct{ got, want string }{
		{en.Date("2026-01-08"), "8 January 2026"}, {ar.Date("2026-01-08"), "8 يناير 2026"}, {fr.Date("2026-01-08"), "8 janvier 2026"},
		{fr.Date("2026-01-01"), "1er janvier 2026"}, {en.Date("2026-01-08", Month), "January 2026"}, {fr.Date("2026-01-08", Year), "2026"},
		{en.Date("2026-01"), "January 2026"}, {en.Date("2026"), "2026"}, {en.Date("soon"), "soon"}, {en.Date("2026-13"), "2026-13"}, {en.Date(""), ""},
		{en.DayMonth("2026-01-08"), "8 January"},
		{en.Range("2026-01-08", "2026-01-27"), "8 to 27 January 2026"},
		{fr.Range("2026-01-08", "2026-01-27"), "du 8 au 27 janvier 2026"},
		{ar.Range("2026-01-08", "2026-01-27"), "من 8 إلى 27 يناير 2026"},
		{en.Range("2025-06-18", "2025-07-02"), "18 June to 2 July 2025"},
		{en.Range("2025-12-29", "2026-01-08"), "29 December 2025 to 8 January 2026"},
		{en.Range("2025-06", "2025-07"), "June to July 2025"}, {en.Range("2019", "2020"), "2019 to 2020"},
		{en.Range("2025-06-18", "2025-06-18"), "18 June 2025"},
		{en.Range("2025-06-18", ""), "since 18 June 2025"}, {fr.Range("2025-06-18", ""), "depuis le 18 juin 2025"},
		{fr.Range("", "2025-06"), "jusqu’en juin 2025"}, {fr.Since("2025-06-18", Year), "depuis 2025"}, {en.Range("", ""), ""},
	} {
		if x.got != x.want {
			t.Errorf("%q, want %q", x.got, x.want)
		}
	}
}

func TestAddress(t *testing.T) {
	for path, want := range map[string][2]string{
		"/": {"en", "/"}, "": {"en", "/"}, "/ar": {"ar", "/"}, "/ar/": {"ar", "/"}, "/fr/x/y": {"fr", "/x/y"},
		"/arab/x": {"en", "/arab/x"}, "/en/x": {"en", "/en/x"}, "/my/x": {"en", "/my/x"}, "/ar//evil.example": {"ar", "/evil.example"},
	} {
		lang, rest := FromPath(path)
		if lang != want[0] || rest != want[1] {
			t.Errorf("%q: %q %q", path, lang, rest)
		}
	}
	if Path("ar", "/x") != "/ar/x" || Path("en", "/x") != "/x" || Path("xx", "x") != "/x" || Path("fr", "/") != "/fr/" {
		t.Error("Path is not the inverse of FromPath")
	}
	c := load(t, nil)
	for _, x := range []struct{ header, current, want string }{
		{"ar-EG,ar;q=0.9,en;q=0.8", "en", "ar"}, {"en-GB,en", "en", ""}, {"de,fr;q=0.5", "en", "fr"}, {"de", "en", ""},
		{"fr", "fr", ""}, {"", "en", ""}, {"fr;q=0", "en", ""}, {strings.Repeat("a,", 900), "en", ""}, {";;;", "en", ""},
	} {
		if l, _ := c.Offer(x.header, x.current); l.Tag != x.want {
			t.Errorf("Offer(%q, %s) = %q, want %q", x.header, x.current, l.Tag, x.want)
		}
	}
}

func FuzzTexts(f *testing.F) {
	c := load(f, map[string]string{"en.json": `{"x":"{a} and {b}"}`, "fr.json": `{"x":"{a} et {b}"}`, "ar.json": `{"x":"{a} و{b}"}`})
	f.Add("2026-01-08", "2026-01-27", "{a}{")
	f.Add("2026-1-8", "\u202e", "/ar//x")
	f.Add("0000-00-00", "9999-99-99", "}{")
	f.Fuzz(func(t *testing.T, a, b, s string) {
		for _, l := range c.Langs() {
			x := c.For(l.Tag)
			x.Date(a)
			x.Range(a, b)
			x.T(s, a, b)
			out := x.T("x", "a", a, "b", b)
			for _, r := range out {
				if r >= 0x202a && r <= 0x202e {
					t.Fatalf("direction control %U in %q", r, out)
				}
			}
			c.Offer(s, l.Tag)
		}
		lang, rest := FromPath(s)
		if rest == "" || rest[0] != '/' {
			t.Fatalf("FromPath(%q) = %q %q", s, lang, rest)
		}
	})
}

func BenchmarkT(b *testing.B) {
	t := load(b, nil).For("ar")
	for b.Loop() {
		t.Days(15)
	}
}

// TestSpacesThatHold: no line of French breaks before a sign that a space stands
// before, nor after an opening quotation mark; other languages stay as written.
func TestSpacesThatHold(t *testing.T) {
	c, err := Load(fstest.MapFS{
		"en.json": {Data: []byte(`{"a": "What : is it ?", "n": {"one": "{n} one !", "other": "{n} !"}}`)},
		"fr.json": {Data: []byte(`{"a": "D’où le sait-on ? « Inventé {x} » ; fin : {y} !", "n": {"one": "{n} un !", "many": "{n} !", "other": "{n} !"}}`)},
		"ar.json": {Data: []byte(`{"a": "«ما هذا» ?", "n": {"zero": "0", "one": "1", "two": "2", "few": "3", "many": "4", "other": "5"}}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "What : is it ?", "fr": "D’où le sait-on\u00a0? «\u00a0Inventé X\u00a0»\u00a0; fin\u00a0: Y\u00a0!", "ar": "«ما هذا» ?"} {
		if got := c.For(lang).T("a", "x", "X", "y", "Y"); got != want {
			t.Errorf("%s: %q", lang, got)
		}
	}
	if got := c.For("fr").T("n", "n", 1); got != "1 un\u00a0!" {
		t.Errorf("a plural: %q", got)
	}
}
