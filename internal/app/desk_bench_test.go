package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/evidence"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/geo"
)

// BenchmarkDesk measures the queue and a case over HTTP with as many open leads, and as
// many public cases, as the sizes below, on both engines, the first time and later ones. The limit is
// 100 ms for nineteen of twenty.
func BenchmarkDesk(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		for _, n := range []int{1_000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", engine.name, n), func(b *testing.B) { benchDesk(b, engine.open(b), n) })
		}
	}
}

func benchDesk(b *testing.B, d *db.DB, n int) {
	x := startDesk(b, d)
	v := x.join("Somebody", coalition.Grant{Organisation: x.home.Ref, Role: desk.Editor})
	x.fillLeads(b, v, n)
	w := x.join("Who proves", coalition.Grant{Organisation: x.other.Ref, Role: desk.Verifier})
	x.fillEvidence(b, v, w, n)
	r := rand.New(rand.NewPCG(1, 2))
	screens := map[string]func() string{
		"queue":         func() string { return "/desk" },
		"waiting":       func() string { return "/desk/waiting" },
		"waiting_signs": func() string { return "/desk/waiting" }, // of who can sign, and filed evidence in all of it
		"filtered":      func() string { return "/desk?country=" + countryOf(r.IntN(n)) + "&urgency=2" },
		"nobodys":       func() string { return "/desk?free=1&floor=corroborated" },
		"changed":       func() string { return "/desk?state=published&changed=1" },
		"published":     func() string { return "/desk?state=published" },
		"to_sign":       func() string { return "/desk?signed=1" },
		"words":         func() string { return fmt.Sprintf("/desk?q=lead+%d", r.IntN(n)) },
		"case":          func() string { return fmt.Sprintf("/desk/leads/L-2026-%04d", 1+r.IntN(n)) },
		"case_edit":     func() string { return fmt.Sprintf("/desk/leads/L-2026-%04d/edit", 1+r.IntN(n)) },
	}
	for b.Loop() {
		for name, path := range screens {
			who := v
			if name == "waiting_signs" {
				who = w
			}
			var took []time.Duration
			for range 40 {
				at := path()
				begin := time.Now()
				if a := who.get(at); a.status != http.StatusOK {
					b.Fatalf("%s: %d", at, a.status)
				}
				took = append(took, time.Since(begin))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, name+"-p95-ms")
		}
	}
}

// fillEvidence gives each corroborated lead three items of three origins, one of them
// filed by who could sign.
func (x *deskSite) fillEvidence(b *testing.B, v, w *visitor, n int) {
	b.Helper()
	var items []evidence.Item
	type link struct {
		ID       int64  `db:"id"`
		Dossier  int64  `db:"dossier_id"`
		Claim    string `db:"claim"`
		Item     int64  `db:"item_id"`
		Side     string `db:"side"`
		Note     string `db:"note"`
		Person   int64  `db:"person_id"`
		At       int64  `db:"at"`
		Revision int64  `db:"revision"`
	}
	var links []link
	for i := 3; i < n; i += 4 {
		for k, class := range []evidence.Class{"T", "N", "H"} {
			id, by := int64(len(items)+1), v
			if k == 2 {
				by = w
			}
			it := evidence.Item{ID: id, Ref: fmt.Sprintf("E-2026-%04d", id), Year: 2026, Number: id, Case: int64(i + 1), CaseRef: fmt.Sprintf("L-2026-%04d", i+1),
				Country: countryOf(i), Origin: id, Organisation: x.home.ID, FiledBy: by.p.Ref, Mask: "mask", Version: 1}
			it.Kind, it.Class, it.Title, it.Precision, it.Audience, it.ReceivedPrecision = evidence.Kind("statement"), class, "item", evidence.Country, evidence.Open, "day"
			it.Consent = evidence.Consent{Internal: evidence.Yes, Partners: evidence.Yes, Anonymous: evidence.Yes, Named: evidence.No, Court: evidence.No}
			items = append(items, it)
			links = append(links, link{id, it.Case, "when", id, "for", "", by.p.ID, 1, 1})
		}
	}
	err := x.d.Write(context.Background(), func(tx db.Tx) error {
		if err := db.Insert(context.Background(), tx, "evidence_item", items); err != nil {
			return err
		}
		return db.Insert(context.Background(), tx, "claim_evidence", links)
	})
	if err == nil {
		err = x.d.Settle(context.Background())
	}
	if err != nil {
		b.Fatal(err)
	}
}

func countryOf(i int) string { all := geo.Countries(); return all[i*7%len(all)].Code }

// fillLeads writes n open leads past the forms, as they would stand, and behind them as
// many cases of incidents that are public and signed.
func (x *deskSite) fillLeads(b *testing.B, v *visitor, n int) {
	b.Helper()
	ctx := context.Background()
	type dossier struct {
		ID      int64  `db:"id"`
		Root    int64  `db:"root_id"`
		Ref     string `db:"ref"`
		Mask    string `db:"mask"`
		Year    int    `db:"year"`
		N       int    `db:"n"`
		Title   string `db:"title"`
		Country string `db:"country"`
		State   string `db:"state"`
		Public  string `db:"incident_ref"`
		Signed  int64  `db:"signed_revision"`
		Signs   int    `db:"signatures"`
		Waits   int    `db:"unsettled"`
		Floor   string `db:"floor"`
		Kind    string `db:"kind"`
		Start   int    `db:"start_day"`
		Urgency int    `db:"urgency"`
		Author  int64  `db:"author_id"`
		Org     int64  `db:"author_org"`
		Due     int64  `db:"due_at"`
		Created int64  `db:"created_at"`
		Updated int64  `db:"updated_at"`
	}
	type value struct {
		ID       int64  `db:"id"`
		Dossier  int64  `db:"dossier_id"`
		Claim    string `db:"claim"`
		Facts    string `db:"facts"`
		Revision int64  `db:"revision"`
		Person   int64  `db:"person_id"`
		Org      int64  `db:"organisation_id"`
		Note     string `db:"note"`
		At       int64  `db:"at"`
	}
	now, floors := time.Now().UnixMicro(), []string{"", "signal", "reported", "corroborated"}
	type word struct {
		Word    string `db:"word"`
		Dossier int64  `db:"dossier_id"`
	}
	var words []word
	var dossiers []dossier
	var values []value
	for i := range n {
		id, c := int64(i+1), countryOf(i)
		start := 20400 + i%200
		at := now - int64(i)*60_000_000
		dossiers = append(dossiers, dossier{id, id, fmt.Sprintf("L-2026-%04d", id), "mask", 2026, i + 1, fmt.Sprintf("lead %d", i), c, "open", "", 0, 0, 1, floors[i%4], "cut", start, 1 + i%3, v.p.ID, x.home.ID, at + 86400_000_000, at, at})
		words = append(words, word{"lead", id}, word{fmt.Sprint(i), id})
		day := time.Unix(int64(start)*86400, 0).UTC().Format(time.DateOnly)
		for k, doc := range map[string]string{
			"where": fmt.Sprintf(`{"countries":[{"code":%q,"spelling":%q}],"measure":{"area":"Town %d","geo_scope":"local"}}`, c, c, i%50),
			"when":  fmt.Sprintf(`{"period":{"kind":"main","start":%q,"start_kind":"actual","end_state":"ongoing"}}`, day),
			"what":  `{"measure":{"method":"shutdown","network":"mobile","extent":"full_network"}}`,
		} {
			values = append(values, value{int64(len(values) + 1), id, k, doc, 1, v.p.ID, x.home.ID, "", at})
		}
	}
	type public struct {
		ID          int64  `db:"id"`
		Ref         string `db:"ref"`
		State       string `db:"state"`
		Methodology string `db:"methodology"`
		Revision    int64  `db:"revision"`
		Created     int64  `db:"created_at"`
		Updated     int64  `db:"updated_at"`
		Origin      string `db:"origin"`
	}
	var incidents []public
	for i := range n {
		d := dossiers[i]
		d.ID, d.N = d.ID+int64(n), d.N+n
		d.Root, d.Ref, d.State, d.Public, d.Signed, d.Signs, d.Waits, d.Floor = d.ID, fmt.Sprintf("L-2026-%04d", d.N), "published", fmt.Sprintf("2025-%04d", i+1), 1, 2, 0, "corroborated"
		dossiers = append(dossiers, d)
		incidents = append(incidents, public{int64(i + 1), d.Public, "published", "", 1, d.Created, d.Updated, "sheet"})
	}
	err := x.d.Write(ctx, func(tx db.Tx) error {
		if err := db.Insert(ctx, tx, "incident", incidents); err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, "dossier", dossiers); err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, "dossier_word", words); err != nil {
			return err
		}
		return db.Insert(ctx, tx, "claim_value", values)
	})
	if err == nil {
		err = x.d.Settle(ctx)
	}
	if err != nil {
		b.Fatal(err)
	}
}
