package likeness

import (
	"math"
	"slices"
)

// Reason is one thing that speaks for or against two accounts being one. Key
// and what stands with it are for the sentence that says so.
type Reason struct {
	Key    string
	N      int      // days, of those reasons that have some
	Values []string // units, services, countries or addresses that both or only one have
	Points float64
}

// The keys of reasons.
const (
	SamePlace    = "same_place"    // Values: units
	PlaceWithin  = "place_within"  // one names a unit the other's place lies in; Values: the unit
	NearPlace    = "near_place"    // Values: first-level units
	SameWords    = "same_words"    // Values: words of the place's name
	WholeBoth    = "whole_both"    // both the whole country
	WholeOne     = "whole_one"     // a place, and the whole country it lies in
	OtherPlace   = "other_place"   // places that have nothing in common
	OtherCountry = "other_country" //
	SameStart    = "same_start"    //
	NearStart    = "near_start"    // N: days between the starts
	UnderWay     = "under_way"     // one began while the other was going on; N: days
	FarStart     = "far_start"     // N: days between the starts
	OverlapDays  = "overlap_days"  // N: days both cover
	NoOverlap    = "no_overlap"    // N: days between the end of one and the start of the other
	SameEnd      = "same_end"      //
	SameKind     = "same_kind"     // Values: the kind
	OtherKind    = "other_kind"    // Values: both kinds
	SameService  = "same_service"  // Values: services
	OtherService = "other_service" // Values: services only one has, where both name some
	SameNetwork  = "same_network"  //
	OtherNetwork = "other_network" //
	SameSource   = "same_source"   // Values: addresses
	SameHost     = "same_host"     // Values: hosts
)

// Weights say how many points each finding brings. They were set by judgement,
// looked at on the leads of the count year 2022 and judged on other years: see
// [Replay]. Of a lead and the incident it belongs to, both usually state the
// country, a start and something of the place; the rest is a bonus when it is
// there, and a doubt when it differs.
type Weights struct {
	SamePlace, OfMany, PlaceWithin, NearPlace, SameWords, WholeBoth, WholeOne, OtherPlace, OtherCountry float64
	SameStart, PerDay, FarStart, PerFarDay, UnderWay, Overlap, NoOverlap, SameEnd                       float64
	SameKind, OtherKind, SameService, OtherService, SameNetwork, OtherNetwork                           float64
	SameSource, SameHost                                                                                float64
}

// Chosen is the table in use.
var Chosen = Weights{
	SamePlace: 4, OfMany: 0.5, PlaceWithin: 3.2, NearPlace: 2.5, SameWords: 3, WholeBoth: 1.5, WholeOne: 0.3, OtherPlace: -3, OtherCountry: -8,
	SameStart: 4, PerDay: -0.4, FarStart: 0, PerFarDay: -0.2, UnderWay: 0.5, Overlap: 0.5, NoOverlap: -0.5, SameEnd: 0.5,
	SameKind: 1, OtherKind: -2, SameService: 1.2, OtherService: -1, SameNetwork: 0.3, OtherNetwork: -0.3,
	SameSource: 6, SameHost: 0.7,
}

// NearDays is how far two starts may lie apart and still be called near.
const NearDays = 7

// Likely is the score from which two accounts are worth a person's look.
const Likely = 5.0

// Score tells how much two accounts look like one shutdown, and why. The points
// have no bound; see [Likely].
func Score(a, b Traits) (score float64, reasons []Reason) { return Chosen.Score(a, b) }

// Score compares under other weights.
func (w Weights) Score(a, b Traits) (score float64, reasons []Reason) {
	var c comparison
	c.w = w
	c.where(a, b)
	c.start(a, b)
	c.duration(a, b)
	c.what(a, b)
	c.sources(a, b)
	for _, r := range c.reasons {
		score += r.Points
	}
	return score, c.reasons
}

// comparison gathers reasons.
type comparison struct {
	w       Weights
	reasons []Reason
}

func (c *comparison) say(key string, points float64, n int, values ...string) {
	c.reasons = append(c.reasons, Reason{key, n, values, points})
}

// where compares places: the closest finding speaks, the others are silent.
func (c *comparison) where(a, b Traits) {
	if len(a.Countries) > 0 && len(b.Countries) > 0 && len(both(a.Countries, b.Countries)) == 0 {
		c.say(OtherCountry, c.w.OtherCountry, 0, apart(a.Countries, b.Countries)...)
		return
	}
	units, firsts, words := both(a.Units, b.Units), both(a.Firsts, b.Firsts), both(a.Words, b.Words)
	// A place among thirty says less than a place by itself.
	many := func(x, y []string) float64 {
		return c.w.OfMany * logRatio(len(x), len(y))
	}
	switch {
	case len(units) > 0:
		c.say(SamePlace, c.w.SamePlace-many(a.Units, b.Units), 0, units...)
	case len(words) > 0:
		c.say(SameWords, c.w.SameWords-many(a.Words, b.Words), 0, words...)
	case a.Whole && b.Whole:
		c.say(WholeBoth, c.w.WholeBoth, 0)
	case len(within(a, b)) > 0:
		c.say(PlaceWithin, c.w.PlaceWithin, 0, within(a, b)...)
	case len(firsts) > 0:
		c.say(NearPlace, c.w.NearPlace-many(a.Firsts, b.Firsts), 0, firsts...)
	case a.Whole && b.placed() || b.Whole && a.placed():
		c.say(WholeOne, c.w.WholeOne, 0)
	case len(a.Firsts) > 0 && len(b.Firsts) > 0 || len(a.Words) > 0 && len(b.Words) > 0:
		c.say(OtherPlace, c.w.OtherPlace, 0)
	}
}

// within are the first-level units one names and the other has a place in.
func within(a, b Traits) []string {
	out := append(both(a.Units, b.Firsts), both(b.Units, a.Firsts)...)
	slices.Sort(out)
	return slices.Compact(out)
}

func (t Traits) placed() bool { return len(t.Units)+len(t.Words) > 0 }

// start compares the beginnings: near ones by the day; for others it counts
// whether one began while the other went on.
func (c *comparison) start(a, b Traits) {
	if !a.HasStart || !b.HasStart {
		return
	}
	days := gap(a, b)
	switch {
	case days == 0:
		c.say(SameStart, c.w.SameStart, 0)
	case days <= NearDays:
		c.say(NearStart, c.w.SameStart+c.w.PerDay*float64(days), days)
	case a.covers(b.Start) || b.covers(a.Start):
		c.say(UnderWay, c.w.UnderWay, days)
	default:
		c.say(FarStart, c.w.FarStart+c.w.PerFarDay*float64(min(days, 60)), days)
	}
}

// gap is how many days lie between two starts at least.
func gap(a, b Traits) int {
	return max(0, a.Start-b.StartTo, b.Start-a.StartTo)
}

// covers tells whether an account speaks of a day.
func (t Traits) covers(day int) bool {
	return t.HasStart && day >= t.Start && (t.Open || t.HasEnd && day <= t.End)
}

// duration compares what both say of the end.
func (c *comparison) duration(a, b Traits) {
	if !a.HasStart || !b.HasStart || !a.HasEnd || !b.HasEnd {
		return
	}
	from, to := max(a.Start, b.Start), min(a.End, b.End)
	switch {
	case a.End == b.End:
		c.say(SameEnd, c.w.SameEnd, 0)
	case to >= from:
		c.say(OverlapDays, c.w.Overlap, to-from+1)
	default:
		c.say(NoOverlap, c.w.NoOverlap, from-to)
	}
}

// what compares what was done, and to which services and networks.
func (c *comparison) what(a, b Traits) {
	if a.Kind != "" && b.Kind != "" {
		if a.Kind == b.Kind {
			c.say(SameKind, c.w.SameKind, 0, a.Kind)
		} else {
			c.say(OtherKind, c.w.OtherKind, 0, a.Kind, b.Kind)
		}
	}
	if len(a.Services) > 0 && len(b.Services) > 0 {
		if same := both(a.Services, b.Services); len(same) > 0 {
			c.say(SameService, c.w.SameService*float64(min(len(same), 3)), 0, same...)
		} else {
			c.say(OtherService, c.w.OtherService, 0, apart(a.Services, b.Services)...)
		}
	}
	if len(a.Networks) > 0 && len(b.Networks) > 0 {
		if same := both(a.Networks, b.Networks); len(same) > 0 {
			c.say(SameNetwork, c.w.SameNetwork, 0, same...)
		} else {
			c.say(OtherNetwork, c.w.OtherNetwork, 0)
		}
	}
}

// sources compares where the accounts come from.
func (c *comparison) sources(a, b Traits) {
	if pages := both(a.Pages, b.Pages); len(pages) > 0 {
		c.say(SameSource, c.w.SameSource, 0, pages...)
	} else if hosts := both(a.Hosts, b.Hosts); len(hosts) > 0 {
		c.say(SameHost, c.w.SameHost, 0, hosts...)
	}
}

// both are the values two sorted lists share.
func both(a, b []string) []string {
	var out []string
	for _, x := range a {
		if _, found := slices.BinarySearch(b, x); found {
			out = append(out, x)
		}
	}
	return out
}

// apart are the values that stand in one of two sorted lists only.
func apart(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	same := both(a, b)
	return slices.Compact(slices.DeleteFunc(out, func(x string) bool { return slices.Contains(same, x) }))
}

// logRatio is how much longer one list is than the other, as a logarithm.
func logRatio(a, b int) float64 {
	return math.Abs(math.Log(float64(max(a, 1)) / float64(max(b, 1))))
}
