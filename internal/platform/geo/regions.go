package geo

import (
	"encoding/csv"
	"io"
	"strings"
)

// somaliland is the region behind the private country code XS.
const somaliland = "kr:SO-somaliland"

// readCSV calls do for each row of a small embedded table after its header.
func readCSV(text string, columns int, do func(f []string)) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment = '#'
	r.FieldsPerRecord = columns
	for first := true; ; first = false {
		f, err := r.Read()
		if err == io.EOF {
			return
		}
		if err != nil || first {
			continue
		}
		do(f)
	}
}

// readRegions adds data/regions.csv: id, country, name, members (ids), other
// names, from, to, status, basis. A member list may be empty where no unit of
// ours follows the region's line.
func (g *gazetteer) readRegions(text string) {
	readCSV(text, 9, func(f []string) {
		at := int32(len(g.recs))
		cc := g.countryIndex(f[1])
		if cc < 0 {
			return
		}
		r := rec{name: f[2], code: f[0], parent: -1, first: -1, end: at + 1, country: uint16(cc), level: LevelRegion, kind: kindRegion}
		reg := &region{general: f[8] == "general"}
		if f[4] != "" {
			reg.aliases = strings.Split(f[4], "|")
			r.alts = f[4]
		}
		var lat, lon, n int32
		for _, id := range strings.Fields(f[3]) {
			m := g.find(id)
			if m < 0 {
				continue // TestRegionMembers names it
			}
			reg.members = append(reg.members, m)
			reg.ids = append(reg.ids, id)
			if q := &g.recs[m]; q.point {
				lat, lon, n = lat+q.lat, lon+q.lon, n+1
			}
		}
		if n > 0 {
			r.lat, r.lon, r.point = lat/n, lon/n, true
		}
		g.recs = append(g.recs, r)
		g.regions[at] = reg
		g.regionOf[f[1]] = append(g.regionOf[f[1]], at)
		g.byID[f[0]] = at
		status := f[7]
		if status == "" {
			status = "informal"
		}
		g.validity[f[0]] = span{f[5], f[6], status}
	})
}

func (g *gazetteer) countryIndex(code string) int {
	for i, c := range g.codes {
		if c == code {
			return i
		}
	}
	return -1
}

// readValidity reads data/validity.csv: unit id, from, to, status, the unit
// it was split from, note.
func (g *gazetteer) readValidity(text string) {
	readCSV(text, 6, func(f []string) {
		g.validity[f[0]] = span{f[1], f[2], f[3]}
		if a, b := g.find(f[0]), g.find(f[4]); a >= 0 && b >= 0 {
			g.former[a] = b
		}
	})
}
