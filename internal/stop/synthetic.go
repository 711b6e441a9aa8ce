package stop

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
)

// Synthetic invents incidents with the distributions of the starter register:
// each is a real one's shape (country, causes, networks, services, length,
// count years) at another day and another place. They come in the order of
// their start, as a sheet that is kept day by day does. The same seed and
// number give the same incidents.
type Synthetic struct {
	shapes []shape // by the year of their start
	n      int
	units  map[string][]geo.Unit
	seed   uint64
}

type shape struct {
	facts incident.Facts
	years []int
}

// NewSynthetic reads the shapes for n incidents.
func NewSynthetic(seed uint64, n int) (*Synthetic, error) {
	ed, err := Starter()
	if err != nil {
		return nil, err
	}
	s := &Synthetic{n: n, units: map[string][]geo.Unit{}, seed: seed}
	at := map[string]int{}
	for _, r := range ed.Rows {
		key := fmt.Sprint(r.Facts.CountryText(), r.Facts.Period.Start, r.Facts.Measure, r.Facts.Services)
		if i, ok := at[key]; ok && s.shapes[i].years[len(s.shapes[i].years)-1] == r.Year-1 {
			s.shapes[i].years = append(s.shapes[i].years, r.Year)
			s.shapes[i].facts = r.Facts
			continue
		}
		at[key] = len(s.shapes)
		s.shapes = append(s.shapes, shape{r.Facts, []int{r.Year}})
	}
	slices.SortStableFunc(s.shapes, func(a, b shape) int { return cmp.Compare(a.start(), b.start()) })
	return s, nil
}

// start is the year in which it began.
func (sh shape) start() int { return sh.facts.Period.Start.Year() }

// Next is the i-th incident, from 0.
func (s *Synthetic) Next(i int) (incident.Facts, []int) {
	r := rand.New(rand.NewPCG(s.seed, uint64(i)))
	at := i * len(s.shapes) / s.n
	from, to := at, at+1 // the shapes of that year
	for from > 0 && s.shapes[from-1].start() == s.shapes[at].start() {
		from--
	}
	for to < len(s.shapes) && s.shapes[to].start() == s.shapes[at].start() {
		to++
	}
	sh := s.shapes[from+r.IntN(to-from)]
	f := sh.facts
	moveDates(&f, sh.years, float64(i*len(s.shapes)-from*s.n)/float64((to-from)*s.n))
	s.movePlace(r, &f)
	f.Sources = nil
	for _, src := range sh.facts.Sources {
		src.URL = fmt.Sprintf("https://example.org/%d/%d", i, len(f.Sources))
		f.Sources = append(f.Sources, src)
	}
	f.Notes = []incident.Note{{Kind: "event", Lang: "en", Text: inventedText(r)}}
	return f, sh.years
}

// moveDates keeps the length and moves the start to a point of its year: 0 is
// the first day on which it can begin, 1 the last.
func moveDates(f *incident.Facts, years []int, point float64) {
	start, ok := f.Period.Start.Day()
	if !ok || f.Period.Start.Precision() != "day" || f.Period.Start.Year() < years[0] {
		return
	}
	first, last := incident.YearDays(f.Period.Start.Year())
	room := last
	end, dated := f.Period.End.Day()
	if dated {
		room = last - (end - start)
	}
	if room <= first {
		return
	}
	moved := first + int(point*float64(room-first+1))
	f.Period.Start = incident.DayDate(moved)
	if dated {
		f.Period.End = incident.DayDate(moved + end - start)
	}
}

func (s *Synthetic) movePlace(r *rand.Rand, f *incident.Facts) {
	if f.Measure.Whole || len(f.Countries) == 0 || len(f.Places) == 0 {
		return
	}
	code := f.Countries[0].Code
	units, ok := s.units[code]
	if !ok {
		units = append(geo.Units(code, geo.LevelFirst), geo.Units(code, geo.LevelSecond)...)
		s.units[code] = units
	}
	if len(units) == 0 {
		return
	}
	u := units[r.IntN(len(units))]
	f.Measure.Area = u.Name
	f.Places = []incident.Place{{Country: code, Text: u.Name, Unit: u.ID, Confidence: "exact"}}
}

var inventedWords = strings.Fields("authorities ordered operators suspended mobile data services district protests followed reports residents said connectivity returned morning court hearing election results students exams curfew night traffic measurement confirmed regional network outage police statement rumours violence market road bridge festival minister visit opposition leader arrest march city centre border village school hospital bank journalist")

func inventedText(r *rand.Rand) string {
	var b strings.Builder
	for range 24 {
		b.WriteString(inventedWords[r.IntN(len(inventedWords))])
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}
