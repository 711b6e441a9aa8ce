package incident

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// TestListsHoldWhatTheFilterSays asks for some hundred random filters in every
// order, page by page, forwards and back, and compares with the facts
// themselves. It runs once as a small register is read and once as a large one.
func TestListsHoldWhatTheFilterSays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s, err := NewService(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		rnd := rand.New(rand.NewPCG(1, 2))
		err = s.Fill(ctx, 400, func(int) (Facts, []int) { return randomFacts(rnd, s.Taxonomy()) }, nil)
		if err != nil {
			t.Fatal(err)
		}
		release, err := s.CutRelease(ctx, "edition 1", "2026-01-01")
		if err != nil {
			t.Fatal(err)
		}
		var all []Row
		if err := s.Each(ctx, RecordEdition, 0, func(r Row) error { all = append(all, r); return nil }); err != nil {
			t.Fatal(err)
		}
		hits := 0
		for i := range 100 {
			s.gatherMost = []int{0, 20, gatherMost}[i%3]
			f := randomFilter(rnd, all)
			if i%7 == 0 {
				f.Query, f.Edition = "", release.ID
			}
			hits += holds(t, s, f, all)
		}
		if hits < 1000 {
			t.Errorf("only %d rows in all lists: the filters choose too little to prove anything", hits)
		}
	})
}

// holds compares the pages of one filter, and the walk over it, with the rows it should choose.
func holds(t *testing.T, s *Service, f Filter, all []Row) int {
	t.Helper()
	ctx := context.Background()
	want := chosen(f, all)
	f.Limit = 7
	var got []string
	var starts []string // the cursor each page began with
	for {
		p, err := s.List(ctx, f)
		tooMany := f.Query != "" && orderOf(f.Sort).column != "" && len(want) > 2*s.gatherMost
		if refused := s.CheckSort(ctx, f); tooMany != (fault.KindOf(refused) == fault.Invalid) || tooMany != (err != nil) {
			t.Fatalf("%+v finds %d of at most %d: %v, %v", f, len(want), 2*s.gatherMost, refused, err)
		}
		if tooMany {
			return 0
		}
		if err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
		starts = append(starts, f.After)
		for _, r := range p.Rows {
			got = append(got, fmt.Sprint(r.Ref, " ", r.Entry.Year))
		}
		if p.Next == "" {
			break
		}
		f.After = p.Next
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%+v:\n got %v\nwant %v", f, got, want)
	}
	for i := len(starts) - 1; i > 0; i-- {
		f.After = starts[i]
		if back, ok, err := s.PageBefore(ctx, f); err != nil || !ok || back != starts[i-1] {
			t.Fatalf("%+v: before %q comes %q (%v, %v), want %q", f, starts[i], back, ok, err, starts[i-1])
		}
	}
	f.After = ""
	walked := []string(nil)
	if err := s.walk(ctx, f, 5, func(r Row) error { walked = append(walked, fmt.Sprint(r.Ref, " ", r.Entry.Year)); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(walked, want) {
		t.Fatalf("%+v: the walk\n got %v\nwant %v", f, walked, want)
	}
	if n, err := s.Total(ctx, f); err != nil || n.N != len(want) || n.More {
		t.Fatalf("%+v: total %v (%v), want %d", f, n, err, len(want))
	}
	return len(want)
}

// chosen lists the rows of a filter in its order, by the facts alone.
func chosen(f Filter, all []Row) []string {
	var rows []Row
	for _, r := range all {
		if matches(f, r) {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b Row) int {
		byStart := cmp.Or(cmp.Compare(a.Entry.StartDay, b.Entry.StartDay), cmp.Compare(a.Entry.Seq, b.Entry.Seq))
		switch f.Sort {
		case "oldest":
			return byStart
		case "longest":
			return -cmp.Or(cmp.Compare(a.Entry.SpanDays, b.Entry.SpanDays), byStart)
		case "changed":
			return -cmp.Or(cmp.Compare(a.Entry.Updated, b.Entry.Updated), byStart)
		}
		return -byStart
	})
	var out []string
	for _, r := range rows {
		out = append(out, fmt.Sprint(r.Ref, " ", r.Entry.Year))
	}
	return out
}

func matches(f Filter, r Row) bool {
	x := r.Facts
	var codes, regions []string
	for _, c := range x.Countries {
		codes, regions = append(codes, c.Code), append(regions, RegionOf(c.Code))
	}
	is := func(want, have string) bool { return want == "" || want == have }
	in := func(want string, have []string) bool { return want == "" || slices.Contains(have, want) }
	if f.Year != 0 && r.Entry.Year != f.Year || f.Year == 0 && r.Entry.Latest != 1 {
		return false
	}
	for _, word := range strings.Fields(f.Query) { // no test word is the beginning of another
		if !slices.ContainsFunc(strings.Fields(x.Notes[0].Text), func(w string) bool { return strings.HasPrefix(w, word) }) {
			return false
		}
	}
	return in(f.Country, codes) && in(f.Region, regions) && in(f.Service, x.Affected()) && is(f.Cause, x.Cause.Term) && is(f.Reason, x.Reason.Term) &&
		is(f.Method, x.Measure.Method) && is(f.Network, x.Measure.Network) && is(f.Extent, x.Measure.Extent) && is(f.Scope, x.Measure.Scope) &&
		is(f.OrderedBy, x.OrderedBy()) && is(f.State, x.Period.EndState)
}

var testWords = []string{"bridge", "zebra", "كهرباء", "market"}

// randomFacts makes facts of every shape a filter can ask for: several
// countries and services, carried over years, values left out or not asked.
func randomFacts(rnd *rand.Rand, tax *Taxonomy) (Facts, []int) {
	pick := func(s Scheme) string {
		terms := tax.Terms(s)
		if i := rnd.IntN(len(terms) + 1); i < len(terms) {
			return terms[min(i, rnd.IntN(4))].Key // the first ones are common, as in life
		}
		return ""
	}
	year := 2016 + rnd.IntN(10)
	f := Facts{Period: Period{Kind: "main", Start: DayDate(newYear(year) + rnd.IntN(365)), EndState: pick(SchemeEndState)},
		Measure: Measure{Method: pick(SchemeMethod), Network: pick(SchemeNetwork), Extent: pick(SchemeExtent), Scope: pick(SchemeScope)},
		Cause:   Cause{Term: pick(SchemeCause)}, Reason: Reason{Term: pick(SchemeReason)},
		Actors: []Actor{{Role: "ordered", Class: pick(SchemeActorClass)}}}
	if rnd.IntN(9) == 0 {
		f.Period.EndState = string(NotAsked)
	}
	for _, i := range rnd.Perm(5)[:1+rnd.IntN(3)] {
		code := []string{"IN", "IR", "KE", "MM", "UG"}[i]
		f.Countries = append(f.Countries, Country{Code: code, Spelling: code})
	}
	for range rnd.IntN(3) {
		f.Services = append(f.Services, Effect{Service: []string{"twitter", "whatsapp"}[rnd.IntN(2)], State: Yes})
	}
	f.Notes = []Note{{Kind: "event", Lang: "en", Text: testWords[rnd.IntN(4)] + " " + testWords[rnd.IntN(4)]}}
	years := []int{year}
	for rnd.IntN(4) == 0 {
		years = append(years, years[len(years)-1]+1)
	}
	return f, years
}

func newYear(year int) int { first, _ := YearDays(year); return first }

// randomFilter asks for values some row has, mostly of the same row.
func randomFilter(rnd *rand.Rand, all []Row) Filter {
	f := Filter{Edition: RecordEdition, Sort: Sorts[rnd.IntN(len(Sorts))]}
	if f.Sort == Sorts[0] {
		f.Sort = ""
	}
	r := all[rnd.IntN(len(all))]
	for range rnd.IntN(5) {
		if rnd.IntN(5) == 0 {
			r = all[rnd.IntN(len(all))]
		}
		x := r.Facts
		switch rnd.IntN(13) {
		case 0:
			f.Year = r.Entry.Year
		case 1:
			f.Country = x.Countries[rnd.IntN(len(x.Countries))].Code
		case 2:
			f.Region = RegionOf(x.Countries[rnd.IntN(len(x.Countries))].Code)
		case 3:
			f.Cause = x.Cause.Term
		case 4:
			f.Reason = x.Reason.Term
		case 5:
			f.Method = x.Measure.Method
		case 6:
			f.Network = x.Measure.Network
		case 7:
			f.Extent = x.Measure.Extent
		case 8:
			f.Scope = x.Measure.Scope
		case 9:
			f.OrderedBy = x.OrderedBy()
		case 10:
			f.State = x.Period.EndState
		case 11:
			f.Service = []string{"twitter", "whatsapp"}[rnd.IntN(2)]
		case 12:
			f.Query = testWords[rnd.IntN(4)]
			if rnd.IntN(2) == 0 {
				f.Query = testWords[rnd.IntN(4)] + " " + f.Query
			}
			if r := []rune(f.Query); rnd.IntN(3) == 0 { // still being typed
				f.Query = string(r[:len(r)-1])
			}
		}
	}
	return f
}

// TestFacetsHoldEveryTerm: six bits are enough for every scheme a filter
// knows, and the codes of a database never change.
func TestFacetsHoldEveryTerm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		s, err := NewService(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		for _, scheme := range facetSchemes {
			seen := map[int64]string{0: "", facetNotAsked: string(NotAsked), facetOther: "other"}
			for _, term := range s.Taxonomy().Terms(scheme) {
				code := s.Taxonomy().facetCode(scheme, term.Key)
				if other, taken := seen[code]; taken {
					t.Errorf("%s %s has code %d of %q", scheme, term.Key, code, other)
				}
				seen[code] = term.Key
			}
		}
		before := s.Taxonomy().facetCode(SchemeCause, "protests")
		err = d.Write(ctx, func(tx db.Tx) error {
			seed, err := SeedTaxonomy()
			if err != nil {
				return err
			}
			seed.terms[SchemeCause]["new_cause"] = Term{Scheme: SchemeCause, Key: "new_cause", labels: []label{{"New cause", 0, 9999}}}
			seed.order[SchemeCause] = append([]string{"new_cause"}, seed.order[SchemeCause]...)
			return saveTaxonomy(ctx, tx, seed)
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Reload(ctx); err != nil {
			t.Fatal(err)
		}
		if now := s.Taxonomy().facetCode(SchemeCause, "protests"); now != before {
			t.Errorf("the code of a term went from %d to %d", before, now)
		}
		if n := s.Taxonomy().facetCode(SchemeCause, "new_cause"); n != int64(len(s.Taxonomy().Terms(SchemeCause))) {
			t.Errorf("the new term has code %d", n)
		}
	})
}
