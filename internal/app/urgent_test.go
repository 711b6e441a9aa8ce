package app

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"keepiton/internal/evidence"
	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/stop"
	"keepiton/internal/verify"
)

// urgently files a lead and publishes it without signatures; the path of the lead.
func (x *deskSite) urgently(t *testing.T, c crew) string {
	t.Helper()
	lead := c.author.file()
	if a := c.editor.post(lead+"/publish-urgently", "urgent_reason", "people are being arrested tonight"); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	x.settled()
	if a := x.nobody().get("/incidents/2026-0001/dispute"); a.status != http.StatusOK {
		t.Errorf("what is least proven cannot be disputed: %d", a.status)
	}
	return lead
}

// runsOut moves the end of the urgent publication of an incident, past the
// program.
func (x *deskSite) runsOut(t *testing.T, ref string, at time.Time) {
	t.Helper()
	err := x.d.Write(context.Background(), func(tx db.Tx) error {
		_, err := db.Exec(context.Background(), tx, `update incident set urgent_until = $1 where ref = $2`, at.UnixMicro(), ref)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Where an urgent publication must not be, and where it has to be said that it
// is one.
var (
	countedAt = []string{"/api/v1/incidents", "/api/v1/years", "/incidents.csv", "/data/stop.csv", "/sitemap.xml", "/trends", "/years", "/map", "/countries"}
	markedAt  = map[string]string{"/": "not yet confirmed by two organisations", "/incidents": "not yet confirmed by two organisations", "/incidents?country=IR": "not yet confirmed by two organisations",
		"/countries/IR": "not yet confirmed by two organisations", "/incidents/2026-0001": "Published urgently, before a second organisation signed",
		"/feeds/incidents.atom": "Unconfirmed, published urgently: ", "/feeds/incidents.json": "Unconfirmed, published urgently: ", "/feeds/countries/IR.atom": `<category term="published urgently, unconfirmed">`,
		"/api/v1/unsigned": "unconfirmed_until", "/api/v1/incidents/2026-0001": "unconfirmed_until", "/ar": "لم تؤكده منظمتان بعد", "/fr/incidents": "pas encore confirmé par deux organisations"}
)

// TestUrgentIsCountedNowhere: what two organisations have not signed stands apart
// and marked on the pages, and in no count, list, file or release.
func TestUrgentIsCountedNowhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		empty := map[string]string{}
		for _, at := range countedAt {
			empty[at] = x.nobody().get(at).body
		}
		digest, n, err := x.record.RecordDigest(ctx, x.d.Reader())
		if err != nil {
			t.Fatal(err)
		}
		lead := x.urgently(t, c)
		const ref = "2026-0001"
		for _, at := range countedAt {
			if now := x.nobody().get(at).body; now != empty[at] {
				t.Errorf("%s says something else: %s", at, difference(now, empty[at]))
			}
		}
		for at, mark := range markedAt {
			if a := x.nobody().get(at); a.status != http.StatusOK || !strings.Contains(a.body, mark) || !strings.Contains(a.body, ref) {
				t.Errorf("%s: %d, does not say %q of %s:\n%.1500s", at, a.status, mark, ref, a.body)
			}
		}
		if now, m, err := x.record.RecordDigest(ctx, x.d.Reader()); err != nil || now != digest || m != n {
			t.Errorf("a release would hold %d entries, %v", m, err)
		}
		if e, err := x.record.CutRelease(ctx, "cut", "2026-06-01"); err == nil && e.Entries != 0 {
			t.Errorf("the release holds %d entries", e.Entries)
		}
		var sheet bytes.Buffer
		if rows, err := stop.Write(ctx, x.record, stop.Export{Schema: "E"}, &sheet); err != nil || rows != 0 {
			t.Errorf("the sheet has %d rows, %v", rows, err)
		}
		c.author.prove(lead)
		for _, v := range []*visitor{c.first, c.second} {
			if a := v.sign(lead); a.status != http.StatusSeeOther {
				t.Fatalf("not signed: %d\n%s", a.status, a.body)
			}
		}
		if a := c.editor.post(lead+"/publish", "reason", "now signed"); a.status != http.StatusSeeOther {
			t.Fatalf("not published: %d\n%s", a.status, a.body)
		}
		x.settled()
		x.counts(t, "", 1)
		for at, mark := range markedAt {
			if a := x.nobody().get(at); strings.Contains(a.body, mark) {
				t.Errorf("%s says %q of what was signed", at, mark)
			}
		}
		for _, at := range []string{"/api/v1/incidents", "/incidents.csv", "/incidents"} {
			if !strings.Contains(x.nobody().get(at).body, ref) {
				t.Errorf("%s does not have it once it is signed", at)
			}
		}
		if problems := x.doctor(); problems != "" {
			t.Errorf("doctor: %s", problems)
		}
	})
}

// TestUrgentEndsByTheClock: when its time is over an urgent publication is told
// nowhere, also by a server that takes nothing back and had its pages finished.
func TestUrgentEndsByTheClock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		x.urgently(t, c)
		const ref = "2026-0001"
		end := time.Now().Add(4 * time.Second)
		x.runsOut(t, ref, end)
		x.settled()
		for at, mark := range markedAt {
			if a := x.nobody().get(at); !strings.Contains(a.body, mark) {
				t.Errorf("%s: %d, does not say %q while it runs", at, a.status, mark)
			}
		}
		time.Sleep(time.Until(end) + 100*time.Millisecond)
		for at := range markedAt {
			if a := x.nobody().get(at); strings.Contains(a.body, "Karaj") || strings.HasSuffix(at, ref) != (a.status == http.StatusGone) {
				t.Errorf("%s: %d when its time is over: %.300s", at, a.status, a.body)
			}
		}
		if a := x.nobody().get("/ar/incidents/" + ref); !strings.Contains(a.body, "لم توقّع منظمتان في تلك المدة") {
			t.Error("the reason is not told in the reader's language")
		}
		refs, err := x.work.cases.Lapse(ctx)
		if err != nil || len(refs) != 1 {
			t.Fatal(refs, err)
		}
		x.settled()
		if a := x.nobody().get("/incidents/" + ref); a.status != http.StatusGone || !strings.Contains(a.body, incident.ReasonLapsed) {
			t.Errorf("after the lapse: %d %s", a.status, a.body)
		}
		x.mustSayLapsed(t, c, ref)
	})
}

// mustSayLapsed: wherever a lapse is told, it is told that the incident never counted,
// and nowhere that it was taken out of a count. Its case leads to no page that is gone.
func (x *deskSite) mustSayLapsed(t *testing.T, c crew, ref string) {
	t.Helper()
	for at, says := range map[string]string{"/incidents/" + ref: "never counted", "/corrections": "never counted", "/feeds/changes.atom": ref + " was public unconfirmed and lapsed", "/feeds/changes.json": "never counted",
		"/api/v1/incidents/" + ref: "public unconfirmed and lapsed", "/fr/incidents/" + ref: "jamais été comptée", "/fr/corrections": "jamais été comptée", "/ar/incidents/" + ref: "لم يُحسب قط", "/ar/corrections": "لم يُحسب قط"} {
		a := x.nobody().get(at)
		if !strings.Contains(a.body, says) {
			t.Errorf("%s does not say %q: %d %.2000s", at, says, a.status, a.body)
		}
		for _, wrong := range []string{"out of the count", "go on counting it", "does not count any more", "second organisation"} {
			if strings.Contains(a.body, wrong) {
				t.Errorf("%s says %q of what never counted", at, wrong)
			}
		}
	}
	if a := c.editor.get("/desk/leads/L-2026-0001"); a.status != http.StatusOK || strings.Contains(a.body, `href="/incidents/`+ref) {
		t.Errorf("its case leads to the page that is gone: %d", a.status)
	}
}

// TestUnderWayIsNotCountedAhead: a shutdown that began two days ago and goes on
// has lasted at least three days, wherever days are told.
func TestUnderWayIsNotCountedAhead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		start := time.Now().UTC().AddDate(0, 0, -2)
		ref := x.published(t, c, "start", start.Format("2006-01-02"))
		for at, says := range map[string]string{"/incidents/" + ref: "at least 3 days", "/incidents": "at least 3 days", "/incidents?sort=longest": "at least 3 days", "/countries/IR": ">3 days<",
			"/ar/incidents/" + ref: "3 أيام", "/fr/incidents/" + ref: "au moins 3 jours"} {
			if a := x.nobody().get(at); !strings.Contains(a.body, says) {
				t.Errorf("%s does not say %q: %d", at, says, a.status)
			}
		}
		page := x.nobody().get("/incidents/" + ref)
		if today := time.Now().UTC().Format("2 January 2006"); !strings.Contains(page.body, "The record covers the days up to "+today) {
			t.Error("the page does not say that the record covers today")
		}
		ahead := time.Now().UTC().AddDate(0, 0, 1).Format("2006-01-02")
		if a := x.nobody().get("/api/v1/days?area=world&from=" + start.Format("2006-01-02") + "&to=" + time.Now().UTC().AddDate(0, 0, 20).Format("2006-01-02")); a.status != http.StatusOK || strings.Contains(a.body, ahead) {
			t.Errorf("days that have not been: %d %.500s", a.status, a.body)
		}
	})
}

// published takes an incident from a lead to the record; its reference. set are
// answers of the form beside the usual ones.
func (x *deskSite) published(t *testing.T, c crew, set ...string) string {
	t.Helper()
	ctx := context.Background()
	form := map[string][]string{"countries": {"Iran"}, "area": {"Tehran, Karaj"}, "geo_scope": {"multi_city"}, "start": {"2026-01-08"}, "start_kind": {"actual"}, "end_state": {"ongoing"},
		"method": {"shutdown"}, "network": {"mobile"}, "extent": {"full_network"}, "cause": {"protests"}, "event": {"Mobile data stopped in the evening."}}
	for i := 0; i < len(set); i += 2 {
		form[set[i]] = []string{set[i+1]}
	}
	d, err := x.work.cases.FileForm(ctx, c.author.actor(), "a lead", 1, form)
	if err != nil {
		t.Fatal(err)
	}
	lead := "/desk/leads/" + d.Ref
	c.author.prove(lead)
	for _, v := range []*visitor{c.first, c.second} {
		if a := v.sign(lead); a.status != http.StatusSeeOther {
			t.Fatalf("not signed: %d\n%s", a.status, a.body)
		}
	}
	ref, err := x.work.cases.Publish(ctx, c.editor.actor(), d.Ref, "", false)
	if err != nil {
		t.Fatal(err)
	}
	x.settled()
	return ref
}

// TestRunningYearIsToldBeside: two incidents in a year that is not over do not make
// it the year the pages tell; they stand beside it as so far.
func TestRunningYearIsToldBeside(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		c := x.crew()
		running := time.Now().UTC().Year()
		over, before := strconv.Itoa(running-1), strconv.Itoa(running-2)
		var rows []map[stop.Field]string
		for i, area := range []string{"Nairobi", "Kisumu", "Mombasa", "Nakuru"} {
			y := over
			if i == 3 {
				y = before
			}
			rows = append(rows, rowLike("country", "Kenya", "area_name", area, "count_year", y, "start_date", y+"-03-01", "end_date", y+"-03-05"))
		}
		x.importRows("sheet.csv", incident.ImportOptions{}, rows...)
		start := time.Now().UTC().AddDate(0, 0, -1)
		if start.Year() != running {
			t.Skip("the year is one day old")
		}
		x.published(t, c, "start", start.Format("2006-01-02"))
		now := strconv.Itoa(running)
		for at, says := range map[string][]string{
			"/":             {"So far in " + now, "At least 1 shutdown in one country", over + " against " + before, "at least 2 days"},
			"/trends":       {"So far in " + now + ": at least 1 shutdown"},
			"/countries/IR": {"Iran: at least 1 shutdown so far in " + now},
			"/years":        {now + ", so far"},
			"/years/" + now: {"is not over"},
		} {
			a := x.nobody().get(at)
			for _, s := range says {
				if !strings.Contains(a.body, s) {
					t.Errorf("%s does not say %q (%d)", at, s, a.status)
				}
			}
		}
		for at, not := range map[string]string{"/": now + " against", "/trends": "in " + now + ", 1", "/years/" + now: "fewer", "/countries/KE": "going on at the close of " + now} {
			if a := x.nobody().get(at); a.status != http.StatusOK || strings.Contains(a.body, not) {
				t.Errorf("%s says %q (%d)", at, not, a.status)
			}
		}
	})
}

// TestUrgentIsFound: no index holds what was published urgently; a search names it
// apart all the same.
func TestUrgentIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		lead := strings.TrimPrefix(c.author.file(), "/desk/leads/")
		if _, err := x.work.cases.PublishUrgently(ctx, c.editor.actor(), lead, "people are being arrested tonight"); err != nil {
			t.Fatal(err)
		}
		x.settled()
		for q, found := range map[string]bool{"karaj": true, "Iran Karaj": true, "WhatsApp": true, "Nairobi": false, "karaj Nairobi": false} {
			a := x.nobody().get("/search?q=" + url.QueryEscape(q))
			if a.status != http.StatusOK || strings.Contains(a.body, `id="apart"`) != found {
				t.Errorf("%q: %d, named apart: %v", q, a.status, !found)
			}
		}
		x.runsOut(t, "2026-0001", time.Now().Add(-time.Second))
		x.settled()
		if a := x.nobody().get("/search?q=Tehran"); strings.Contains(a.body, `id="apart"`) {
			t.Error("its time is over, and a search names it")
		}
	})
}

// TestKeptEvidenceProvesNothing: what only the organisation that filed it may read
// corroborates nothing, because no second one can say that it looked.
func TestKeptEvidenceProvesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		for _, use := range []evidence.Use{evidence.Internal, evidence.Partners} {
			lead := c.author.file()
			c.author.prove(lead)
			ref := strings.TrimPrefix(lead, "/desk/leads/")
			list, err := x.work.items.Items(ctx, c.author.actor(), ref)
			if err != nil {
				t.Fatal(err)
			}
			it := list[1]
			before, err := x.work.cases.CaseOf(ctx, c.author.actor(), ref)
			if err != nil || before.Floor != verify.Corroborated {
				t.Fatal(before.Floor, err)
			}
			if _, err := x.work.items.WithdrawConsent(ctx, c.author.actor(), it.Ref, it.Version, use, "she asked"); err != nil {
				t.Fatal(err)
			}
			after, err := x.work.cases.CaseOf(ctx, c.author.actor(), ref)
			if err != nil || after.Floor != verify.Signal {
				t.Errorf("%s taken back, and it is %s still; %v", use, after.Floor, err)
			}
		}
	})
}
