package geo

import (
	"compress/flate"
	"encoding/binary"
	"io"
	"math"
	"strings"
	"sync"
)

// unpacker reads the generator's binary form. Reading past the end gives
// zeros; TestOutlinesOpen proves the embedded files whole.
type unpacker struct {
	s  string
	at int
}

func (u *unpacker) uint() int {
	var n uint64
	for shift := 0; u.at < len(u.s); shift += 7 {
		c := u.s[u.at]
		u.at++
		n |= uint64(c&0x7f) << shift
		if c < 0x80 || shift > 56 {
			break
		}
	}
	return int(n)
}

func (u *unpacker) int() int64 {
	n := uint64(u.uint())
	return int64(n>>1) ^ -int64(n&1)
}

func (u *unpacker) str() string {
	n := u.uint()
	if n < 0 || n > len(u.s)-u.at {
		u.at = len(u.s)
		return ""
	}
	s := u.s[u.at : u.at+n]
	u.at += n
	return s
}

func (u *unpacker) float() float64 {
	if len(u.s)-u.at < 8 {
		u.at = len(u.s)
		return 0
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64([]byte(u.s[u.at : u.at+8])))
	u.at += 8
	return f
}

// count reads a length that cannot exceed what is left.
func (u *unpacker) count() int { return max(0, min(u.uint(), len(u.s)-u.at)) }

// topology unpacks shapes that share their borders.
func (u *unpacker) topology() []Shape {
	var scale, move [2]float64
	for i := 0; i < 2; i++ {
		scale[i], move[i] = u.float(), u.float()
	}
	arcs := make([][][2]float64, u.count())
	for i := range arcs {
		arc := make([][2]float64, u.count())
		var x, y int64
		for k := range arc {
			x, y = x+u.int(), y+u.int()
			arc[k] = [2]float64{float64(x)*scale[0] + move[0], float64(y)*scale[1] + move[1]}
		}
		arcs[i] = arc
	}
	shapes := make([]Shape, u.count())
	for i := range shapes {
		s := &shapes[i]
		s.Code, s.Name = u.str(), u.str()
		s.Approximate = u.uint()&1 == 1
		s.Polygons = make([]Polygon, u.count())
		for p := range s.Polygons {
			poly := make(Polygon, u.count())
			for r := range poly {
				poly[r] = u.ring(arcs)
			}
			s.Polygons[p] = poly
		}
	}
	return shapes
}

// ring joins arcs; a reference below zero is an arc walked backwards.
func (u *unpacker) ring(arcs [][][2]float64) Ring {
	var ring Ring
	for n := u.count(); n > 0; n-- {
		ref := int(u.int())
		back := ref < 0
		if back {
			ref = ^ref
		}
		if ref >= len(arcs) {
			continue
		}
		arc := arcs[ref]
		for k := range arc {
			q := arc[k]
			if back {
				q = arc[len(arc)-1-k]
			}
			if k == 0 && len(ring) > 0 {
				continue // the end of the arc before
			}
			ring = append(ring, q)
		}
	}
	if n := len(ring); n > 1 && ring[0] == ring[n-1] {
		ring = ring[:n-1]
	}
	return ring
}

var (
	load110 = sync.OnceValue(func() []Shape { return loadWorld("world110.bin.gz") })
	load50  = sync.OnceValue(func() []Shape { return loadWorld("world50.bin.gz") })
)

func loadWorld(name string) []Shape {
	u := &unpacker{s: embedded(name)}
	shapes := u.topology()
	for i := range shapes {
		if c, ok := ByCode(shapes[i].Code); ok {
			shapes[i].Name = c.Name
		}
	}
	return shapes
}

// World returns the outlines of countries and territories, ordered by code.
// Detail is 110 (176 shapes, for a map of the world) or 50 (239, for a part of
// it); any other value gives 110. Shapes without a country code have one that
// begins with "X-": X-GOLAN, and at 50 also X-SIACHEN and X-INDIAN-OCEAN.
// Small states are missing at 110: draw a dot at Country.Lat and Lon.
func World(detail int) []Shape {
	if detail == 50 {
		return load50()
	}
	return load110()
}

// level1Files is the directory of level1.bin: packed bytes by country.
var level1Files = sync.OnceValue(func() map[string]string {
	u := &unpacker{s: embedded("level1.bin")}
	type entry struct {
		code string
		size int
	}
	list := make([]entry, u.count())
	for i := range list {
		list[i].code = u.str()
		list[i].size = u.uint()
	}
	m := make(map[string]string, len(list))
	for _, e := range list {
		end := min(u.at+e.size, len(u.s))
		m[e.code] = u.s[u.at:end]
		u.at = end
	}
	return m
})

// level1Cache keeps unpacked countries: a few hundred kilobytes when all 100
// are in use.
var level1Cache sync.Map

// Level1 returns a country's first-level outlines, ordered by code, or nil
// when we have none: 102 countries and territories, all that are in the shutdown record,
// have them. Codes are unit ids; a few outlines (codes with a "~") have no
// unit. Where the source draws districts (Uganda, the United Kingdom) they are
// second-level units. Palestine has two: kr:PS-gaza and kr:PS-west-bank.
func Level1(country string) []Shape {
	if s, ok := level1Cache.Load(country); ok {
		return s.([]Shape)
	}
	packed, ok := level1Files()[country]
	if !ok {
		return nil
	}
	var sb strings.Builder
	if _, err := io.Copy(&sb, flate.NewReader(strings.NewReader(packed))); err != nil {
		return nil
	}
	u := &unpacker{s: sb.String()}
	shapes := u.topology()
	for i := range shapes {
		if unit, ok := UnitByID(shapes[i].Code); ok {
			shapes[i].Name = unit.Name
		}
	}
	level1Cache.Store(country, shapes)
	return shapes
}

// Level1Countries lists the countries Level1 knows, in no order.
func Level1Countries() []string {
	var out []string
	for c := range level1Files() {
		out = append(out, c)
	}
	return out
}

var loadDisputed = sync.OnceValue(func() []Area {
	u := &unpacker{s: embedded("disputed.bin.gz")}
	areas := make([]Area, u.count())
	for i := range areas {
		a := &areas[i]
		a.ID, a.Name = u.str(), u.str()
		a.Parties = strings.Split(u.str(), "; ")
		a.Controlled, a.Note, a.CountUnder = u.str(), u.str(), u.str()
		a.Polygons = make([]Polygon, u.count())
		for p := range a.Polygons {
			poly := make(Polygon, u.count())
			for r := range poly {
				ring := make(Ring, u.count())
				var x, y int64
				for k := range ring {
					x, y = x+u.int(), y+u.int()
					ring[k] = [2]float64{float64(x) / 1000, float64(y) / 1000}
				}
				if n := len(ring); n > 1 && ring[0] == ring[n-1] {
					ring = ring[:n-1]
				}
				poly[r] = ring
			}
			a.Polygons[p] = poly
		}
	}
	return areas
})

// Disputed returns the areas to hatch. Their names and notes are neutral; a
// person should read them before they are printed. The front in Ukraine after
// February 2022 is left out on purpose: it moves.
func Disputed() []Area { return loadDisputed() }
