package app

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
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

// TestWithdrawnInAnyOrder: whatever became of an incident since it named a source, the
// source is named in no release any more once it withdrew, and whoever asks is told
// before where it is named.
func TestWithdrawnInAnyOrder(t *testing.T) {
	for _, order := range []string{
		"cut", "cut retract", "cut retract reopen", "cut retract reopen publish", "cut detach publish", "cut detach publish retract",
		"cut detach publish attach publish cut detach publish", "cut split publish", "cut split merge publish", "cut split retract reopen publish merge", "urgent lapse reopen publish cut retract reopen",
	} {
		t.Run(order, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startOrders(t, d, strings.HasPrefix(order, "urgent"))
				for _, act := range strings.Fields(order) {
					x.do(act)
				}
				named := x.named()
				if used := x.used(); len(named) != strings.Count(strings.Join(used, " "), "(R") {
					t.Errorf("it is named in %v, and called used in %v", named, used)
				}
				ctx := context.Background()
				it, err := x.work.items.Item(ctx, x.crew.author.actor(), x.item.Ref)
				if err == nil {
					_, err = x.work.items.WithdrawConsent(ctx, x.crew.author.actor(), it.Ref, it.Version, evidence.AnonymousPublic, "she is afraid")
				}
				if err != nil {
					t.Fatal(err)
				}
				for _, act := range []string{"", "retract", "reopen", "publish"} { // taken back it is told in the coarse: look again when it is public again
					if act != "" && (act == "publish") != (x.state() == verify.Public) && x.possible(act) {
						x.do(act)
					}
					if after := x.named(); len(after) > 0 {
						t.Fatalf("%s: she withdrew, and is named in %v", act, after)
					}
				}
				if used := x.used(); slices.ContainsFunc(used, func(s string) bool { return strings.Contains(s, "(R") }) {
					t.Errorf("nothing names it, and it is called used in %v", used)
				}
				if problems := x.doctor(); problems != "" {
					t.Errorf("doctor: %s", problems)
				}
			})
		})
	}
}

// orders is a case to which acts are done in some order.
type orders struct {
	*packDesk
	item  evidence.Item // the source that withdraws
	other string        // what was split off
	cuts  []incident.Edition
}

func startOrders(t *testing.T, d *db.DB, urgent bool) *orders {
	t.Helper()
	if !urgent {
		x := startPack(t, d)
		return &orders{packDesk: x, item: x.items[0]}
	}
	x := &packDesk{deskSite: startDesk(t, d), t: t}
	x.crew = x.deskSite.crew()
	lead := x.crew.author.file()
	x.lead = strings.TrimPrefix(lead, "/desk/leads/")
	x.exhibits(x.crew.author, lead)
	return &orders{packDesk: x, item: x.items[0]}
}

func (x *orders) state() string {
	x.t.Helper()
	c, err := x.work.cases.Get(context.Background(), x.crew.author.actor(), x.lead)
	if err != nil {
		x.t.Fatal(err)
	}
	return c.State
}

// possible tells whether an act can be done to the case as it is.
func (x *orders) possible(act string) bool {
	return map[string]string{"retract": verify.Public, "reopen": verify.Retracted, "publish": verify.Open}[act] == x.state()
}

func (x *orders) do(act string) {
	x.t.Helper()
	ctx := context.Background()
	editor, author := x.crew.editor.actor(), x.crew.author.actor()
	var err error
	switch act {
	case "cut":
		n := len(x.cuts) + 1
		x.cuts = append(x.cuts, x.release(x.t, fmt.Sprint("R", n), fmt.Sprintf("2026-06-%02d", n)))
	case "retract":
		err = x.work.cases.Retract(ctx, editor, x.lead, "a mistake")
	case "reopen":
		err = x.work.cases.Park(ctx, editor, x.lead, verify.Open, "it was right")
	case "detach":
		err = x.work.cases.Attach(ctx, author, x.lead, verify.When, verify.Saying{Item: x.item.ID, Was: verify.For})
	case "attach":
		err = x.work.cases.Attach(ctx, author, x.lead, verify.When, verify.Saying{Item: x.item.ID, Now: verify.For})
	case "split":
		var second verify.Dossier
		second, err = x.work.cases.Split(ctx, editor, x.lead, "second", []int64{x.item.ID}, "two cases")
		x.other = second.Ref
	case "merge":
		err = x.work.cases.Merge(ctx, editor, x.other, x.lead, "one case")
	case "urgent":
		if a := x.crew.editor.post("/desk/leads/"+x.lead+"/publish-urgently", "urgent_reason", "people are being arrested tonight"); a.status != http.StatusSeeOther {
			x.t.Fatalf("%d %s", a.status, a.body)
		}
	case "lapse":
		now := x.work.cases.Options.Now
		x.work.cases.Options.Now = func() time.Time { return now().Add(verify.UrgentFor + time.Minute) }
		_, err = x.work.cases.Lapse(ctx)
		x.work.cases.Options.Now = now
	case "publish":
		for _, v := range []*visitor{x.crew.first, x.crew.second} {
			if a := v.sign("/desk/leads/" + x.lead); a.status != http.StatusSeeOther {
				x.t.Fatalf("not signed: %d %s", a.status, a.body)
			}
		}
		_, err = x.work.cases.Publish(ctx, editor, x.lead, "more is known", false)
	default:
		x.t.Fatalf("no act is called %q", act)
	}
	if err != nil {
		x.t.Fatalf("%s: %v", act, err)
	}
}

// named lists the releases whose rows name the source.
func (x *orders) named() (labels []string) {
	x.t.Helper()
	for _, e := range x.cuts {
		err := x.record.EachRow(context.Background(), e.ID, 0, func(r incident.Row) error {
			if slices.ContainsFunc(r.Facts.Sources, func(s incident.Source) bool { return s.URL == x.item.URL && s.Class != "confidential" }) {
				labels = append(labels, e.Label)
			}
			return nil
		})
		if err != nil {
			x.t.Fatal(err)
		}
	}
	return labels
}

// used is where the item is said to be used.
func (x *orders) used() []string {
	x.t.Helper()
	list, err := x.work.items.PublicationsUsing(context.Background(), x.crew.author.actor(), x.item.Ref)
	if err != nil {
		x.t.Fatal(err)
	}
	return list
}
