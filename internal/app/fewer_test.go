package app

import (
	"context"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"keepiton/internal/evidence"
	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/verify"
)

// release has a release proposed, signed and cut at the desk.
func (x *packDesk) release(t *testing.T, label, asOf string) incident.Edition {
	t.Helper()
	ctx := context.Background()
	p, err := x.work.cases.Propose(ctx, x.crew.editor.actor(), label, asOf, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []*visitor{x.crew.first, x.crew.second} {
		if err := x.work.cases.SignRelease(ctx, v.actor(), p.ID, 0); err != nil {
			t.Fatal(err)
		}
	}
	e, err := x.work.cases.CutSigned(ctx, x.crew.editor.actor(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var anyLink = regexp.MustCompile(`(?:href|src)="(/[^"]*)"|"(/api/[^"]*)"`)

// crawlFrom reads every public address that is reached from some by links that hold
// one of some words, and gives what each says.
func (x *deskSite) crawlFrom(t *testing.T, from []string, follow ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for len(from) > 0 {
		at := from[0]
		from = from[1:]
		if _, seen := out[at]; seen || len(out) > 600 {
			continue
		}
		a := x.nobody().get(at)
		out[at] = a.body + a.location
		for _, m := range anyLink.FindAllStringSubmatch(a.body, -1) {
			to, _, _ := strings.Cut(html.UnescapeString(m[1]+m[2]), "#")
			plain, err := url.QueryUnescape(to)
			if err != nil {
				continue
			}
			for _, word := range follow {
				if strings.Contains(plain, word) && !strings.HasPrefix(to, "/desk") {
					from = append(from, to)
					break
				}
			}
		}
	}
	return out
}

// TestWithdrawnSourceIsNamedNowhere: a source that withdrew is named in no public
// address any more, neither of the record nor of a release that was cut before,
// and nothing tells that somebody withdrew.
func TestWithdrawnSourceIsNamedNowhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startPack(t, d)
		const ref, canary, label = "2026-0001", "measure.example", "R1"
		x.release(t, label, "2026-06-01")
		seeds := []string{"/", "/incidents", "/corrections", "/search?q=" + canary, "/feeds/incidents.atom", "/feeds/incidents.json", "/feeds/changes.atom", "/feeds/changes.json", "/feeds/countries/IR.atom",
			"/incidents.csv", "/incidents.csv?release=" + label, "/incidents?release=" + label, "/data/stop.csv", "/data/stop.csv?release=" + label, "/data/compare", "/data",
			"/api/v1/incidents", "/api/v1/incidents?release=" + label, "/api/v1/incidents/" + ref, "/api/v1/incidents/" + ref + "?release=" + label, "/api/v1/incidents/" + ref + "/rows", "/api/v1/changes", "/incidents/" + ref + "/sources?release=" + label}
		named := func() (list []string) {
			for at, said := range x.crawlFrom(t, seeds, ref, "release="+label, "/data") {
				if strings.Contains(strings.ReplaceAll(said, "/search?q="+canary, ""), canary+"/iran") {
					list = append(list, at)
				}
			}
			return list
		}
		before := named()
		if len(before) < 8 {
			t.Fatalf("the source was named at %v only", before)
		}
		it, err := x.work.items.Item(ctx, x.crew.author.actor(), x.items[0].Ref)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.work.items.WithdrawConsent(ctx, x.crew.author.actor(), it.Ref, it.Version, evidence.AnonymousPublic, "she is afraid"); err != nil {
			t.Fatal(err)
		}
		x.settled()
		if after := named(); len(after) > 0 {
			t.Errorf("the source is still named at %v", after)
		}
		for at, said := range x.crawlFrom(t, seeds, ref) {
			for _, hint := range []string{"withdrew", "afraid", "1 fewer"} {
				if strings.Contains(said, hint) {
					t.Errorf("%s says %q", at, hint)
				}
			}
		}
		if problems := x.doctor(); problems != "" {
			t.Errorf("doctor: %s", problems)
		}
		// What is published afterwards does not forget that it is to be hidden.
		x.again(t, x.crew, x.lead, false)
		if after := named(); len(after) > 0 {
			t.Errorf("after another publication the source is named at %v", after)
		}
		x.countSources(t, ref, 3) // it exists; beside it the picture and the accounts, which are one
		// Withdrawn whole it is not even counted, nor after another publication.
		if it, err = x.work.items.Item(ctx, x.crew.author.actor(), it.Ref); err != nil {
			t.Fatal(err)
		}
		if _, err := x.work.items.Withdraw(ctx, x.crew.author.actor(), it.Ref, it.Version, "she is afraid"); err != nil {
			t.Fatal(err)
		}
		for _, i := range []int{1, 2} { // and the accounts
			y, err := x.work.items.Item(ctx, x.crew.author.actor(), x.items[i].Ref)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := x.work.items.Withdraw(ctx, x.crew.author.actor(), y.Ref, y.Version, "they are afraid"); err != nil {
				t.Fatal(err)
			}
		}
		x.settled()
		x.countSources(t, ref, 2) // the picture, and what came late
		if after := named(); len(after) > 0 {
			t.Errorf("withdrawn whole, and named at %v", after)
		}
		if problems := x.doctor(); problems != "" {
			t.Errorf("doctor: %s", problems)
		}
	})
}

// countSources holds how many sources readers are told of an incident.
func (x *deskSite) countSources(t *testing.T, ref string, want int) {
	t.Helper()
	inc, err := x.record.Get(context.Background(), incident.RecordEdition, ref)
	if err != nil || len(inc.Facts.Sources) != want {
		t.Errorf("%d sources are told of, not %d: %+v %v", len(inc.Facts.Sources), want, inc.Facts.Sources, err)
	}
}

// settled waits until the pages heard of the last change.
func (x *deskSite) settled() { time.Sleep(2 * versionInterval) }

// again states another end of a public case, has it signed and publishes it, as a
// correction or an update.
func (x *deskSite) again(t *testing.T, c crew, lead string, corrected bool) {
	t.Helper()
	ctx := context.Background()
	whole, err := x.work.cases.Get(ctx, c.author.actor(), lead)
	if err != nil {
		t.Fatal(err)
	}
	facts := whole.Values[verify.When].Facts
	facts.Period.End, facts.Period.EndState = facts.Period.Start[:8]+"20", "ended"
	if corrected {
		facts.Period.End = facts.Period.Start[:8] + "21"
	}
	if _, err := x.work.cases.State(ctx, c.author.actor(), lead, 0, "", []verify.Statement{{Claim: verify.When, Facts: facts, Base: whole.Values[verify.When].ID}}); err != nil {
		t.Fatal(err)
	}
	for _, v := range []*visitor{c.first, c.second} {
		v.sign("/desk/leads/" + lead)
	}
	if _, err := x.work.cases.Publish(ctx, c.editor.actor(), lead, "the end is known", corrected); err != nil {
		t.Fatal(err)
	}
	x.settled()
}
