package verify

import (
	"fmt"
	"slices"

	"keepiton/internal/incident"
)

// auditYears holds the count years of an incident against what was signed: those it
// follows from count, no other year of the desk does, and each that is not a sheet's
// own says what was signed, at its close. mask withholds what readers may not read.
func auditYears(inc *incident.Incident, signed incident.Facts, mask func(string) string) string {
	var counted []int
	for _, y := range inc.Years {
		if y.Counted {
			counted = append(counted, y.Year)
		}
	}
	if inc.Urgent != nil {
		if len(counted) > 0 {
			return "is urgent, and counts"
		}
		return ""
	}
	if len(counted) == 0 {
		return "is public, and counts nowhere"
	}
	own := incident.CountYears(&signed, slices.Max(counted))
	ofDesk := true // no sheet ever had it
	for _, y := range inc.Years {
		ofDesk = ofDesk && y.Line == 0
		switch {
		case y.Counted && y.Line == 0 && !slices.Contains(own, y.Year):
			return fmt.Sprintf("counts for %d, which nobody signed", y.Year)
		case !y.Counted && slices.Contains(own, y.Year):
			return fmt.Sprintf("does not count for %d, which was signed", y.Year)
		case y.Counted && (y.Line == 0 || y.Touched):
			if field := differs(y, inc.Facts, incident.AtClose(signed, y.Year), mask); field != "" {
				return fmt.Sprintf("says something else of %d than what was signed: %s", y.Year, field)
			}
		}
	}
	if last := own[len(own)-1]; !slices.Contains(counted, last) || ofDesk && len(counted) != len(own) {
		return fmt.Sprintf("counts for %v, and was signed for %v", counted, own)
	}
	return ""
}

// differs names the first field in which a year says something else than what was
// signed of it. Sources may be named less: they are held by themselves.
func differs(y incident.Chapter, newest *incident.Facts, signed incident.Facts, mask func(string) string) string {
	told := *newest
	if y.Facts != nil {
		told = *y.Facts
	}
	told.Sources, signed.Sources = nil, nil
	for _, d := range incident.FactsDiff(&signed, &told) {
		if mask(d.Old) != d.New { // a passage that is withheld is no fault
			return d.Field
		}
	}
	return ""
}
