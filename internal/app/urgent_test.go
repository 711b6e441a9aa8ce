package app

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/stop"
)

// urgently files a lead and publishes it without signatures; the path of the lead.
func (x *deskSite) urgently(t *testing.T, c crew) string {
	t.Helper()
	lead := c.author.file()
	if a := c.editor.post(lead+"/publish-urgently", "urgent_reason", "people are being arrested tonight"); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	x.settled()
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
	countedAt = []string{"/api/v1/incidents", "/api/v1/years", "/incidents.csv", "/data/stop.csv", "/search?q=Karaj", "/sitemap.xml", "/trends", "/years", "/map", "/countries"}
	markedAt  = map[string]string{"/": "not yet signed by two organisations", "/incidents": "not yet signed by two organisations", "/incidents?country=IR": "not yet signed by two organisations",
		"/countries/IR": "not yet signed by two organisations", "/incidents/2026-0001": "Published urgently, before a second organisation signed",
		"/feeds/incidents.atom": "Not signed yet: ", "/feeds/incidents.json": "Not signed yet: ", "/feeds/countries/IR.atom": `<category term="published urgently, not signed">`,
		"/api/v1/unsigned": "unconfirmed_until", "/api/v1/incidents/2026-0001": "unconfirmed_until", "/ar": "لم توقّعه منظمتان بعد", "/fr/incidents": "pas encore signé par deux organisations"}
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
		if a := x.nobody().get("/ar/incidents/" + ref); !strings.Contains(a.body, "لم يوقّع أحد من منظمة ثانية خلال 72 ساعة") {
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
	})
}
