package verify

import (
	"slices"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/page"
)

// face is how a case will look to everybody, which whoever signs or publishes has to
// have seen: the desk's own title is not it.
type face struct {
	Title    string      // to the letter; "" where nothing was set up to say it
	Renamed  []string    // places the public page calls otherwise than they were stated
	Cautions []string    // what readers may take otherwise than it is meant
	Counts   string      // in which years it counts, and will
	Disputes []step      // that are not settled
	Alike    []alikeLine // public incidents that may be the same; of what counts already none
}

func (x *view) face(c *Case, f *incident.Facts) (face, error) {
	out := face{Renamed: x.renamed(f), Counts: x.counts(c)}
	if x.w.s.Title != nil {
		out.Title = x.w.s.Title(x.Words, f)
	}
	caution := func(there bool, key string) {
		if there {
			out.Cautions = append(out.Cautions, x.T("verify.caution."+key))
		}
	}
	caution(!f.Measure.Whole && f.Measure.Area == "" && len(f.Places) == 0, "no_place")
	caution(f.Cause.Term == "elections" && f.Flag("election") == incident.No, "election")
	out.Disputes = x.disputes(c)
	if len(c.Counting.Now) > 0 && !c.Changed() {
		return out, nil
	}
	list, err := x.alikeLines(c)
	out.Alike = slices.DeleteFunc(list, func(l alikeLine) bool { return !l.Incident })
	return out, err
}

// disputes are those about the incident of a case that are not settled.
func (x *view) disputes(c *Case) (out []step) {
	for _, d := range c.Disputes {
		out = append(out, step{Text: x.T("verify.disputed."+map[bool]string{false: "open", true: "upheld"}[d.Upheld], "ref", x.Words.Isolate(d.Ref)), Href: d.Path})
	}
	return out
}

// counts says in which years a case's incident counts, and in which it will: what a
// signature does to totals, whoever gives it has to see.
func (x *view) counts(c *Case) string {
	now, then := c.Counting.Now, c.Counting.Then
	if len(then) == 0 || c.Counting.wrong != "" {
		return ""
	}
	key := "other"
	switch {
	case slices.Equal(now, then):
		key = "same"
	case len(now) == 0 && c.TakenUp:
		key = "dropped"
	case len(now) == 0:
		key = "first"
	}
	return x.T("verify.counts."+key, "now", x.years(now), "then", x.years(then))
}

func (x *view) years(list []int) string {
	var out []string
	for _, y := range list {
		out = append(out, strconv.Itoa(y))
	}
	return x.Words.List(out)
}

// renamed lists the places that were found in the gazetteer under another name than
// the one that was written.
func (x *view) renamed(f *incident.Facts) (out []string) {
	for _, p := range f.Places {
		name := geo.UnitName(p.Unit, page.Of(x.R).Lang)
		if name == "" || strings.HasPrefix(p.Unit, "mm:") || strings.EqualFold(name, strings.TrimSpace(p.Text)) {
			continue // townships of Myanmar keep the words they were stated in
		}
		out = append(out, x.T("verify.renamed", "written", x.Words.Isolate(p.Text), "name", x.Words.Isolate(name)))
	}
	return out
}
