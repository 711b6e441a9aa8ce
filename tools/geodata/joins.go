package main

import (
	"fmt"
	"strings"

	"keepiton/internal/platform/geo/placename"
)

// pcode is one entry of the humanitarian list.
type pcode struct{ country, code, name, parent string }

// pcodes is that list while it is being joined.
type pcodes struct {
	ones, twos []pcode
	where      map[string]map[string]*unit // country -> second-level key -> its first-level unit
	names      map[string]int              // how often a country's second level has a name
	upper      map[string]bool             // countries whose list begins above ISO's first level
	home       map[string]*unit            // first-level p-code -> our unit
}

// readPcodes merges the humanitarian list. Its first level is tied to ours by
// the names of its children, so that renumbered or renamed provinces cannot
// mislead; a second-level unit that is already known only lends its spelling.
func (g *gazette) readPcodes() error {
	t, err := g.b.read("admin2_ocha_pcodes.csv")
	if err != nil {
		return err
	}
	l := &pcodes{where: map[string]map[string]*unit{}, names: map[string]int{}, upper: map[string]bool{}, home: map[string]*unit{}}
	for _, r := range t.rows {
		p := pcode{t.get(r, "country"), t.get(r, "pcode"), clean(t.get(r, "name")), t.get(r, "parent_pcode")}
		switch {
		case p.name == "" || g.country[p.country] == nil:
		case t.get(r, "level") == "1":
			l.ones = append(l.ones, p)
		default:
			l.twos = append(l.twos, p)
			l.names[p.country+placename.Squash(p.name)]++
		}
	}
	count := map[string]int{}
	for _, p := range l.ones {
		count[p.country]++
	}
	// some lists begin with a layer above ISO's first level: federal districts,
	// planning regions. Their second level is then our first.
	for c, n := range count {
		l.upper[c] = 2*n < len(g.first[c])
	}
	for c, list := range g.first {
		l.where[c] = secondKeys(list)
	}
	g.homePcodes(l)
	added := 0
	for _, p := range l.twos {
		if g.placePcode(l, p) {
			added++
		}
	}
	g.b.logf("p-codes: %d units added to the second level", added)
	return nil
}

// secondKeys tells where second-level names live; a name in two first-level
// units has no vote.
func secondKeys(list []*unit) map[string]*unit {
	m := map[string]*unit{}
	for _, u := range list {
		for _, k := range u.kids {
			for _, key := range k.keys() {
				if old, ok := m[key.text]; ok && old != u {
					m[key.text] = nil
				} else if !ok {
					m[key.text] = u
				}
			}
		}
	}
	return m
}

// homePcodes ties the list's first level to ours: two votes for each child
// whose name we know, up to three for its own name.
func (g *gazette) homePcodes(l *pcodes) {
	votes := map[string]map[*unit]int{}
	for _, p := range l.twos {
		probe := &unit{name: p.name}
		for _, k := range probe.keys() {
			if u := l.where[p.country][k.text]; u != nil {
				if votes[p.parent] == nil {
					votes[p.parent] = map[*unit]int{}
				}
				votes[p.parent][u] += 2
				break
			}
		}
	}
	for _, p := range l.ones {
		if l.upper[p.country] {
			continue
		}
		probe := &unit{name: p.name}
		v := votes[p.code]
		if v == nil {
			v = map[*unit]int{}
		}
		var best *unit
		for _, u := range g.first[p.country] {
			v[u] += same(probe.keys(), u.keys())
			if v[u] > 0 && (best == nil || v[u] > v[best]) {
				best = u
			}
		}
		if best == nil {
			best = g.second(p.country, probe.keys())
		}
		if best == nil {
			g.b.logf("p-code first level without a home: %s %s", p.code, p.name)
			continue
		}
		l.home[p.code] = best
		if same(probe.keys(), best.keys()) >= 1 {
			best.addAlt(p.name)
		}
	}
}

// placePcode files one second-level entry and reports whether it is new.
func (g *gazette) placePcode(l *pcodes, p pcode) bool {
	parent := l.home[p.parent]
	if parent == nil {
		parent = g.country[p.country]
	}
	u := &unit{id: "pc:" + p.code, kind: 'p', level: 2, country: p.country, parent: parent, name: p.name}
	if l.upper[p.country] {
		for _, f := range g.first[p.country] {
			if same(u.keys(), f.keys()) >= 2 {
				f.addAlt(p.name)
			}
		}
		return false
	}
	if k := child(parent, 2, u.keys(), 1); k != nil {
		k.addAlt(p.name)
		return false
	}
	// filed under another parent than ours (often one since split): the same
	// unit when the name is the only one of its kind on both sides
	key := placename.Squash(p.name)
	if k := l.where[p.country][key]; k != nil && l.names[p.country+key] == 1 {
		if q := child(k, 2, u.keys(), 3); q != nil {
			q.addAlt(p.name)
			return false
		}
	}
	parent.kids = append(parent.kids, u)
	return true
}

// second looks for a unit below the first level by name: some lists begin
// where ISO's second level begins.
func (g *gazette) second(country string, keys []key) *unit {
	var best *unit
	score := 1
	for _, f := range append([]*unit{g.country[country]}, g.first[country]...) {
		if k := child(f, 2, keys, score+1); k != nil {
			best, score = k, same(keys, k.keys())
		}
	}
	return best
}

// sameTownship finds a township listed under another spelling of the very
// same name: equal in sound and within two letters.
func sameTownship(parent *unit, name string) *unit {
	key := placename.Squash(name)
	for _, k := range parent.kids {
		other := placename.Squash(k.name)
		if k.kind == 'm' && placename.Fold("MM", other) == placename.Fold("MM", key) && placename.Distance(other, key, 2) <= 2 {
			return k
		}
	}
	return nil
}

func slug(name string) string {
	return strings.ReplaceAll(placename.Normalise(name), " ", "-")
}

// readPlaces adds towns and villages. One that is the seat of a Myanmar
// township only lends it a spelling, a point and a district.
func (g *gazette) readPlaces() error {
	t, err := g.b.read("places_geonames_stop_countries.csv")
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, r := range t.rows {
		c, a1, a2, name := t.get(r, "country"), t.get(r, "admin1"), t.get(r, "admin2"), clean(t.get(r, "name"))
		if g.country[c] == nil || name == "" {
			continue
		}
		parent := g.byGN2[c+"."+a1+"."+a2]
		if parent == nil || a2 == "" {
			parent = g.byGN1[c+"."+a1]
		}
		if parent == nil {
			parent = g.country[c]
		}
		u := &unit{id: "pl:" + slug(name), kind: 'l', level: 3, country: c, parent: parent, name: name}
		u.lat, u.lon, u.point = point(t.get(r, "lat"), t.get(r, "lon"))
		at := fmt.Sprintf("%s %s %s %d %d", c, a1, u.id, int(round(u.lat*100)), int(round(u.lon*100)))
		if seen[at] {
			continue
		}
		seen[at] = true
		if c == "MM" && g.mergeTownship(u) {
			continue
		}
		parent.kids = append(parent.kids, u)
	}
	return nil
}

func (g *gazette) mergeTownship(u *unit) bool {
	top := u.parent
	for top.level > 1 {
		top = top.parent
	}
	for _, k := range top.kids {
		if k.kind == 'm' && (same(u.keys(), k.keys()) >= 2 || sameBurmese(u, k)) {
			k.addAlt(u.name)
			if !k.point {
				k.lat, k.lon, k.point = u.lat, u.lon, u.point
			}
			return true
		}
	}
	return false
}

// sameBurmese compares sounds with Burmese habits of romanisation.
func sameBurmese(a, b *unit) bool {
	fa, fb := placename.Fold("MM", placename.Squash(a.name)), placename.Fold("MM", placename.Squash(b.name))
	return fa == fb && len(fa) > 4
}

func (b *builder) unitNames() error {
	t, err := b.read("admin1_names_cldr.csv")
	if err != nil {
		return err
	}
	type pair struct{ code, name string }
	by := map[string][]pair{}
	for _, r := range t.rows {
		if l := t.get(r, "lang"); l != "en" {
			by[l] = append(by[l], pair{t.get(r, "code"), clean(t.get(r, "name"))})
		}
	}
	var sb strings.Builder
	for _, l := range sortedKeys(by) {
		sb.WriteString("@" + l + "\n")
		country := ""
		for _, p := range by[l] {
			if isGrouping(p.code) && p.code != "IQ-KR" {
				continue
			}
			if p.code[:2] != country {
				country = p.code[:2]
				sb.WriteString("=" + country + "\n")
			}
			sb.WriteString(p.code[3:] + "\t" + p.name + "\n")
		}
	}
	return b.write("unitnames.tsv.gz", []byte(sb.String()))
}

// readTownships adds Myanmar's townships as level 3.
func (g *gazette) readTownships() error {
	t, err := g.b.read("admin3_myanmar_townships.csv")
	if err != nil {
		return err
	}
	for _, r := range t.rows {
		iso, name := t.get(r, "iso"), clean(t.get(r, "name_en"))
		parent := g.byISO[iso]
		if parent == nil || name == "" {
			continue
		}
		if old := sameTownship(parent, name); old != nil {
			old.addAlt(name)
			old.addAlt(t.get(r, "name_my"))
			continue
		}
		u := &unit{id: "mm:" + iso + "/" + slug(name), kind: 'm', level: 3, country: "MM", parent: parent, name: name}
		u.lat, u.lon, u.point = point(t.get(r, "lat"), t.get(r, "lon"))
		u.addAlt(t.get(r, "name_my"))
		if base, part, ok := strings.Cut(name, "-"); ok && len(base) > 3 && len(part) > 3 {
			u.addAlt(base) // "In Daw-Sagaing", "Pathein-East"
		} else if base, _, ok := strings.Cut(name, "("); ok {
			u.addAlt(base)
		}
		parent.kids = append(parent.kids, u)
	}
	return nil
}
