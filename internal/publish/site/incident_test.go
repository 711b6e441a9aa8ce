package site

import (
	"context"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/platform/page/htmlcheck"
	"keepiton/internal/publish"
)

// testEveryIncident renders each incident once and measures it.
func testEveryIncident(t *testing.T, w *world) {
	refs := allRefs(t, w.record)
	if len(refs) != 1892 {
		t.Errorf("%d incidents, want 1892", len(refs))
	}
	most, mostRef := 0, ""
	for i, ref := range refs {
		if testing.Short() && i%20 != 0 {
			continue
		}
		lang := langs[i%len(langs)]
		target := i18n.Path(lang, "/incidents/"+ref)
		a := w.get(target)
		if a.status != 200 || a.wire > page.PageLimit {
			t.Errorf("%s: status %d, %d bytes", target, a.status, a.wire)
		}
		if a.wire > most {
			most, mostRef = a.wire, target
		}
		for _, wrong := range htmlcheck.Run(a.body, htmlcheck.Sound(lang), htmlcheck.Has("table.facts"), htmlcheck.Lacks("\u2068\u2068")) {
			t.Errorf("%s: %s", target, wrong)
		}
		if i%40 == 0 {
			w.check(t, "/incidents/"+ref, 200)
			w.check(t, "/incidents/"+ref+"/sources", 200)
		}
	}
	t.Logf("heaviest of %d incident pages: %s, %d bytes", len(refs), mostRef, most)
}

func allRefs(t testing.TB, s *incident.Service) []string {
	t.Helper()
	var refs []string
	seen := map[string]bool{}
	err := s.Each(context.Background(), incident.RecordEdition, 0, func(r incident.Row) error {
		if !seen[r.Ref] {
			seen[r.Ref] = true
			refs = append(refs, r.Ref)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return refs
}

// TestOneClassForARow: the sheet names one class for all links of a row, so the
// page says it once and of the row, not as if it knew it of each link.
func TestOneClassForARow(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.read(t, sheet2022)
	rows, err := w.record.List(context.Background(), incident.Filter{Edition: incident.RecordEdition, Limit: incident.MaxLimit})
	if err != nil {
		t.Fatal(err)
	}
	v := voice{publish.Speaker{X: w.texts.For("en"), Tax: w.record.Taxonomy()}, w.texts.For("en"), "", w.today, false}
	seen := 0
	for _, r := range rows.Rows {
		links, _ := v.allSources(r.Facts)
		if len(links) < 2 || len(classesOf(links)) != 1 || seen == 5 {
			continue
		}
		seen++
		class := links[0].Class
		for _, path := range []string{"/incidents/" + r.Ref, "/incidents/" + r.Ref + "/sources"} {
			body := string(w.get(path).body)
			if !strings.Contains(body, "Class named by the entry: "+class+".") || strings.Contains(body, "("+class+")") {
				t.Errorf("%s: the class %q of the row is said of its links", path, class)
			}
		}
	}
	if seen == 0 {
		t.Error("no row with several links was looked at")
	}
}

// TestEndLabels: the dates stand over the ends of what is drawn; on a short
// line, where two would touch, one label says both. Time runs from left to
// right in Arabic too, so there the anchors change places.
func TestEndLabels(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	en := voice{Texts: w.texts.For("en"), today: w.today}
	ar := voice{Texts: w.texts.For("ar"), today: w.today}
	for _, x := range []struct {
		v        voice
		from, to float64
		want     []endLabel
	}{
		{en, .1, .9, []endLabel{{.1, "start", "first"}, {.9, "end", "last"}}},
		{ar, .1, .9, []endLabel{{.1, "end", "first"}, {.9, "start", "last"}}},
		{en, .3, .7, []endLabel{{.5, "middle", "both"}}},
		{en, .6, 1, []endLabel{{1, "end", "both"}}},
		{ar, .6, 1, []endLabel{{1, "start", "both"}}},
	} {
		if got := x.v.endLabels("both", "first", "last", x.from, x.to); !slices.Equal(got, x.want) {
			t.Errorf("%s %v to %v: %v, want %v", x.v.Texts.Lang.Tag, x.from, x.to, got, x.want)
		}
	}
}

// TestForeignActorIsNotTheOneWhoSpoke: where somebody from another country did
// it, the sheets do not say whose reason and whose silence they hold, so no
// sentence may name "the authorities" but the one that says who did it.
func TestForeignActorIsNotTheOneWhoSpoke(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.read(t, sheet2022)
	blamed := map[string][]string{"en": {"uthorit", "They "}, "ar": {"السلطات"}, "fr": {"utorité", "Elles "}}
	said := map[string]map[string]bool{"foreign": {}, "own": {}}
	err := w.record.Each(context.Background(), incident.RecordEdition, 0, func(r incident.Row) error {
		for lang, words := range blamed {
			v := voice{publish.Speaker{X: w.texts.For(lang), Tax: w.record.Taxonomy()}, w.texts.For(lang), "", w.today, false}
			official, _ := v.bothSides(r.Facts)
			text := v.say(r.Facts, r.Entry.Year, 0) + " " + official.Title + " " + strings.Join(official.Sentences, " ")
			if foreign(r.Facts) == "" {
				said["own"][text] = said["own"][text] || strings.Contains(text, words[0])
				continue
			}
			text = strings.ReplaceAll(text, upperFirst(v.sayWho(r.Facts)), "")
			said["foreign"][text] = true
			for _, word := range words {
				if strings.Contains(text, word) {
					t.Errorf("%s %s: %s", r.Ref, lang, text)
				}
			}
			if lang == "en" && r.Facts.Reason.Term == "sabotage" && !strings.Contains(text, "On record as the official reason: Sabotage or a third party.") {
				t.Errorf("%s: the reason is not said: %s", r.Ref, text)
			}
			if lang == "en" && r.Facts.Reason.Acknowledged == incident.No && !strings.Contains(text, "On record: not acknowledged.") {
				t.Errorf("%s: the silence is not said: %s", r.Ref, text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	own := 0
	for _, named := range said["own"] {
		if named {
			own++
		}
	}
	if len(said["foreign"]) < 10 || own < 10 {
		t.Errorf("only %d texts of actors from elsewhere and %d that name the authorities were looked at", len(said["foreign"]), own)
	}
}

// TestWhereAndWhatInSentences: several countries are not "in Nationwide", a
// plural "were" blocked, and a place that names its country does not name it
// twice.
func TestWhereAndWhatInSentences(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	mobile := incident.Measure{Method: "shutdown", Network: "mobile", Extent: "full_network"}
	block := incident.Measure{Method: "shutdown", Extent: "service_based"}
	facts := func(m incident.Measure, area string, whole bool, service string, codes ...string) *incident.Facts {
		f := &incident.Facts{Measure: m}
		f.Measure.Area, f.Measure.Whole = area, whole
		if service != "" {
			f.Services = []incident.Effect{{Service: service, State: incident.Yes}}
		}
		for _, code := range codes {
			f.Countries = append(f.Countries, incident.Country{Code: code})
		}
		return f
	}
	several := facts(mobile, "Nationwide", false, "", "CM", "CF")
	known := facts(mobile, "Nationwide", true, "", "CM", "CF") // once the record knows that it was all of both
	vsat := facts(block, "Manipur", false, "vsat", "IN")
	for _, x := range []struct {
		lang string
		f    *incident.Facts
		want string
	}{
		{"en", several, "Mobile internet was cut off in Cameroon and Central African Republic, nationwide."},
		{"en", known, "Mobile internet was cut off in Cameroon and Central African Republic, nationwide."},
		{"fr", several, "Cameroun et République centrafricaine, sur tout leur territoire\u00a0: "},
		{"ar", several, "الكاميرون وجمهورية أفريقيا الوسطى، في جميع الأنحاء"},
		{"en", vsat, "satellite terminals (VSAT) were blocked in Manipur, India."},
		{"fr", vsat, "les terminaux satellite (VSAT) ont été bloqués."},
		{"ar", vsat, "محطات الأقمار الصناعية"},
		{"en", facts(block, "", true, "vpn", "UG"), "VPNs were blocked in all of Uganda."},
		{"en", facts(block, "", true, "facebook", "UG"), "Facebook was blocked in all of Uganda."},
		{"en", facts(mobile, "Cities and townships across Myanmar", false, "", "MM"), "Mobile internet was cut off in Cities and townships across Myanmar."},
		{"en", facts(mobile, "Nationwide", true, "", "PH"), "Mobile internet was cut off in all of the Philippines."},
	} {
		v := voice{publish.Speaker{X: w.texts.For(x.lang), Tax: w.record.Taxonomy()}, w.texts.For(x.lang), "", w.today, false}
		if got := v.sayWhat(x.f); !strings.Contains(got, x.want) {
			t.Errorf("%s: %q, want %q", x.lang, got, x.want)
		}
	}
}
