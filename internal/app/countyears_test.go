package app

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/stop"
	"keepiton/internal/verify"
)

// goesOn is a row of a shutdown in Nairobi that began in November of a year and was
// under way at the close of another.
func goesOn(began, counted string) map[stop.Field]string {
	return rowLike("country", "Kenya", "area_name", "Nairobi", "start_date", began+"-11-03", "end_date", "", "shutdown_status", "Ongoing", "count_year", counted, "event", "")
}

// countsIn says in which years an incident counts, with the end and the cause each has.
func (x *deskSite) countsIn(ref string) string {
	x.t.Helper()
	var out []string
	err := x.record.EachRow(context.Background(), incident.RecordEdition, 0, func(r incident.Row) error {
		if r.Ref == ref && r.Entry.Counted == 1 {
			end := string(r.Facts.Period.End)
			if end == "" {
				end = r.Facts.Period.EndState
			}
			out = append(out, fmt.Sprintf("%d %s %s", r.Entry.Year, end, r.Facts.Cause.Term))
		}
		return nil
	})
	if err != nil {
		x.t.Fatal(err)
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// corrected takes an incident up at the desk, changes it, has it signed and publishes
// it. It gives the case.
func (x *deskSite) corrected(c crew, ref string, change func(*incident.Facts)) (lead string) {
	x.t.Helper()
	return x.correctedBecause(c, ref, "what the evidence says", change)
}

func (x *deskSite) correctedBecause(c crew, ref, reason string, change func(*incident.Facts)) (lead string) {
	x.t.Helper()
	ctx := context.Background()
	d, err := x.work.cases.Adopt(ctx, c.author.actor(), ref, 0)
	if err != nil {
		x.t.Fatal(err)
	}
	whole, err := x.work.cases.Get(ctx, c.author.actor(), d.Ref)
	if err != nil {
		x.t.Fatal(err)
	}
	facts := whole.Facts
	change(&facts)
	var list []verify.Statement
	for _, k := range verify.Claims() {
		list = append(list, verify.Statement{Claim: k, Facts: facts, Base: whole.Values[k].ID})
	}
	if _, err := x.work.cases.State(ctx, c.author.actor(), d.Ref, 0, "", list); err != nil {
		x.t.Fatal(err)
	}
	if len(whole.Items) == 0 {
		c.author.prove("/desk/leads/" + d.Ref)
	}
	x.signedAgain(c, d.Ref, reason)
	return d.Ref
}

func (x *deskSite) signedAgain(c crew, lead, reason string) {
	x.t.Helper()
	for _, v := range []*visitor{c.first, c.second} {
		if a := v.sign("/desk/leads/" + lead); a.status != http.StatusSeeOther {
			x.t.Fatalf("not signed: %d %s", a.status, a.body)
		}
	}
	if _, err := x.work.cases.Publish(context.Background(), c.editor.actor(), lead, reason, true); err != nil {
		x.t.Fatal(err)
	}
}

// TestWhatIsSignedIsCounted: the years an incident counts in follow what two
// organisations signed, and no others change.
func TestWhatIsSignedIsCounted(t *testing.T) {
	t.Parallel()
	ended := func(day incident.Date) func(*incident.Facts) {
		return func(f *incident.Facts) { f.Period.End, f.Period.EndState = day, "ended" }
	}
	cause := func(term string) func(*incident.Facts) {
		return func(f *incident.Facts) { f.Cause.Term = term }
	}
	unknown := func(f *incident.Facts) { f.Period.End, f.Period.EndState = "", "unknown" }
	sheets := func(rows ...map[stop.Field]string) [][]map[stop.Field]string { return [][]map[stop.Field]string{rows} }
	noEnd := func(counted string) map[stop.Field]string {
		return rowLike("country", "Kenya", "area_name", "Nairobi", "start_date", "2024-11-03", "end_date", "", "shutdown_status", "Unknown", "count_year", counted, "event", "")
	}
	goesOnIn := func(began string, years ...string) (rows []map[stop.Field]string) {
		for _, y := range years {
			rows = append(rows, goesOn(began, y))
		}
		return rows
	}
	for name, tt := range map[string]struct {
		sheets [][]map[stop.Field]string // the newer ones withdraw what they lack
		change []func(*incident.Facts)
		want   []string // after each of them
	}{
		"it ended a year earlier": {sheets(goesOn("2024", "2024"), goesOn("2024", "2025")),
			[]func(*incident.Facts){ended("2024-12-05")}, []string{"2024 2024-12-05 protests"}},
		"and later after all": {sheets(goesOn("2024", "2024"), goesOn("2024", "2025")),
			[]func(*incident.Facts){ended("2024-12-05"), ended("2025-03-01")}, []string{"2024 2024-12-05 protests", "2024 ongoing protests; 2025 2025-03-01 protests"}},
		"a second correction": {sheets(goesOn("2025", "2025")),
			[]func(*incident.Facts){cause("conflict"), cause("exams")}, []string{"2025 ongoing conflict; 2026 ongoing conflict", "2025 ongoing exams; 2026 ongoing exams"}},
		"older years are the sheet's": {sheets(goesOn("2024", "2024"), goesOn("2024", "2025")),
			[]func(*incident.Facts){cause("exams")}, []string{"2024 ongoing protests; 2025 ongoing exams; 2026 ongoing exams"}},
		"no sheet counts its first year": {sheets(goesOn("2023", "2024"), goesOn("2023", "2025")),
			[]func(*incident.Facts){cause("exams"), func(f *incident.Facts) { f.Period.Start = "2022-11-03" }},
			[]string{"2024 ongoing protests; 2025 ongoing exams; 2026 ongoing exams", "2022 ongoing exams; 2024 ongoing protests; 2025 ongoing exams; 2026 ongoing exams"}},
		"nobody knows its end": {sheets(goesOn("2024", "2024"), goesOn("2024", "2025")),
			[]func(*incident.Facts){unknown, cause("exams")}, []string{"2024 ongoing protests; 2025 unknown protests", "2024 ongoing protests; 2025 unknown exams"}},
		"a newer sheet took an older year out": {[][]map[stop.Field]string{goesOnIn("2024", "2024", "2025"), goesOnIn("2024", "2025")},
			[]func(*incident.Facts){cause("exams"), ended("2025-03-01"), ended("2024-12-05")},
			[]string{"2025 ongoing exams; 2026 ongoing exams", "2025 2025-03-01 exams", "2024 2024-12-05 exams"}},
		"and the newest one": {[][]map[stop.Field]string{goesOnIn("2024", "2024", "2025"), goesOnIn("2024", "2024")},
			[]func(*incident.Facts){cause("exams"), ended("2025-03-01")},
			[]string{"2024 ongoing exams; 2026 ongoing exams", "2024 ongoing exams; 2025 2025-03-01 exams"}},
		"and all of them": {[][]map[stop.Field]string{goesOnIn("2024", "2024", "2025"), nil},
			[]func(*incident.Facts){ended("2025-03-01")}, []string{"2024 ongoing protests; 2025 2025-03-01 protests"}},
		"it ended before the year sheets count": {sheets(goesOn("2020", "2022")),
			[]func(*incident.Facts){ended("2020-12-05"), cause("exams")}, []string{"2020 2020-12-05 protests", "2020 2020-12-05 exams"}},
		"and a year after it began": {sheets(goesOn("2019", "2022"), goesOn("2019", "2023")),
			[]func(*incident.Facts){ended("2020-12-05")}, []string{"2019 ongoing protests; 2020 2020-12-05 protests"}},
		"a sheet counted on what nobody knew the end of": {sheets(noEnd("2024"), noEnd("2025")),
			[]func(*incident.Facts){cause("exams"), ended("2024-12-05")}, []string{"2024 unknown protests; 2025 unknown exams", "2024 2024-12-05 exams"}},
		"it began later than sheets count": {sheets(goesOn("2019", "2020")),
			[]func(*incident.Facts){func(f *incident.Facts) { f.Period.Start = "2024-11-03" }, unknown}, []string{"2024 ongoing protests; 2025 ongoing protests; 2026 ongoing protests", "2024 unknown protests"}},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				ctx := context.Background()
				x := startDesk(t, d)
				x.t = t
				c := x.crew()
				ref := ""
				for i, rows := range tt.sheets {
					for _, year := range []string{"2024", "2025"} { // in which the sheet is the newest
						rows = append(rows, rowLike("country", "Iraq", "area_name", "Basra", "start_date", year+"-05-05", "end_date", year+"-05-06", "count_year", year, "event", ""))
					}
					if a := x.importRows(fmt.Sprintf("sheet 2026-%02d-01.csv", i+2), incident.ImportOptions{WithdrawMissing: i > 0}, rows...); i == 0 {
						ref = a.Rows[0].Ref
					}
				}
				lead := ""
				for i, change := range tt.change {
					lead = x.corrected(c, ref, change)
					if got := x.countsIn(ref); got != tt.want[i] {
						t.Errorf("after correction %d it counts %s, not %s", i+1, got, tt.want[i])
					}
				}
				last := x.countsIn(ref)
				if err := x.work.cases.Retract(ctx, c.editor.actor(), lead, "a mistake"); err != nil {
					t.Fatal(err)
				}
				if got := x.countsIn(ref); got != "" {
					t.Errorf("taken back it counts %s", got)
				}
				if err := x.work.cases.Park(ctx, c.editor.actor(), lead, verify.Open, "it was right"); err != nil {
					t.Fatal(err)
				}
				x.signedAgain(c, lead, "it was right")
				if got := x.countsIn(ref); got != last {
					t.Errorf("taken back and published again it counts %s, before %s", got, last)
				}
				if problems := x.doctor(); problems != "" {
					t.Error(problems)
				}
			})
		})
	}
}

// TestTakenBackStaysSo: what the desk takes back no sheet brings back, also when
// nothing was ever published from the desk.
func TestTakenBackStaysSo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		row, other := rowLike("event", "NAMESAPERSON was arrested"), rowLike("country", "Kenya", "area_name", "Nairobi", "event", "")
		ref := x.importRows("sheet 2027-01-01.csv", incident.ImportOptions{}, row, other).Rows[0].Ref
		lead, err := x.work.cases.Adopt(ctx, c.author.actor(), ref, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := x.work.cases.Retract(ctx, c.editor.actor(), lead.Ref, "it names a person"); err != nil {
			t.Fatal(err)
		}
		for n, more := range [][]map[stop.Field]string{{row, other, rowLike("country", "Kenya", "area_name", "Kisumu", "event", "")}, {rowLike("event", "NAMESAPERSON was freed"), other}, {other}, {row, other}} {
			a := x.importRows(fmt.Sprintf("sheet 2027-02-%02d.csv", n+1), incident.ImportOptions{WithdrawMissing: n > 1}, more...)
			x.settled()
			if got := x.countsIn(ref); got != "" {
				t.Fatalf("sheet %d brings it back: %s; %+v", n+1, got, a.Rows)
			}
			for _, at := range []string{"/incidents", "/incidents.csv", "/incidents/" + ref, "/api/v1/incidents", "/data/stop.csv", "/feeds/incidents.atom", "/search?q=arrested"} {
				if b := x.nobody().get(at); strings.Contains(b.body, "NAMESAPERSON") || strings.Contains(b.body, "Karaj") {
					t.Errorf("after sheet %d %s tells of it: %d", n+1, at, b.status)
				}
			}
		}
	})
}

// TestCountsSomewhere: what would count in no year nobody signs or publishes, and a day
// to come is no end. The pages say what to do, and in which years a case will count.
func TestCountsSomewhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		x.t = t
		c := x.crew()
		ahead, next := time.Now().AddDate(0, 2, 0).Format("2006-01-02"), time.Now().AddDate(1, 0, 0).Format("2006")
		form := func(start, end string) []string {
			return []string{"title", "x", "urgency", "1", "countries", "Iran", "area", "Tehran, Karaj", "geo_scope", "multi_city", "start", start, "end", end, "end_state", "ended",
				"start_kind", "actual", "method", "shutdown", "network", "mobile", "extent", "full_network", "cause", "protests"}
		}
		for _, end := range []string{ahead, next} {
			if a := c.author.post("/desk/leads/new", form("2025-11-20", end)...); a.status != http.StatusUnprocessableEntity || !strings.Contains(plain(t, a.body), "choose “It goes on”; an announced end belongs into the note") {
				t.Errorf("filed as ended on %s: %d", end, a.status)
			}
		}
		a := c.author.post("/desk/leads/new", form("2011-01-28", "2011-02-02")...)
		lead, _, _ := strings.Cut(strings.TrimPrefix(a.location, x.url), "?")
		c.author.prove(lead)
		refused := func(says string) {
			t.Helper()
			if a := c.first.get(lead + "/sign"); !strings.Contains(plain(t, a.body), says) || strings.Contains(a.body, "Published, it counts in") {
				t.Errorf("the page for signing does not say %q", says)
			}
			ref := strings.TrimPrefix(lead, "/desk/leads/")
			whole, err := x.work.cases.Get(ctx, c.first.actor(), ref)
			if err != nil {
				t.Fatal(err)
			}
			var yes []verify.Answer
			for _, q := range verify.Questions() {
				yes = append(yes, verify.Answer{Key: q.Key, Says: "yes"})
			}
			if err := x.work.cases.Sign(ctx, c.first.actor(), ref, whole.Revision, 0, yes, ""); fault.KindOf(err) != fault.Conflict {
				t.Errorf("signed: %v", err)
			}
			if _, err := x.work.cases.PublishUrgently(ctx, c.editor.actor(), ref, "people are being arrested tonight"); fault.KindOf(err) != fault.Conflict {
				t.Errorf("published urgently: %v", err)
			}
		}
		state := func(start, end incident.Date) {
			ref := strings.TrimPrefix(lead, "/desk/leads/")
			whole, err := x.work.cases.Get(ctx, c.author.actor(), ref)
			if err != nil {
				t.Fatal(err)
			}
			f := whole.Facts
			f.Period.Start, f.Period.End, f.Period.EndState = start, end, "ended"
			if _, err := x.work.cases.State(ctx, c.author.actor(), ref, 0, "", []verify.Statement{{Claim: verify.When, Facts: f, Base: whole.Values[verify.When].ID}}); err != nil {
				t.Fatal(err)
			}
		}
		refused("it counts in no year: the dataset begins with 2016")
		state("2025-11-20", incident.Date(ahead)) // past the form
		refused("A date of it has not come yet")
		state("2015-12-30", "2016-01-02")
		if a := c.first.get(lead + "/sign"); !strings.Contains(plain(t, a.body), "Published, it counts in 2016.") {
			t.Error("the page for signing does not say in which year it will count")
		}
		x.signedAgain(c, strings.TrimPrefix(lead, "/desk/leads/"), "")
		if got := x.countsIn("2016-0001") + x.countsIn("2015-0001"); got != "2016 2016-01-02 protests" || x.doctor() != "" {
			t.Errorf("it counts %q, doctor %q", got, x.doctor())
		}
	})
}
