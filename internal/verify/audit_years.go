package verify

import (
	"fmt"
	"slices"

	"keepiton/internal/incident"
)

// auditYears holds the count years of an incident against what was signed: those it
// follows from count, no other year of the desk does, and each that is not a sheet's
// own says what was signed, at its close. Years that sheets left out or took out of the
// count stay so (see docs/adr/0022). signed is what readers get of what was signed, and
// nothing counts beyond thisYear.
func auditYears(inc *incident.Incident, signed incident.Facts, thisYear int) string {
	counted, sheets := countedIn(inc), 0
	switch {
	case inc.Urgent != nil && len(counted) > 0:
		return "is urgent, and counts"
	case inc.Urgent != nil:
		return ""
	case len(counted) == 0:
		return "is public, and counts nowhere"
	}
	own := incident.CountYears(&signed, min(thisYear, max(slices.Max(counted), signed.Period.End.Year())))
	missing := slices.Clone(own)
	for _, y := range inc.Years {
		missing = slices.DeleteFunc(missing, func(z int) bool { return z == y.Year })
		if y.Line != 0 {
			sheets = max(sheets, y.Year)
		}
		switch {
		case y.Counted && y.Line == 0 && !slices.Contains(own, y.Year):
			return fmt.Sprintf("counts for %d, which nobody signed", y.Year)
		case !y.Counted && slices.Contains(own, y.Year) && (y.Line == 0 || !tookOut(inc, y.Year)):
			return fmt.Sprintf("does not count for %d, which was signed", y.Year)
		case y.Counted && (y.Line == 0 || y.Touched):
			if field := differs(y, inc.Facts, incident.AtClose(signed, y.Year)); field != "" {
				return fmt.Sprintf("says something else of %d than what was signed: %s", y.Year, field)
			}
		}
	}
	if len(missing) > 0 && slices.Max(missing) > sheets { // older ones the sheets left out
		return fmt.Sprintf("counts for %v, and was signed for %v", counted, own)
	}
	return ""
}

// countedIn are the years an incident counts in.
func countedIn(inc *incident.Incident) (years []int) {
	for _, y := range inc.Years {
		if y.Counted {
			years = append(years, y.Year)
		}
	}
	return years
}

// tookOut tells whether the history says why a year that a sheet had does not count:
// that it was taken out, or that it came with an incident that this one took in, whose
// own history says it.
func tookOut(inc *incident.Incident, year int) bool {
	field, joined := fmt.Sprintf("counted %d", year), false
	for _, step := range inc.Changes { // the newest first
		for _, d := range step.Diff {
			if d.Field == field {
				return d.New == "no"
			}
			joined = joined || d.Field == "merged"
		}
	}
	return joined
}

// differs names the first field in which a year says something else than what was
// signed of it, both as readers get them. Sources may be named less: they are held by
// themselves.
func differs(y incident.Chapter, newest *incident.Facts, signed incident.Facts) string {
	told := *newest
	if y.Facts != nil {
		told = *y.Facts
	}
	told.Sources, signed.Sources = nil, nil
	for _, d := range incident.FactsDiff(&signed, &told) {
		return d.Field
	}
	return ""
}
