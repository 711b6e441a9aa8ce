package site

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/page/htmlcheck"
)

func testSearch(t *testing.T, w *world) {
	w.check(t, "/search", 200, htmlcheck.HasText("main a", "2025-0142"), htmlcheck.Has("input[type=search]"))
	for q, want := range map[string]string{
		"Iran 2022": "Iran, 2022: at least 21 shutdowns", "2022": "2022: at least 206", "إيران": "Iran: at least 69", "Îran": "Iran: at least 69",
		"Telegram": "Telegram: at least", "indien ٢٠٢٣": "India, 2023: at least 116", "Norway": "Norway: no shutdown on record",
	} {
		w.check(t, "/search?"+url.Values{"q": {q}}.Encode(), 200, htmlcheck.HasText("h2", want))
	}
	// Among other words a country and a year are understood too: one total.
	for _, q := range []string{"Iran in 2022", "shutdowns Iran 2022", "iran shutdowns in 2022", "how many shutdowns had Iran in 2022", "How many shutdowns were there in Iran, in 2022?",
		"Iran's shutdowns 2022", "coupures en Iran en 2022", "combien de coupures d'Iran en 2022", "IR 2022", "shutdowns in IR 2022", "كم حالة قطع في إيران عام ٢٠٢٢"} {
		w.check(t, "/search?"+url.Values{"q": {q}}.Encode(), 200, htmlcheck.HasText("h2", "Iran, 2022: at least 21"), htmlcheck.HasText("#result", "At least 21"))
	}
	for q, want := range map[string]string{
		"Iran 2022 protests": "Protests, Iran, 2022: at least 17", "blocking of Telegram in Russia": "Russia, Telegram: at least", "Telegram Iran 2022": "Iran, Telegram, 2022: at least",
		"Iran Mahabad 2022": "Iran, “Mahabad”, 2022: at least", "shutdowns in Norway": "Norway: no shutdown on record", "shutdowns in South Sudan 2024": "South Sudan, 2024",
		"Iran 2022 xyzzyplugh": "Iran, “xyzzyplugh”, 2022: no shutdown",
		// and these name no one country
		"SHUTDOWNS IN 2022": "2022: at least 206", "Iran Iraq 2022": "“Iran Iraq”, 2022", "shutdown man": "Entries with these words", "Iran 2021 2022": "Iran, “2021 2022”",
	} {
		w.check(t, "/search?"+url.Values{"q": {q}}.Encode(), 200, htmlcheck.HasText("h2", want))
	}
	// A cause is understood without a country, in every language of the site.
	for cause, names := range map[string][]string{
		"protests": {"protests", "Protest", "manifestations", "احتجاجات", "الاحتجاجات", "shutdowns during protests"}, "conflict": {"conflict", "armed conflict", "conflit armé", "النزاع المسلح"},
		"exam_cheating": {"exams", "exam", "school exams", "examens", "الامتحانات"}, "elections": {"election", "élections", "elections", "انتخابات"}, "communal_violence": {"Communal violence", "violences communautaires"},
	} {
		n, err := w.record.Total(context.Background(), incident.Filter{Edition: incident.RecordEdition, Cause: cause})
		if err != nil || n.N == 0 {
			t.Fatalf("%s: %d entries, %v", cause, n.N, err)
		}
		for _, q := range names {
			w.check(t, "/search?"+url.Values{"q": {q}}.Encode(), 200, htmlcheck.HasText("h2", fmt.Sprintf("at least %d shutdowns", n.N)), htmlcheck.Has(`main a[href="/incidents?cause=`+cause+`"]`))
		}
	}
	for path, link := range map[string]string{"/ar/search?q=exams": "/ar/incidents?cause=exam_cheating", "/fr/search?q=conflict": "/fr/incidents?cause=conflict", "/search?q=throttling": "/incidents?type=throttle",
		"/fr/search?q=ralentissement": "/fr/incidents?type=throttle", "/ar/search?q=%D8%A5%D8%A8%D8%B7%D8%A7%D8%A1": "/ar/incidents?type=throttle"} {
		for _, wrong := range htmlcheck.Run(w.get(path).body, htmlcheck.Has(`main a[href="`+link+`"]`)) {
			t.Errorf("%s: %s", path, wrong)
		}
	}
	w.check(t, "/search?q=Rohtak", 200, htmlcheck.HasText("#result", "shutdowns"), htmlcheck.HasText(".rows", "Rohtak"))
	w.check(t, "/search?q=xyzzyplugh", 200, htmlcheck.HasText("#result", "Try fewer words"))
	for _, q := range []string{"!!!", "%", "*", "\"", "\x00", " - "} {
		query := url.Values{"q": {q}}.Encode()
		w.check(t, "/search?"+query, 200, htmlcheck.HasText("h2", "Nothing found"), htmlcheck.HasText("#result", "no letter and no digit"), htmlcheck.Not(".rows"))
		w.check(t, "/incidents?"+query, 400, htmlcheck.HasText(".err", "no letter and no digit"), htmlcheck.Not(".rows"))
		if a := w.get("/incidents.csv?" + query); a.status != 400 {
			t.Errorf("CSV of %q: %d", q, a.status)
		}
	}
	// X is a service, and one letter never lists everything.
	for _, q := range []string{"x", "-x", "X"} {
		query := url.Values{"q": {q}}.Encode()
		n, err := w.record.Total(context.Background(), incident.Filter{Edition: incident.RecordEdition, Query: q})
		if err != nil || n.N < 100 || n.N > 300 {
			t.Errorf("%q finds %d entries, %v", q, n.N, err)
		}
		w.check(t, "/search?"+query, 200, htmlcheck.HasText("h2", "X (Twitter): at least"), htmlcheck.Has(`main a[href="/incidents?service=twitter"]`))
		w.check(t, "/incidents?"+query, 200, htmlcheck.HasText("#result", fmt.Sprintf("At least %d", n.N)))
		rows, err := csv.NewReader(bytes.NewReader(w.get("/incidents.csv?" + query).body)).ReadAll()
		if err != nil || len(rows) != n.N+1 {
			t.Errorf("CSV of %q: %d lines, want %d and a header (%v)", q, len(rows), n.N, err)
		}
	}
	// The pages print 83 entries for Rajasthan: its name finds them in any language.
	for _, q := range []string{"Rajasthan", "راجستان"} {
		w.check(t, "/incidents?"+url.Values{"q": {q}}.Encode(), 200, htmlcheck.HasText("#result", "At least 83"))
	}
	for _, q := range []string{"2025-0142", "#2025-142", "٢٠٢٥-٠١٤٢", " 2025–0142 "} {
		a := w.get("/ar/search?" + url.Values{"q": {q}}.Encode())
		if got := a.header.Get("Location"); a.status != http.StatusSeeOther || got != "/ar/incidents/2025-0142" {
			t.Errorf("search for %q: %d to %q", q, a.status, got)
		}
	}
}
