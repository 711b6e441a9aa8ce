package geo

import (
	"strings"

	"keepiton/internal/platform/geo/placename"
)

// result turns the items into the answer.
func (p *parse) result() Result {
	var r Result
	p.resolveOpen()
	p.dropInitials()
	p.partOfContainer()
	places := 0
	for i := range p.items {
		if it := &p.items[i]; it.kind == isPlace && !it.except {
			places++
		}
	}
	seen := map[int32]int{}
	for i := range p.items {
		it := &p.items[i]
		switch it.kind {
		case isFiller:
			continue
		case isNation:
			if p.bareAll(it) && places > 0 {
				continue // "(entire state)" after the state's name
			}
			if !it.except {
				r.Nationwide = true
			}
			continue
		case isCountry:
			continue
		case isHedged:
			r.Vague = true
			r.Matches = append(r.Matches, Match{Token: p.tokenOf(it), Confidence: Vague})
			continue
		case isOpen:
			r.Vague = true
			m := Match{Token: p.tokenOf(it), Confidence: Vague}
			if it.except {
				r.Except = append(r.Except, m)
			} else {
				r.Matches = append(r.Matches, m)
			}
			continue
		}
		m := p.match(it)
		if it.except {
			r.Except = append(r.Except, m)
			continue
		}
		if it.rec >= 0 {
			if at, dup := seen[it.rec]; dup {
				r.Matches[at].Part = r.Matches[at].Part && m.Part
				continue
			}
			seen[it.rec] = len(r.Matches)
		}
		if m.Confidence == Vague {
			r.Vague = true
		}
		m.Container = it.rec >= 0 && p.isContainer(i)
		r.Matches = append(r.Matches, m)
	}
	return r
}

// match renders one item.
func (p *parse) match(it *item) Match {
	m := Match{Token: p.tokenOf(it), Confidence: None, Part: it.part}
	for k, o := range it.options {
		if k < 8 {
			m.Options = append(m.Options, p.g.id(o))
		}
	}
	if it.rec >= 0 {
		m.Unit, m.Confidence, m.Outside = p.g.id(it.rec), it.conf, it.outside
		if it.parent >= 0 {
			m.ParentNamed = p.g.id(it.parent)
		}
		if it.rel == relNear {
			m.Part = true
		}
		return m
	}
	if code := p.territory(it); code != "" {
		m.Confidence, m.Elsewhere = NationHit, code
		return m
	}
	if p.opensSet(it) {
		m.Confidence = Vague
		return m
	}
	m.Elsewhere = p.elsewhere(it)
	return m
}

// territory returns the code of a territory of the stated country that the
// item names: Hong Kong in a text about China.
func (p *parse) territory(it *item) string {
	if it.lo >= it.hi {
		return ""
	}
	for _, hi := range []int{it.to, it.hi} {
		code := countryKeys()[p.phrase(it.lo, hi)]
		if c, ok := ByCode(code); ok && c.Sovereign == p.country {
			return code
		}
	}
	return ""
}

// opensSet reports chunks with an unknown word in the language of open sets:
// "Houthi-controlled areas", a landmark after "near".
func (p *parse) opensSet(it *item) bool {
	if it.rel == relNear {
		return true
	}
	lo := it.from
	for lo < it.to-1 && (placename.IsCompass(p.words[lo].norm) || filler(p.words[lo].norm)) {
		lo++
	}
	if lo > it.from && p.isCountryName(p.phrase(lo, it.to)) {
		return true // "northern Iraq"
	}
	if len(it.options) > 0 {
		return false
	}
	n := it.to - it.from
	if n < 2 {
		return false
	}
	last := p.words[it.to-1].norm
	for k := it.from; k < it.to; k++ {
		switch w := p.words[k].norm; w {
		case "controlled", "held", "hit", "affected", "occupied", "targeted", "border", "several", "various", "multiple", "many", "other", "major", "among":
			return true
		default:
			if w[0] >= '0' && w[0] <= '9' && openSet(last) {
				return true
			}
		}
	}
	return false
}

// bareAll reports "all districts" and "entire state": the nation only when
// nothing else is named.
func (p *parse) bareAll(it *item) bool {
	for k := it.from; k < it.to; k++ {
		if w := p.words[k].norm; nationWords[w] || w == "national" || w == "country" || w == "nation" || p.isCountryName(w) {
			return false
		}
	}
	return true
}

// resolveOpen merges "parts of", "10 districts of" and the like into the
// place that follows, and drops words of kind that only lead to it.
func (p *parse) resolveOpen() {
	for i := range p.items {
		it := &p.items[i]
		if it.kind == isPlace || i+1 >= len(p.items) {
			continue
		}
		next := &p.items[i+1]
		leads := (next.rel == relIn || next.rel == relNear) && next.segment == it.segment
		switch {
		case it.kind == isNation && leads && next.kind == isPlace && p.bareAll(it):
			it.kind = isFiller // "all districts of X" is X
		case it.kind == isNation || it.kind == isUnknown && !(next.kind == isNation && next.rel == relIn):
		case leads && next.kind == isPlace && next.rec >= 0:
			if it.kind == isOpen && !(next.joint == "of" && p.bareKinds(it)) ||
				it.kind == isFiller && next.joint != "of" && plural(p.words[it.to-1].norm) {
				next.part = true
				p.spread(i + 1)
			}
			if it.rel == relAnd {
				next.rel = relAnd // "Tral and parts of Kashmir"
			}
			it.kind = isFiller
		case next.kind == isNation && next.rel == relIn && it.kind == isUnknown:
			it.kind = isFiller // "service slowed down for the entire country"
		case leads && next.kind == isNation && it.kind == isOpen && !p.hasKind(it):
			it.kind = isFiller // "it affected data services in the whole country"
		case leads && next.kind == isNation && it.kind == isOpen:
			next.kind = isCountry // "40 regions across the entire country"
		case it.kind == isOpen && it.rel == relInside && i > 0 && p.items[i-1].rec >= 0:
			p.items[i-1].part = true // "Al-Jawf (15 districts)"
			it.kind = isFiller
		}
	}
}

// hasKind reports a word of kind in an item: it is about places.
func (p *parse) hasKind(it *item) bool {
	for k := it.from; k < it.to; k++ {
		if placename.IsKind(p.words[k].norm) {
			return true
		}
	}
	return false
}

// spread carries "meant in part" along a list after "across" or "in": "9
// jurisdictions across Patiala and Sangrur Districts".
func (p *parse) spread(i int) {
	if j := p.items[i].joint; j != "across" && j != "in" && j != "throughout" {
		return
	}
	for k := i + 1; k < len(p.items); k++ {
		o := &p.items[k]
		if o.segment != p.items[i].segment || o.rel != relList && o.rel != relAnd {
			return
		}
		if o.rec >= 0 && p.items[i].rec >= 0 && p.g.lies(p.items[i].rec, o.rec) {
			return // the container of them all
		}
		o.part = true
	}
}

// partOfContainer marks the named container of an unread name as meant in
// part: of "Gandoh tehsil, Doda District" all we know is that it is in Doda.
func (p *parse) partOfContainer() {
	for i := range p.items {
		it := &p.items[i]
		if it.rec >= 0 || it.except || it.kind != isUnknown && it.kind != isPlace {
			continue
		}
		box := p.container(i)
		for j := range p.items {
			if o := &p.items[j]; box >= 0 && o.kind == isPlace && o.rec == box {
				o.part = true
			}
		}
	}
}

// dropInitials drops an abbreviation in brackets that spells the initials of
// the name before it: "Gorno-Badakhshan Autonomous Oblast (GBAO)".
func (p *parse) dropInitials() {
	for i := 1; i < len(p.items); i++ {
		it := &p.items[i]
		if it.rel != relInside || it.to-it.from != 1 || it.kind != isUnknown && it.kind != isPlace {
			continue
		}
		short := p.words[it.from].norm
		end := p.items[i-1].to
		if n := len(short); n >= 2 && n <= end-p.items[i-1].from {
			same := true
			for k := 0; k < n; k++ {
				w := p.words[end-n+k].norm
				same = same && w[0] == short[k]
			}
			if same {
				it.kind = isFiller
			}
		}
	}
}

// bareKinds reports "cities" in "cities of A, B": words of kind, no quantity.
func (p *parse) bareKinds(it *item) bool {
	for k := it.from; k < it.to; k++ {
		switch w := p.words[k].norm; w {
		case "cities", "towns", "districts", "villages", "states", "provinces", "regions", "townships", "counties", "district", "city":
		case "the", "areas":
		default:
			return false
		}
	}
	return true
}

// isContainer reports whether item i only says where another one lies: the
// smaller place stands before it, or after it in brackets, after a comma or
// as its possession. After "and" or "including" both are meant.
func (p *parse) isContainer(i int) bool {
	it := &p.items[i]
	for j := range p.items {
		o := &p.items[j]
		if j == i || o.kind != isPlace || o.rec < 0 || o.rec == it.rec || o.except != it.except || !p.g.within(o.rec, it.rec) {
			continue
		}
		if j < i && p.leadsTo(j, i) && (it.rel != relAnd || p.joinedIn(j, i)) && it.rel != relIncl {
			return true
		}
		if j > i && (o.rel == relOwner || o.rel == relInside || o.rel == relList && j == i+1) {
			return true
		}
	}
	return false
}

// joinedIn reports whether an "and" before item i joins it to something other
// than item j: "A in X and B in Y".
func (p *parse) joinedIn(j, i int) bool { return i-j > 1 && p.items[i-1].kind == isPlace }

// phrase is words lo..hi normalised, with spaces.
func (p *parse) phrase(lo, hi int) string {
	var sb strings.Builder
	for k := lo; k < hi; k++ {
		if k > lo {
			sb.WriteByte(' ')
		}
		sb.WriteString(p.words[k].norm)
	}
	return sb.String()
}

// elsewhere names the one other country in which an unread token is exact: a
// sign that the country or the text is wrong. Higher levels speak first.
func (p *parse) elsewhere(it *item) string {
	if it.lo >= it.hi {
		return ""
	}
	norm := p.phrase(it.lo, it.hi)
	if code := countryKeys()[norm]; code != "" && code != p.country && len(norm) > 3 {
		return code
	}
	key := string(p.key(nil, it.lo, it.hi))
	if len(key) < 4 {
		return ""
	}
	if code := aliasCountry()[key]; code != "" && code != p.table {
		return code
	}
	for _, top := range []byte{LevelFirst, LevelSecond, LevelLocality} {
		found, several := -1, false
		p.g.keys.each(key, func(i int32) bool {
			r := &p.g.recs[i]
			if r.level > top || p.known && r.country == p.cc {
				return true
			}
			if found >= 0 && found != int(r.country) {
				several = true
				return false
			}
			found = int(r.country)
			return true
		})
		if several {
			return ""
		}
		if found >= 0 {
			return p.g.codes[found]
		}
	}
	return ""
}
