package geo

import (
	"math/bits"

	"keepiton/internal/platform/geo/placename"
)

// choose picks one record per place item. Two passes: first every candidate
// of the others may serve as a named container, then only what was chosen.
func (p *parse) choose() {
	for pass := 0; pass < 2; pass++ {
		for i := range p.items {
			if p.items[i].kind == isPlace {
				p.pick(i, pass)
			}
		}
	}
	for i := range p.items {
		if it := &p.items[i]; it.kind == isPlace && it.rec >= 0 {
			p.grade(i)
			p.toDistrict(it)
			p.toTownship(it)
		}
	}
}

// toDistrict turns a town into its own district where both have the same name
// in two romanisations (Shopian in Shupiyan) and the text does not say that it
// means the town: the higher level, as for names spelled alike.
func (p *parse) toDistrict(it *item) {
	if it.rec < 0 || it.hint == LevelLocality || p.g.recs[it.rec].kind != kindLocality {
		return
	}
	up := p.g.recs[it.rec].parent
	if up < 0 || p.g.recs[up].level != LevelSecond {
		return
	}
	fold := placename.Fold(p.table, placename.Squash(p.g.recs[it.rec].name))
	same := false
	p.g.recs[up].names(func(name string) {
		forms(name, func(key string) { same = same || placename.Fold(p.table, key) == fold })
	})
	if same && it.parent != up {
		it.rec = up
	}
}

// pick scores an item's candidates.
func (p *parse) pick(i, pass int) {
	it := &p.items[i]
	best, score, tie := int32(-1), -1, false
	var parent int32 = -1
	for _, c := range it.cands {
		par, s := p.namedContainer(i, c, pass)
		s += p.levelScore(it, c)
		if s > score {
			best, score, parent, tie = c, s, par, false
		} else if s == score && best != c {
			tie = true
		}
	}
	it.rec, it.parent, it.options = best, parent, nil
	if tie {
		p.untie(it, pass)
	}
}

// untie decides between candidates of equal worth: the one that lies in a
// candidate of a higher level ("Udaipur city" in Udaipur district), else that
// higher one, else what contains them all. Otherwise the item stays open and
// keeps its options.
func (p *parse) untie(it *item, pass int) {
	level := p.g.recs[it.rec].level
	upper := int32(-1)
	for _, c := range it.cands {
		switch l := p.g.recs[c].level; {
		case l == level:
			it.options = append(it.options, c)
		case l < level && l != LevelRegion && (upper < 0 || l > p.g.recs[upper].level):
			upper = c
		}
	}
	if upper >= 0 {
		inside := int32(-1)
		n := 0
		for _, o := range it.options {
			if p.g.within(o, upper) {
				inside, n = o, n+1
			}
		}
		it.rec, it.options, it.part = upper, nil, true
		if n == 1 {
			it.rec, it.part = inside, false
		}
		return
	}
	if pass == 0 {
		return
	}
	it.rec, it.parent = -1, -1
	if top := p.common(it.options); top >= 0 {
		it.rec, it.vaguer, it.part = top, true, true
	}
}

// common returns the first-level unit that all records lie in, or -1.
func (p *parse) common(list []int32) int32 {
	top := p.g.recs[list[0]].first
	for _, r := range list {
		if p.g.recs[r].first != top || r == top {
			return -1
		}
	}
	return top
}

// levelScore prefers the higher level, unless a word of kind points at
// another one, and a unit still in being over a retired one.
func (p *parse) levelScore(it *item, c int32) int {
	r := &p.g.recs[c]
	s := 0
	switch {
	case it.alias && len(it.cands) > 0 && c == it.cands[len(it.cands)-1]:
		s = 14
	case r.level == LevelFirst:
		s = 24
	case r.level == LevelRegion:
		s = 26
	case r.level == LevelSecond:
		s = 16
	case r.kind == kindTownship:
		s = 10
	default:
		s = 8
	}
	switch level := int(r.level); {
	case it.hint < 0:
	case level == it.hint:
		s += 18
	case level == LevelRegion && it.hint == LevelFirst:
		s += 18
	case it.hint == LevelLocality && level == LevelSecond:
		s += 4 // a city is often the same word as its district
	}
	if len(it.cands) > 1 {
		if v, ok := p.g.validity[p.g.id(c)]; ok && v.status == "retired" {
			s -= 3
		}
		if p.wholeName(it, c) {
			s += 2 // the whole name, not one with a word of kind taken away
		} else if r.level == LevelFirst && it.hint != LevelFirst && p.rivalWhole(it, c) {
			s -= 12 // "Dhaka" is the district, "Dhaka Division" the division
		}
	}
	return s
}

// toTownship turns a district into its township of the same sound where the
// text says township: "Kale township" is Ka Lay in Kale District.
func (p *parse) toTownship(it *item) {
	if it.rec < 0 || it.hint != LevelLocality || p.table != "MM" || p.g.recs[it.rec].level != LevelSecond {
		return
	}
	fold := placename.Fold(p.table, string(p.key(nil, it.lo, it.hi)))
	first := p.g.recs[it.rec].first
	p.m.near.get(p.g, p.table).sameSound(fold, func(r int32) {
		if q := &p.g.recs[r]; q.kind == kindTownship && q.first == first {
			it.rec, it.conf = r, Fuzzy
		}
	})
}

func (p *parse) wholeName(it *item, c int32) bool {
	return placename.Squash(p.g.recs[c].name) == string(p.key(nil, it.lo, it.hi))
}

// rivalWhole reports whether another unit of the second level or above has
// the item's words as its whole name.
func (p *parse) rivalWhole(it *item, c int32) bool {
	for _, o := range it.cands {
		if o != c && p.g.recs[o].level <= LevelSecond && p.wholeName(it, o) {
			return true
		}
	}
	return false
}

// namedContainer finds another item that names a container of candidate c and
// says how much that is worth.
func (p *parse) namedContainer(i int, c int32, pass int) (parent int32, score int) {
	parent = -1
	it := &p.items[i]
	consider := func(j int, q int32) {
		o := &p.items[j]
		if q == c || p.g.recs[q].level >= LevelLocality && p.g.recs[q].kind != kindTownship || !p.g.lies(c, q) {
			return
		}
		s := 100
		if !p.leadsTo(i, j) {
			s = 3 // a peer of the list that happens to contain a namesake
		}
		if o.segment == it.segment {
			s += s
		}
		if j > i {
			s += s / 3
		}
		s += s / 10 * int(p.g.recs[q].level) // the nearer container is the better witness
		if s > score {
			parent, score = q, s
		}
	}
	for j := range p.items {
		o := &p.items[j]
		if j == i || o.kind != isPlace {
			continue
		}
		if pass == 0 {
			for _, q := range o.cands {
				consider(j, q)
			}
		} else if o.rec >= 0 {
			consider(j, o.rec)
		}
	}
	return parent, score
}

// leadsTo reports whether item j stands where a container of item i would:
// joined by "in", brackets or possession, next to it, or at the end of its
// list. Elsewhere in a list it is a peer: Vinnytsia in "Chernivtsi, Kharkiv,
// Vinnytsia, Zaporizhzhia Oblasts" does not hold Chernivtsi.
func (p *parse) leadsTo(i, j int) bool {
	it, o := &p.items[i], &p.items[j]
	switch {
	case o.segment != it.segment:
		return true
	case j > i:
		return j == i+1 && !(o.rel == relAnd) || o.rel == relIn || o.rel == relInside || p.atEnd(j)
	}
	for k := j + 1; k <= i; k++ {
		if r := p.items[k].rel; r == relOwner || r == relInside || r == relIncl {
			return true
		}
	}
	return i == j+1 && it.rel == relList
}

// atEnd reports whether nothing but places joined by "in" or after a comma
// and in turn last follows item j in its segment.
func (p *parse) atEnd(j int) bool {
	n := 0
	for k := j + 1; k < len(p.items) && p.items[k].segment == p.items[j].segment; k++ {
		if p.items[k].rel == relAnd {
			return false
		}
		n++
	}
	return n <= 1
}

// shareHints gives the plural word of kind at a list's end to the whole list:
// "Dawei, Launglon and Thayetchaung townships".
func (p *parse) shareHints() {
	for j := range p.items {
		o := &p.items[j]
		if o.hint < 0 || !p.pluralKind(o) {
			continue
		}
		for k := j; k > 0; k-- {
			if r := p.items[k].rel; r != relAnd && r != relList {
				break
			}
			if q := &p.items[k-1]; q.hint < 0 && q.segment == o.segment && (q.kind == isPlace || q.kind == isUnknown) {
				q.hint = o.hint
			} else {
				break
			}
		}
	}
}

// container returns the record of the container that the text names after
// item i in the same segment, or -1: the last place of the segment, or one
// joined by "in" or brackets.
func (p *parse) container(i int) int32 {
	it := &p.items[i]
	if owner := p.owner(i); owner >= 0 {
		return owner
	}
	for j := i + 1; j < len(p.items); j++ {
		o := &p.items[j]
		if o.segment != it.segment || o.rel == relOwner {
			break
		}
		if o.kind != isPlace || o.rec < 0 || int(p.g.recs[o.rec].level) >= LevelLocality {
			continue
		}
		last := p.lastButContainers(j)
		if o.rel == relIn || o.rel == relInside && j == i+1 || last && o.rel == relList && p.closes(j) {
			return o.rec
		}
	}
	if i > 0 && (it.rel == relIncl || it.rel == relInside) {
		if o := &p.items[i-1]; o.kind == isPlace && o.rec >= 0 && o.segment == it.segment && p.g.recs[o.rec].level < LevelLocality {
			return o.rec
		}
	}
	return -1
}

// lastButContainers reports whether item j ends its segment, apart from names
// of what contains it: "Udaipur District" in "..., Udaipur District, Rajasthan".
func (p *parse) lastButContainers(j int) bool {
	o := &p.items[j]
	for k := j + 1; k < len(p.items) && p.items[k].segment == o.segment; k++ {
		q := &p.items[k]
		if q.kind != isPlace || q.rec < 0 || q.rel == relAnd || !p.g.lies(o.rec, q.rec) {
			return false
		}
	}
	return true
}

// closes reports whether the last name of a list is the container of the
// others ("Gangaw, Saw, Magway Division") and not one more of them ("Beit
// Lahia, Gaza City, Khan Yunis"): it is called a state or a district, or one
// of the others lies in it, or there is but one other.
func (p *parse) closes(j int) bool {
	o := &p.items[j]
	if o.hint == LevelFirst && p.g.recs[o.rec].level <= LevelFirst || o.hint == LevelSecond && p.g.recs[o.rec].level == LevelSecond {
		return o.part || !p.pluralKind(o)
	}
	if level := p.g.recs[o.rec].level; level > LevelFirst {
		return level == LevelSecond && j == 1 && p.items[0].kind == isUnknown // "X area, Dhaka"
	}
	others := 0
	for k := j - 1; k >= 0 && p.items[k].segment == o.segment; k-- {
		others++
		for _, c := range p.items[k].cands {
			if c != o.rec && p.g.within(c, o.rec) {
				return true
			}
		}
	}
	return others == 1 || p.items[max(j-1, 0)].kind == isUnknown
}

// pluralKind reports "Zhytomyr Oblasts": the word of kind speaks for a list.
func (p *parse) pluralKind(it *item) bool {
	w := p.words[it.to-1].norm
	return kindLevel(w) >= 0 && plural(w)
}

// owner returns the record whose possession item i, or the list it stands
// in, is: "Kachin's Hpakant, Mogaung".
func (p *parse) owner(i int) int32 {
	seg := p.items[i].segment
	for j := i; j > 0 && p.items[j].segment == seg; j-- {
		if p.items[j].rel == relOwner {
			return p.items[j-1].rec
		}
		if r := p.items[j].rec; j < i && p.items[j].kind == isPlace && r >= 0 && p.g.recs[r].level <= LevelFirst {
			return -1
		}
	}
	return -1
}

// ellipsis completes compass words that share the name of a later item:
// "North, Central, and South Kashmir".
func (p *parse) ellipsis() {
	for i := range p.items {
		it := &p.items[i]
		if it.to-it.from != 1 || it.kind != isFiller && it.kind != isOpen || !placename.IsCompass(p.words[it.from].norm) {
			continue
		}
		for j := i + 1; j < len(p.items) && p.items[j].segment == it.segment && p.items[j].rel != relIn; j++ {
			o := &p.items[j]
			if o.to-o.from < 2 || !placename.IsCompass(p.words[o.from].norm) {
				continue
			}
			hi := o.to
			for hi > o.from+2 && filler(p.words[hi-1].norm) {
				hi--
			}
			key := p.words[it.from].norm + string(p.key(nil, o.from+1, hi))
			if it.cands, it.alias = p.lookup(key, it.cands[:0]); len(it.cands) > 0 {
				it.kind, it.part = isPlace, false
			}
			break
		}
	}
}

// grade sets the confidence of a chosen record, and takes the choice back
// where the text names a container that it does not lie in.
func (p *parse) grade(i int) {
	it := &p.items[i]
	switch {
	case it.alias && it.rec == it.cands[len(it.cands)-1]:
		it.conf = AliasHit
	case it.parent >= 0:
		it.conf = ExactParent
	default:
		it.conf = Exact
	}
	if it.vaguer {
		it.conf = Fuzzy
		return
	}
	if it.parent >= 0 || it.except {
		return
	}
	box := p.container(i)
	if box < 0 || p.g.recs[box].level >= p.g.recs[it.rec].level && p.g.recs[box].level != LevelRegion || p.g.recs[it.rec].level <= LevelFirst {
		return
	}
	if p.g.mayLie(it.rec, box) {
		return
	}
	it.outside = true
	if p.g.recs[it.rec].kind == kindLocality {
		it.options = append(it.options, it.rec)
		it.rec = -1 // a village of that name elsewhere is more likely another one
		return
	}
	it.conf, it.parent = Fuzzy, box
}

// readNear gives items without a record, and those that contradict the text,
// a second reading by near spelling.
func (p *parse) readNear() {
	if !p.known {
		return
	}
	for i := range p.items {
		it := &p.items[i]
		if it.kind != isUnknown && !(it.kind == isPlace && (it.rec < 0 || it.outside)) {
			continue
		}
		if it.rel == relNear || len(it.options) > 0 && !it.outside && p.g.recs[it.options[0]].level < LevelLocality {
			continue // a landmark, or several units of that very name
		}
		box := p.container(i)
		if r := p.nearest(it, box); r >= 0 {
			it.kind, it.rec, it.conf, it.outside, it.parent, it.options = isPlace, r, Fuzzy, false, -1, nil
			if box >= 0 && box != r && p.g.lies(r, box) {
				it.parent = box
			}
		}
	}
}

// nearest finds the one unit whose spelling is near the item's name. With a
// named container it must lie inside; localities need one.
func (p *parse) nearest(it *item, box int32) int32 {
	near := p.m.near.get(p.g, p.table)
	if r := p.nearKey(near, it, box, it.lo, it.hi); r >= 0 {
		return r
	}
	lo := it.lo
	for lo < it.hi-1 && placename.IsCompass(p.words[lo].norm) {
		lo++
	}
	if lo > it.lo {
		if r := p.nearKey(near, it, box, lo, it.hi); r >= 0 {
			it.part = true
			return r
		}
	}
	return -1
}

func (p *parse) nearKey(near *nearIndex, it *item, box int32, lo, hi int) int32 {
	key := string(p.key(nil, lo, hi))
	if len(key) < 3 || len(key) > 48 {
		return -1
	}
	ok := func(r int32) bool {
		if reg := p.g.regions[r]; reg != nil && p.m.general && !reg.general {
			return false
		}
		q := &p.g.recs[r]
		if it.village && q.kind != kindLocality {
			return false
		}
		if box >= 0 {
			return r != box && p.g.mayLie(r, box)
		}
		return q.kind != kindLocality
	}
	fold := placename.Fold(p.table, key)
	if len(fold) >= 4 && len(key) >= 5 || box >= 0 && len(fold) >= 3 {
		if r := p.sameSound(near, fold, ok); r >= 0 && (len(fold) > 3 || p.close(r, key)) {
			return r
		}
	}
	if len(key) < 5 || it.village {
		return -1
	}
	best, dist, tie := int32(-1), placename.MaxDistance(len(key))+1, false
	mask := letters(key)
	for _, k := range near.byLetter[key[0]] {
		if diff := len(k.key) - len(key); diff >= dist || -diff >= dist || bits.OnesCount32(mask^k.letters) > 2*(dist-1)+1 || !ok(k.rec) {
			continue
		}
		d := placename.Distance(key, k.key, dist)
		switch {
		case d < dist:
			best, dist, tie = k.rec, d, false
		case d == dist && best >= 0 && k.rec != best:
			switch a, b := &p.g.recs[best], &p.g.recs[k.rec]; {
			case b.level < a.level:
				best, tie = k.rec, false
			case b.level == a.level:
				tie = true
			}
		}
	}
	if tie {
		return -1
	}
	return best
}

// close reports whether one of the record's spellings is within one edit.
func (p *parse) close(r int32, key string) bool {
	found := false
	p.g.recs[r].names(func(name string) {
		forms(name, func(k string) { found = found || placename.Distance(k, key, 1) <= 1 })
	})
	return found
}

// sameSound finds the one allowed record of the highest level whose folded
// spelling equals fold.
func (p *parse) sameSound(near *nearIndex, fold string, ok func(int32) bool) int32 {
	best, tie := int32(-1), false
	near.sameSound(fold, func(r int32) {
		switch {
		case !ok(r):
		case best < 0 || p.g.recs[r].level < p.g.recs[best].level:
			best, tie = r, false
		case p.g.recs[r].level == p.g.recs[best].level:
			tie = true
		}
	})
	if tie {
		return -1
	}
	return best
}
