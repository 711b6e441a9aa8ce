package likeness

import (
	"slices"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
)

// Traits is what of an account can be compared. Every list is sorted and holds
// each value once; an empty one means that nothing was stated.
type Traits struct {
	Countries []string
	Whole     bool     // the whole country
	Units     []string // of the gazetteer, as named
	Firsts    []string // the first-level units they lie in
	Words     []string // of places the gazetteer does not know

	Start, StartTo int // first and last day the start may mean
	HasStart       bool
	End            int // last day; HasEnd tells whether one is known
	HasEnd         bool
	Open           bool // under way, or nobody knows of an end

	Kind     string // incident.KindCut, KindSlow, KindBlock; "" when nobody said
	Services []string
	Networks []string // mobile, fixed

	Pages []string // canonical addresses of sources
	Hosts []string // their hosts, without those where everybody publishes
}

// Of reads the traits of an account.
func Of(f *incident.Facts) Traits {
	var t Traits
	for _, c := range f.Countries {
		t.Countries = append(t.Countries, c.Code)
	}
	t.places(f)
	t.days(f.Period)
	if f.Measure.Extent != "" || f.Measure.Method == "throttle" {
		t.Kind = incident.KindOf(f)
	}
	t.Services = f.Affected()
	switch f.Measure.Network {
	case "mobile", "fixed":
		t.Networks = []string{f.Measure.Network}
	case "both":
		t.Networks = []string{"fixed", "mobile"}
	}
	for _, s := range f.Sources {
		if page, host, ok := Address(s.URL); ok {
			t.Pages = append(t.Pages, page)
			if !everybodys[host] {
				t.Hosts = append(t.Hosts, host)
			}
		}
	}
	for _, list := range []*[]string{&t.Countries, &t.Units, &t.Firsts, &t.Words, &t.Services, &t.Pages, &t.Hosts} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return t
}

// places reads where it was. Words speak only where the gazetteer is silent.
func (t *Traits) places(f *incident.Facts) {
	t.Whole = f.Measure.Whole
	for _, p := range f.Places {
		switch {
		case p.Excluded:
		case p.Unit == "":
			t.Words = append(t.Words, placeWords(p.Text)...)
		default:
			t.Units = append(t.Units, p.Unit)
			if first := incident.FirstLevel(p.Unit); first != "" {
				t.Firsts = append(t.Firsts, first)
			} else if u, ok := geo.UnitByID(p.Unit); ok { // a region of several units
				for _, m := range u.Members {
					if first := incident.FirstLevel(m); first != "" {
						t.Firsts = append(t.Firsts, first)
					}
				}
			}
		}
	}
}

func (t *Traits) days(p incident.Period) {
	t.Start, t.HasStart = p.Start.Day()
	t.StartTo = t.Start
	switch p.Start.Precision() {
	case "month":
		t.StartTo += 30
	case "year":
		t.StartTo += 365
	}
	if p.End.Precision() == "day" {
		t.End, t.HasEnd = p.End.Day()
	}
	t.Open = !t.HasEnd && p.EndState != "ended"
}

// sorts are words that say what sort of place it is, not which.
var sorts = wordSet("district districts province provinces region regions state states city cities town towns village villages township townships " +
	"county area areas part parts of the and in near some several other division governorate municipality department north south east west northern southern eastern western")

func wordSet(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// placeWords are the words that tell a place from another.
func placeWords(text string) []string {
	var out []string
	for _, w := range strings.Fields(geo.Normalise(text)) {
		if len([]rune(w)) > 2 && !sorts[w] {
			out = append(out, w)
		}
	}
	return out
}
