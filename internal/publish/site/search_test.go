package site

import (
	"net/http"
	"net/url"
	"testing"

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
	for _, q := range []string{"2025-0142", "#2025-142", "٢٠٢٥-٠١٤٢", " 2025–0142 "} {
		a := w.get("/ar/search?" + url.Values{"q": {q}}.Encode())
		if got := a.header.Get("Location"); a.status != http.StatusSeeOther || got != "/ar/incidents/2025-0142" {
			t.Errorf("search for %q: %d to %q", q, a.status, got)
		}
	}
}
