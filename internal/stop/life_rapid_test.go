package stop

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// TestAnyLife does to small records what people do, in any order: sheets come,
// in part withdrawn or corrected, facts are edited, review items decided,
// releases cut. After each step everything derived fits the rows, and lists
// hold what totals say.
func TestAnyLife(t *testing.T) {
	ctx := context.Background()
	fewer(t, 60)
	always(t, 1)
	rapid.Check(t, func(rt *rapid.T) {
		s := newRecord(t, dbtest.SQLite(t))
		pick := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(rt, name) }
		var books [][]incident.SheetEdition
		rows := func() (out []map[Field]string) {
			for range rapid.IntRange(1, 5).Draw(rt, "rows") {
				out = append(out, map[Field]string{"country": pick("country", "Iraq", "Cuba", "Iraq; Cuba"), "area_name": pick("area", "Nationwide", "Basra", "Zzyzx"),
					"start_date": pick("start", "2019-12-01", "2020-01-05", "2021-03-01"), "count_year": pick("year", "2020", "2021", "2022"), "end_date": pick("end", "", "2022-02-01"),
					"shutdown_status": pick("status", "Ongoing", "Ended", ""), "event": pick("event", "bridge", "bridgehead market"),
					"shutdown_extent": pick("extent", "Full network", "Service-based"), "other_affected": pick("other", "", "Quick Box", "Quickbox")})
			}
			return out
		}
		for step := range rapid.IntRange(2, 8).Draw(rt, "steps") {
			var err error
			switch what := pick("what", "sheet", "sheet", "again", "edit", "edit", "decide", "decide", "release"); what {
			case "sheet":
				eds := bookOf(t, s, fmt.Sprintf("s%d %s.csv", step, pick("as of", "2023-01-01", "2024-01-01", "2025-01-01")), rows())
				books = append(books, eds)
				_, err = s.Import(ctx, eds, incident.ImportOptions{WithdrawMissing: rapid.Bool().Draw(rt, "strict")})
			case "again":
				if len(books) == 0 {
					continue
				}
				eds := books[rapid.IntRange(0, len(books)-1).Draw(rt, "book")]
				eds[0].Stated, eds[0].AsOf = true, pick("as of", "2022-06-01", "2024-06-01", "2025-06-01")
				_, err = s.Import(ctx, eds, incident.ImportOptions{})
			case "edit":
				refs, rerr := s.Refs(ctx, 0, 1000)
				if rerr != nil || len(refs) == 0 {
					continue
				}
				ref := refs[rapid.IntRange(0, len(refs)-1).Draw(rt, "ref")].Ref
				year := rapid.SampledFrom([]int{0, 0, 2020, 2021}).Draw(rt, "of year")
				_, err = s.Revise(ctx, ref, year, "tester", "because", func(_ int, f incident.Facts) (incident.Facts, error) {
					f.Period.Start = incident.Date(pick("new start", "1914-08-01", "1969-12-31", "2020-01", "2021", "2099-12-31", ""))
					f.Countries = []incident.Country{{Code: pick("code", "IQ", "CU", "US", "GB"), Spelling: "x"}}
					f.Cause.Term = pick("cause", "", "protests", "elections")
					f.Period.EndState = pick("end state", "ongoing", "ended", "not_asked")
					return f, nil
				})
			case "decide":
				items, rerr := s.Reviews(ctx, "open", "", 50)
				if rerr != nil || len(items) == 0 {
					continue
				}
				item := items[rapid.IntRange(0, len(items)-1).Draw(rt, "item")]
				answers := map[string][]string{"place": {"none", "IQ-BG"}, "carry_over": {"merge", "merge", "separate"}, "missing_from_newer_edition": {"withdraw", "keep"}}[item.Kind]
				err = s.Decide(ctx, item.ID, "tester", pick("answer", append(answers, "noted")...))
			case "release":
				_, err = s.CutRelease(ctx, fmt.Sprint("r", step), "2026-01-01")
			}
			if kind := fault.KindOf(err); err != nil && (kind == fault.Internal || kind == "") && !errors.Is(err, context.Canceled) {
				rt.Fatalf("step %d: %v", step, err)
			}
			soundRecord(rt, s, step)
		}
	})
}

// soundRecord holds everything derived against the rows.
func soundRecord(rt *rapid.T, s *incident.Service, step int) {
	ctx := context.Background()
	for _, verify := range []func(context.Context) (string, error){s.VerifyCounts, s.VerifyWords, s.VerifyReleases} {
		if note, err := verify(ctx); err != nil {
			rt.Fatalf("step %d: %s %v", step, note, err)
		}
	}
	for _, f := range []incident.Filter{{}, {Sort: "longest"}, {Year: 2021}, {Country: "IQ"}, {Region: "mena", Year: 2020}, {Cause: "protests"}, {Service: "quick_box"}, {Query: "bridge"}, {Query: "market", Service: "quickbox"}} {
		f.Limit = 2
		total, err := s.Total(ctx, f)
		if err != nil {
			rt.Fatal(err)
		}
		n := 0
		for more := true; more; more = f.After != "" {
			p, err := s.List(ctx, f)
			if err != nil {
				rt.Fatal(err)
			}
			n, f.After = n+len(p.Rows), p.Next
		}
		if n != total.N {
			rt.Fatalf("step %d: %+v lists %d, its total is %d", step, f, n, total.N)
		}
	}
}
