package stop

import (
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	for _, x := range []struct {
		in, date, status string
		ok               bool
	}{
		{"2025-06-18", "2025-06-18", "", true},
		{" 2025-06-18 00:00:00 ", "2025-06-18", "", true},
		{"2025-06-18T10:30:00Z", "2025-06-18", "", true},
		{"26-Jan-2016", "2016-01-26", "", true},
		{"6-Sept-2016", "2016-09-06", "", true},
		{"3/28/2018", "2018-03-28", "", true},
		{"6/12/16", "2016-06-12", "", true},
		{"March 3, 2020", "2020-03-03", "", true},
		{"43983", "2020-06-01", "", true},
		{"43983.0", "2020-06-01", "", true},
		{"2019-11", "2019-11", "", true},
		{"2013", "2013", "", true},
		{"١٢/٢٥/٢٠٢٠", "2020-12-25", "", true},
		{"ongoing", "", "ongoing", true},
		{"Ongoing.", "", "ongoing", true},
		{"Unkown", "", "unknown", true},
		{"", "", "", true},
		{"28/3/2018", "", "", false}, // day first: never turned round
		{"2/30/2020", "", "", false},
		{"2020-13-01", "", "", false},
		{"31-Feb-2020", "", "", false},
		{"99999", "", "", false},
		{"1/1/1900", "", "", false},
		{"It lasted for a week or so", "", "", false},
		{"6/12/16 to 6/14/16", "", "", false},
	} {
		p, ok := parseDate(x.in)
		if ok != x.ok || string(p.date) != x.date || p.status != x.status {
			t.Errorf("parseDate(%q) = %+v %v, want %q %q %v", x.in, p, ok, x.date, x.status, x.ok)
		}
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2025-06-18", "26-Jan-2016", "3/28/2018", "43983", "ongoing", "٢٠٢٠-٠١-٠١", "1/2/03", "Jan 5, 2020", "2020-00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := parseDate(s)
		if !ok || p.date == "" {
			return
		}
		if _, good := p.date.Day(); !good {
			t.Fatalf("parseDate(%q) gave %q, which is no date", s, p.date)
		}
		if y := p.date.Year(); y < firstYear || y > lastYear {
			t.Fatalf("parseDate(%q) gave the year %d", s, y)
		}
		if len(p.date) == 10 {
			if _, err := time.Parse("2006-01-02", string(p.date)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestSplitLinks(t *testing.T) {
	for _, x := range []struct {
		in   string
		urls int
		rest string
	}{
		{"https://a.org/x; https://b.org/y", 2, ""},
		{"https://a.org/x, https://b.org/y", 2, ""},
		{"https://a.org/x\n\nhttps://b.org/y", 2, ""},
		{"https://a.org/x https://b.org/y", 2, ""},
		{"https://a.org/x;https://b.org/y", 2, ""},
		{"https://a.org/x?list=1,2,3", 1, ""},
		{"Confirmed by a partner", 0, "Confirmed by a partner"},
		{"see https://a.org/x.", 1, "see"},
		{"", 0, ""},
	} {
		urls, rest := splitLinks(x.in)
		if len(urls) != x.urls || rest != x.rest {
			t.Errorf("splitLinks(%q) = %q, %q", x.in, urls, rest)
		}
	}
}
