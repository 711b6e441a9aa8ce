package site

import (
	"strconv"

	"keepiton/internal/incident"
)

// yearBox is an incident in its count years.
type yearBox struct {
	From  string // the sheet all of them were read from, if it is one
	Lines []yearLine
}

// yearLine is an incident in one count year.
type yearLine struct {
	Year   string
	From   string
	Differ []string // what that year's row says otherwise
}

// years lists the count entries of an incident, oldest first. Of one that was
// taken out of the count it says only that.
func (v voice) years(inc *incident.Incident) yearBox {
	var out yearBox
	origin := ""
	one := true
	for i, y := range inc.Years {
		one = one && (i == 0 || y.Origin == origin) && y.Line > 0
		origin = y.Origin
	}
	one = one && origin != "" && origin != "record"
	if one {
		out.From = v.T("site.years.all_from", "label", origin)
	}
	for _, y := range inc.Years {
		line := yearLine{Year: strconv.Itoa(y.Year)}
		switch {
		case inc.Urgent != nil:
			line.From = v.T("site.years.unsigned")
		case !y.Counted:
			line.From = v.T("site.years.withdrawn")
		case one:
			line.From = v.T("site.years.row", "line", strconv.Itoa(y.Line))
		case y.Origin == "" || y.Origin == "record":
			line.From = v.T("site.years.here")
		case y.Line > 0:
			line.From = v.T("site.years.line", "label", y.Origin, "line", strconv.Itoa(y.Line))
		default:
			line.From = v.T("site.years.from", "label", y.Origin)
		}
		if y.Counted && y.Touched {
			line.Differ = append(line.Differ, v.T("site.years.edited"))
		}
		if y.Counted && y.Differs && y.Facts != nil {
			line.Differ = append(line.Differ, v.Differences(incident.FactsDiff(inc.Facts, y.Facts))...)
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

// step is one change of the history.
type step struct {
	Date, Why string
	What      []string
}

// history tells what changed after the first reading. Names of those who
// changed it stay inside.
func (v voice) history(changes []incident.Change) []step {
	var out []step
	for _, c := range changes {
		s := step{Date: v.instant(int64(c.At)), Why: v.ChangeText(c)}
		s.What = v.Changes(c.Diff)
		out = append(out, s)
	}
	return out
}

// warnings are the open doubts about an incident, in plain words, each once.
func (v voice) warnings(list []incident.YearWarning) []string {
	var out []string
	seen := map[string]bool{}
	for _, w := range list {
		key := "site.warning." + w.Rule
		if !v.Has(key) {
			key = "site.warning.other"
		}
		text := v.T(key)
		if !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}
