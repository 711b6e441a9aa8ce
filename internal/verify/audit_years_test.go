package verify

import (
	"strings"
	"testing"

	"keepiton/internal/incident"
)

// TestAuditYears: years in or out of the count, and years that say something else,
// are found; a sheet's own years are the sheet's.
func TestAuditYears(t *testing.T) {
	signed := incident.Facts{Period: incident.Period{Kind: "main", Start: "2024-11-03", End: "2026-02-01", EndState: "ended"}}
	at := func(year int) *incident.Facts { f := incident.AtClose(signed, year); return &f }
	other := at(2025)
	other.Cause.Term = "exams"
	year := func(y, line int, counted, touched bool, f *incident.Facts) incident.Chapter {
		return incident.Chapter{Year: y, Line: line, Counted: counted, Touched: touched, Facts: f, Differs: f != nil}
	}
	until := incident.Instant(1)
	step := func(field, said string) []incident.Change {
		return []incident.Change{{Diff: []incident.FieldDiff{{Field: "cause.term"}}}, {Diff: []incident.FieldDiff{{Field: field, New: said}}}, {Diff: []incident.FieldDiff{{Field: "counted 2025", New: "yes"}}}}
	}
	out := []incident.Chapter{year(2025, 3, false, false, at(2025)), year(2026, 0, true, false, nil)}
	for name, tt := range map[string]struct {
		years   []incident.Chapter
		urgent  *incident.Instant
		want    string
		changes []incident.Change
	}{
		"as signed":                  {[]incident.Chapter{year(2024, 0, true, false, at(2024)), year(2025, 0, true, false, at(2025)), year(2026, 0, true, false, nil)}, nil, "", nil},
		"sheets have the older ones": {[]incident.Chapter{year(2025, 7, true, false, other), year(2026, 9, true, true, nil)}, nil, "", nil},
		"nowhere":                    {[]incident.Chapter{year(2024, 0, false, false, at(2024))}, nil, "counts nowhere", nil},
		"one is missing":             {[]incident.Chapter{year(2024, 0, true, false, at(2024)), year(2026, 0, true, false, nil)}, nil, "counts for [2024 2026], and was signed for [2024 2025 2026]", nil},
		"one is out of the count":    {[]incident.Chapter{year(2024, 0, true, false, at(2024)), year(2025, 3, false, false, at(2025)), year(2026, 0, true, false, nil)}, nil, "does not count for 2025", nil},
		"the last is missing":        {[]incident.Chapter{year(2025, 3, true, true, at(2025))}, nil, "was signed for [2024 2025 2026]", nil},
		"one too many":               {[]incident.Chapter{year(2023, 0, true, false, at(2023)), year(2026, 0, true, false, nil)}, nil, "counts for 2023, which nobody signed", nil},
		"a year says something else": {[]incident.Chapter{year(2025, 0, true, false, other), year(2026, 0, true, false, nil)}, nil, "something else of 2025 than what was signed: cause.term", nil},
		"a sheet's year was written": {[]incident.Chapter{year(2025, 7, true, true, other), year(2026, 0, true, false, nil)}, nil, "something else of 2025", nil},
		"urgent":                     {[]incident.Chapter{year(2026, 0, false, false, nil)}, &until, "", nil},
		"urgent, and in the count":   {[]incident.Chapter{year(2026, 0, true, false, nil)}, &until, "is urgent, and counts", nil},
		"a sheet took one out":       {out, nil, "", step("counted 2025", "no")},
		"and it came back since":     {out, nil, "does not count for 2025", step("counted 2025", "yes")},
		"nobody says who did":        {out, nil, "does not count for 2025", step("counted 2024", "no")[:2]},
		"it came with another one":   {out, nil, "", step("merged", "")[:2]},
		"sheets count another year":  {[]incident.Chapter{year(2027, 5, true, false, other)}, nil, "", nil},
	} {
		inc := &incident.Incident{Facts: &signed, Years: tt.years, Urgent: tt.urgent, Changes: tt.changes}
		got := auditYears(inc, signed, 2026)
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, not %q", name, got, tt.want)
		}
	}
}
