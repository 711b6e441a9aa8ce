package geo

import (
	"strings"
	"sync"

	"keepiton/internal/platform/geo/placename"
)

// Matcher reads place lists. It is safe for concurrent use.
type Matcher struct {
	g       *gazetteer
	learned map[string]int32 // country + tab + squashed key
	shipped map[string]int32
	near    *nearCache
	general bool // regions from general knowledge only
}

var sharedNear nearCache

// shippedAliases reads data/aliases.csv: country, spelling, unit, basis.
var shippedAliases = sync.OnceValue(func() map[string]int32 {
	g := gaz()
	m := map[string]int32{}
	readCSV(embedded("aliases.csv"), 4, func(f []string) {
		if i := g.find(f[2]); i >= 0 {
			m[f[0]+"\t"+placename.Squash(f[1])] = i
		}
	})
	return m
})

// aliasCountry is squashed spelling -> the one country whose shipped aliases
// have it.
var aliasCountry = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for k := range shippedAliases() {
		country, key := cutTab(k)
		if old, ok := m[key]; ok && old != country {
			country = "" // two countries: no witness
		}
		m[key] = country
	}
	return m
})

// NewMatcher returns a matcher that knows the shipped aliases and the ones
// given. A given alias wins over everything: it is a person's decision. One
// whose unit does not exist is ignored.
func NewMatcher(extra []Alias) *Matcher {
	m := &Matcher{g: gaz(), learned: map[string]int32{}, shipped: shippedAliases(), near: &sharedNear}
	for _, a := range extra {
		if i := m.g.find(a.Unit); i >= 0 {
			m.learned[a.Country+"\t"+placename.Squash(a.Key)] = i
		}
	}
	return m
}

// newPlainMatcher knows no aliases and only the regions of general knowledge:
// what the tables and the parser are worth by themselves.
func newPlainMatcher() *Matcher {
	return &Matcher{g: gaz(), near: &sharedNear, general: true}
}

// Match reads a place list inside a country (alpha-2, XK or XS). An unknown
// country gives only nationwide and vague readings. The text is cut at 8,000
// bytes; every token is a substring of it.
func (m *Matcher) Match(country, areaText string) Result {
	p := &parse{m: m, g: m.g, text: areaText, country: country, table: country}
	if country == "XS" {
		p.table = "SO"
	}
	if i := m.g.countryIndex(p.table); i >= 0 {
		p.cc, p.known = uint16(i), true
	}
	p.words = lex(areaText)
	p.chunks = chunks(p.words, p.protect)
	p.items = make([]item, len(p.chunks))
	for i := range p.chunks {
		p.items[i].chunk = &p.chunks[i]
		p.readExact(&p.items[i])
	}
	p.ellipsis()
	p.shareHints()
	p.choose()
	p.readNear()
	return p.result()
}

// item is a chunk with what it was read as.
type item struct {
	*chunk
	kind    itemKind
	cands   []int32
	lo, hi  int  // the words the name was read from
	part    bool // speaks of a part
	village bool // called a village: no near match to anything larger
	alias   bool
	hint    int // level a word of kind points at, or -1

	rec     int32 // chosen, or -1
	parent  int32 // named container, or -1
	outside bool
	vaguer  bool // rec contains several places of the name
	conf    Confidence
	options []int32
}

type itemKind byte

const (
	isUnknown itemKind = iota
	isPlace
	isNation
	isHedged  // "likely nationwide"
	isFiller  // nothing but words of kind: dropped
	isOpen    // an open set
	isCountry // the country's own name as a container, or another country's
)

type parse struct {
	m       *Matcher
	g       *gazetteer
	text    string
	country string // as asked
	table   string // whose units are searched
	cc      uint16
	known   bool
	words   []word
	chunks  []chunk
	items   []item
}

// key joins the norms of words lo..hi into buf.
func (p *parse) key(buf []byte, lo, hi int) []byte {
	for i := lo; i < hi; i++ {
		if i > lo && p.words[i].sep == sepAmp {
			buf = append(buf, "and"...)
		}
		if i+1 == hi && p.words[i].bare != "" {
			buf = append(buf, p.words[i].bare...)
			continue
		}
		buf = append(buf, p.words[i].norm...)
	}
	return buf
}

// lookup collects the country's records for a key.
func (p *parse) lookup(key string, out []int32) (cands []int32, alias bool) {
	full := p.table + "\t" + key
	if r, ok := p.m.learned[full]; ok {
		return append(out, r), true
	}
	if p.country != p.table {
		if r, ok := p.m.learned[p.country+"\t"+key]; ok {
			return append(out, r), true
		}
	}
	strong := false
	p.g.keys.each(key, func(i int32) bool {
		r := &p.g.recs[i]
		if r.country != p.cc || !p.known {
			return true
		}
		if reg := p.g.regions[i]; reg != nil && p.m.general && !reg.general {
			return true
		}
		if r.level != LevelLocality || r.kind == kindTownship {
			strong = true
		}
		out = append(out, i)
		return true
	})
	if !strong {
		if r, ok := p.m.shipped[full]; ok {
			// a listed spelling beats a village of the same name, and keeps it
			// as a candidate for when the village's parent is named
			return append(out, r), true
		}
	}
	return out, false
}

// protect finds a name with a joint or an ampersand inside: "Jammu and
// Kashmir", "Cox's Bazar" (whose possessive is none). It returns its words.
func (p *parse) protect(i int) int {
	if !p.known {
		return 0
	}
	limit := min(len(p.words), i+8)
	joint := -1
	for k := i; k < limit; k++ {
		w := p.words[k]
		if k > i && rank(w.sep) > rank(sepAmp) {
			limit = k
			break
		}
		if _, ok := joints[w.norm]; ok && k > i || k > i && w.sep == sepAmp || w.bare != "" && k+1 < limit {
			if joint < 0 {
				joint = k
			}
		}
	}
	if joint < 0 || joints[p.words[i].norm] != 0 {
		return 0
	}
	var arr [96]byte
	var tmp [8]int32
	for hi := limit; hi > joint && hi > i+1; hi-- {
		buf := arr[:0]
		for k := i; k < hi; k++ {
			if k > i && p.words[k].sep == sepAmp {
				buf = append(buf, "and"...)
			}
			buf = append(buf, p.words[k].norm...)
		}
		cands, _ := p.lookup(string(buf), tmp[:0])
		if len(cands) > 0 && placename.IsKind(p.words[hi-1].norm) == false {
			return hi - i
		}
	}
	return 0
}

// readExact reads a chunk as the nation, an open set or exact names.
func (p *parse) readExact(it *item) {
	it.rec, it.parent, it.hint = -1, -1, -1
	ws := p.words[it.from:it.to]
	it.lo, it.hi = it.from, it.to
	for _, w := range ws {
		if l := kindLevel(w.norm); l >= 0 {
			it.hint = l
		}
		it.village = it.village || w.norm == "village" || w.norm == "villages"
	}
	if !it.locked {
		if yes, hedged := nation(ws, p.isCountryName); yes {
			it.kind = isNation
			if it.rel == relNear && (it.joint == "near" || it.joint == "around") && !p.isCountryName(p.phrase(it.from, it.to)) {
				it.kind = isHedged // "near country-wide"
				return
			}
			if it.rel == relIn || it.rel == relNear || it.rel == relOwner {
				it.kind = isCountry
				for _, w := range ws {
					if w.norm == "entire" || w.norm == "whole" || nationWords[w.norm] {
						it.kind = isNation
					}
				}
			}
			return
		} else if hedged {
			it.kind = isHedged
			return
		}
	}
	lead, tail := 0, 0
	for lead < len(ws) && filler(ws[lead].norm) {
		lead++
	}
	for tail < len(ws)-lead && filler(ws[len(ws)-1-tail].norm) {
		tail++
	}
	p.trim(it, lead, tail)
	if it.kind == isPlace {
		return
	}
	if lead == len(ws) || compassOnly(ws) {
		it.kind = isFiller
		for _, w := range ws {
			if openSet(w.norm) {
				it.kind = isOpen
			}
			it.part = it.part || partial(w.norm)
		}
		return
	}
	it.lo, it.hi = it.from+lead, it.to-tail
}

// compassOnly reports "northern parts" and "Central": no name of its own.
func compassOnly(ws []word) bool {
	for _, w := range ws {
		if !filler(w.norm) && !placename.IsCompass(w.norm) {
			return false
		}
	}
	return true
}

// trim looks the chunk up, taking away fillers and compass words from the
// ends, longest reading first.
func (p *parse) trim(it *item, lead, tail int) {
	n := it.to - it.from
	compass := lead
	for compass < n-1 && placename.IsCompass(p.words[it.from+compass].norm) {
		compass++
	}
	lead = max(lead, compass)
	if it.locked {
		lead, tail = 0, min(tail, n-1)
	}
	var arr [128]byte
	for cut := 0; cut <= lead+tail; cut++ {
		for l := min(cut, lead); l >= 0; l-- {
			r := cut - l
			if r > tail || l+r >= n {
				continue
			}
			lo, hi := it.from+l, it.to-r
			if p.try(it, arr[:0], lo, hi) {
				it.kind, it.lo, it.hi = isPlace, lo, hi
				for k := it.from; k < lo; k++ {
					it.part = it.part || partial(p.words[k].norm)
				}
				return
			}
		}
	}
}

// try looks words lo..hi up, as they are and without a leading article.
func (p *parse) try(it *item, buf []byte, lo, hi int) bool {
	allFiller := true
	for k := lo; k < hi; k++ {
		if !filler(p.words[k].norm) {
			allFiller = false
		}
	}
	if allFiller && hi-lo < it.to-it.from {
		return false // "areas" left over from "areas near"
	}
	key := p.key(buf, lo, hi)
	if allFiller && len(key) > 0 && len(key) < 3 {
		return false
	}
	it.cands, it.alias = p.lookup(string(key), it.cands[:0])
	if len(it.cands) == 0 && hi-lo > 1 {
		it.cands, it.alias = p.turned(lo, hi, it.cands[:0])
	}
	if len(it.cands) == 0 && hi-lo > 1 {
		if bare := placename.StripArticle(p.words[lo].norm + " x"); bare != p.words[lo].norm+" x" || isArticle(p.words[lo].norm) {
			it.cands, it.alias = p.lookup(string(p.key(buf, lo+1, hi)), it.cands[:0])
		}
	}
	if allFiller {
		// a name made of words of kind counts only for a proper unit
		keep := it.cands[:0]
		for _, c := range it.cands {
			if p.g.recs[c].level <= LevelSecond {
				keep = append(keep, c)
			}
		}
		it.cands = keep
	}
	return len(it.cands) > 0
}

// turned looks a name up with its compass word in English and in front.
func (p *parse) turned(lo, hi int, out []int32) ([]int32, bool) {
	name := p.phrase(lo, hi)
	if t := placename.Directions(name); t != name {
		return p.lookup(strings.ReplaceAll(t, " ", ""), out)
	}
	return out, false
}

func isArticle(w string) bool { return placename.StripArticle(w+" xxxx") == "xxxx" }

// isCountryName reports whether a normalised phrase names the stated country.
func (p *parse) isCountryName(norm string) bool {
	if len(norm) < 4 {
		return false
	}
	code := countryKeys()[norm]
	if code == "" || code != p.country {
		return false
	}
	if p.country == "XS" {
		return true
	}
	// "Gaza Strip" names Palestine in a country column, and a part of it here
	region := false
	p.g.keys.each(strings.ReplaceAll(norm, " ", ""), func(i int32) bool {
		region = p.g.recs[i].kind == kindRegion && p.g.recs[i].country == p.cc
		return !region
	})
	return !region
}

func (p *parse) token(lo, hi int) string {
	if lo >= hi {
		return ""
	}
	return p.text[p.words[lo].start:p.words[hi-1].end]
}

// tokenOf is the text of an item without the fillers round it, apart from a
// trailing word of kind.
func (p *parse) tokenOf(it *item) string {
	hi := it.hi
	if it.kind == isOpen || it.kind == isHedged || it.kind == isUnknown {
		return p.token(it.from, it.to)
	}
	if hi < it.to && placename.IsKind(p.words[hi].norm) {
		hi++
	}
	return strings.TrimSpace(p.token(it.lo, hi))
}
