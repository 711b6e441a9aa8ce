package geo

import (
	"sort"
	"strconv"
	"strings"
	"sync"

	"keepiton/internal/platform/geo/placename"
)

// kinds of record, as in units.tsv.
const (
	kindISO      = 'i'
	kindGeoNames = 'g'
	kindPcode    = 'p'
	kindTownship = 'm'
	kindLocality = 'l'
	kindRegion   = 'r'
)

// rec is one unit. Strings share the unpacked table's memory.
type rec struct {
	name, code, alts string
	parent           int32 // -1: the country itself
	end              int32 // descendants are the records after this one, before end
	first            int32 // the first-level unit above or itself, -1 when none
	lat, lon         int32 // thousandths of a degree
	country          uint16
	level, kind      byte
	point, dup       bool // dup: another locality of this first-level unit has the same key
}

// gazetteer is the loaded table: records in depth-first order, so that the
// descendants of a record are a range.
type gazetteer struct {
	recs     []rec
	codes    []string          // country codes by rec.country
	span     map[string][2]int // records of a country
	gn       map[int32]string  // GeoNames codes of first-level records, comma-separated
	byID     map[string]int32  // every id except localities and townships
	regions  map[int32]*region
	regionOf map[string][]int32 // regions by country
	validity map[string]span
	former   map[int32]int32 // a first-level unit and the one it was split from
	keys     keyIndex
}

type span struct{ from, to, status string }

// region is the extra knowledge of a level-0 record.
type region struct {
	members []int32
	ids     []string
	aliases []string
	general bool // from general geographic knowledge rather than from misread rows
}

var loadGazetteer = sync.OnceValue(newGazetteer)

func newGazetteer() *gazetteer {
	g := &gazetteer{span: map[string][2]int{}, gn: map[int32]string{}, byID: make(map[string]int32, 60000),
		regions: map[int32]*region{}, regionOf: map[string][]int32{}, validity: map[string]span{}, former: map[int32]int32{}}
	g.readUnits(embedded("units.tsv.gz"))
	g.readValidity(embedded("validity.csv"))
	g.readRegions(embedded("regions.csv"))
	g.keys.build(g)
	return g
}

func gaz() *gazetteer { return loadGazetteer() }

func (g *gazetteer) readUnits(text string) {
	g.recs = make([]rec, 0, strings.Count(text, "\n"))
	var stack [5]int32 // open record at each depth: country's own, level 1, 2, a 2 under a 2, 3
	var country string
	closeFrom := func(level int, at int32) {
		for l := level; l < len(stack); l++ {
			if stack[l] >= 0 {
				g.recs[stack[l]].end = at
				stack[l] = -1
			}
		}
	}
	stack = [5]int32{-1, -1, -1, -1, -1}
	lines(text, func(line string) {
		at := int32(len(g.recs))
		if line[0] == '=' {
			closeFrom(0, at)
			g.endCountry(country, int(at))
			country = line[1:]
			g.codes = append(g.codes, country)
			g.span[country] = [2]int{int(at), int(at)}
			return
		}
		kind, rest := cutTab(line)
		var r rec
		var lat, lon, gn string
		r.code, rest = cutTab(rest)
		r.name, rest = cutTab(rest)
		lat, rest = cutTab(rest)
		lon, rest = cutTab(rest)
		gn, r.alts = cutTab(rest)
		r.level, r.kind = kind[0]-'0', kind[1]
		r.country = uint16(len(g.codes) - 1)
		r.lat, r.lon, r.point = milli(lat, lon, r.level)
		depth := int(r.level)
		if depth == LevelLocality || strings.HasSuffix(kind, "^") {
			depth++ // a second level may hang under another one
		}
		closeFrom(depth, at)
		r.parent = -1
		for l := depth - 1; l >= 0; l-- {
			if stack[l] >= 0 {
				r.parent = stack[l]
				break
			}
		}
		r.first = -1
		if r.level == LevelFirst {
			r.first = at
		} else if r.parent >= 0 {
			r.first = g.recs[r.parent].first
		}
		if gn != "" {
			g.gn[at] = gn
		}
		stack[depth] = at
		g.recs = append(g.recs, r)
	})
	closeFrom(0, int32(len(g.recs)))
	g.endCountry(country, len(g.recs))
	for i := range g.recs {
		if k := g.recs[i].kind; k != kindLocality && k != kindTownship {
			g.byID[g.id(int32(i))] = int32(i)
		}
	}
}

func (g *gazetteer) endCountry(country string, at int) {
	if s, ok := g.span[country]; ok {
		g.span[country] = [2]int{s[0], at}
	}
}

func milli(lat, lon string, level byte) (la, lo int32, ok bool) {
	a, err1 := strconv.Atoi(lat)
	o, err2 := strconv.Atoi(lon)
	if err1 != nil || err2 != nil {
		return 0, 0, false
	}
	if level == LevelLocality {
		a, o = a*10, o*10
	}
	return int32(a), int32(o), true
}

// id renders a record's public id.
func (g *gazetteer) id(i int32) string {
	r := &g.recs[i]
	cc := g.codes[r.country]
	switch r.kind {
	case kindISO:
		return cc + "-" + r.code
	case kindGeoNames:
		if strings.HasPrefix(r.code, ".") {
			return "gn:" + cc + r.code
		}
		gn, _, _ := strings.Cut(g.gn[r.parent], ",")
		return "gn:" + gn + "." + r.code
	case kindPcode:
		return "pc:" + r.code
	case kindRegion:
		return r.code
	}
	top := cc
	if r.first >= 0 {
		top = g.id(r.first)
	}
	slug := strings.ReplaceAll(placename.Normalise(r.name), " ", "-")
	if r.kind == kindTownship {
		return "mm:" + top + "/" + slug
	}
	if r.dup {
		return "pl:" + top + "/" + slug + "@" + strconv.Itoa(int(r.lat/10)) + "," + strconv.Itoa(int(r.lon/10))
	}
	return "pl:" + top + "/" + slug
}

// find returns the record of an id, or -1.
func (g *gazetteer) find(id string) int32 {
	if i, ok := g.byID[id]; ok {
		return i
	}
	if len(id) < 3 || id[:3] != "pl:" && id[:3] != "mm:" {
		return -1
	}
	slash := strings.LastIndexByte(id, '/')
	if slash < 0 {
		return -1
	}
	slug, _, _ := strings.Cut(id[slash+1:], "@")
	found := int32(-1)
	g.keys.each(strings.ReplaceAll(slug, "-", ""), func(i int32) bool {
		if g.recs[i].level == LevelLocality && g.id(i) == id {
			found = i
			return false
		}
		return true
	})
	return found
}

func (g *gazetteer) unit(i int32) Unit {
	r := &g.recs[i]
	u := Unit{ID: g.id(i), Level: int(r.level), Country: g.codes[r.country], Parent: g.codes[r.country], Name: r.name}
	if r.point {
		u.Lat, u.Lon = float64(r.lat)/1000, float64(r.lon)/1000
	}
	if r.parent >= 0 {
		u.Parent = g.id(r.parent)
	}
	if v, ok := g.validity[u.ID]; ok {
		u.From, u.To, u.Status = v.from, v.to, v.status
	}
	if reg := g.regions[i]; reg != nil {
		u.Members = reg.ids
	}
	return u
}

func (g *gazetteer) unitByID(id string) (Unit, bool) {
	i := g.find(id)
	if i < 0 {
		return Unit{}, false
	}
	return g.unit(i), true
}

func (g *gazetteer) units(country string, level int) []Unit {
	var out []Unit
	if country == "XS" {
		if top := g.find(somaliland); top >= 0 && level == LevelFirst {
			for _, m := range g.regions[top].members {
				out = append(out, g.unit(m))
			}
		}
		return out
	}
	if level == LevelRegion {
		for _, i := range g.regionOf[country] {
			out = append(out, g.unit(i))
		}
	}
	s := g.span[country]
	for i := s[0]; i < s[1]; i++ {
		if int(g.recs[i].level) == level {
			out = append(out, g.unit(int32(i)))
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

// within reports whether record a lies in record b (or is it). A region
// contains what its members contain.
func (g *gazetteer) within(a, b int32) bool {
	if a == b {
		return true
	}
	if reg := g.regions[b]; reg != nil {
		for _, m := range reg.members {
			if g.within(a, m) {
				return true
			}
		}
		if ra := g.regions[a]; ra != nil && len(ra.members) > 0 {
			return g.covers(b, ra)
		}
		return false
	}
	if ra := g.regions[a]; ra != nil {
		return len(ra.members) > 0 && g.covers(b, ra)
	}
	return a > b && a < g.recs[b].end
}

// lies is within, and also true for what lay in b before b's first-level unit
// was divided: texts name the container of their own day.
func (g *gazetteer) lies(a, b int32) bool {
	if g.within(a, b) {
		return true
	}
	if first := g.recs[a].first; first >= 0 {
		f, ok := g.former[first]
		return ok && f == b
	}
	return false
}

// mayLie is lies, and also true for a locality whose district our table does
// not know when b is a district of the right first-level unit.
func (g *gazetteer) mayLie(a, b int32) bool {
	q := &g.recs[a]
	return g.lies(a, b) || q.level == LevelLocality && q.first >= 0 && q.parent == q.first &&
		g.recs[b].level >= LevelSecond && g.recs[b].first == q.first
}

func (g *gazetteer) covers(b int32, inner *region) bool {
	for _, m := range inner.members {
		if !g.within(m, b) {
			return false
		}
	}
	return true
}
