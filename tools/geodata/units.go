package main

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"keepiton/internal/platform/geo/placename"
)

// unit is one place while the tables are being joined.
type unit struct {
	id       string
	kind     byte // i ISO, g GeoNames, p p-code, m Myanmar township, l locality
	level    int
	country  string
	parent   *unit
	name     string
	alts     []string
	lat, lon float64
	point    bool
	gn       []string // first level: GeoNames first-level codes "IN.12"
	kids     []*unit
	known    []key // cache of keys, emptied by addAlt
}

// key is one form of a name with its fold.
type key struct{ text, fold string }

func (u *unit) addAlt(name string) {
	name = clean(name)
	if name == "" || name == u.name || strings.HasSuffix(name, "-") {
		return
	}
	k := placename.Squash(name)
	if k == placename.Squash(u.name) {
		return
	}
	for _, a := range u.alts {
		if placename.Squash(a) == k {
			return
		}
	}
	u.alts = append(u.alts, name)
	u.known = nil
}

// keys are the forms a unit answers to inside its country. The name must not
// change after the first call.
func (u *unit) keys() []key {
	if u.known != nil {
		return u.known
	}
	var out []key
	add := func(k string) {
		k = strings.ReplaceAll(k, " ", "")
		for _, o := range out {
			if o.text == k {
				return
			}
		}
		if k != "" {
			out = append(out, key{k, placename.Fold("", k)})
		}
	}
	for _, n := range placename.Variants(append([]string{u.name}, u.alts...)) {
		k := placename.Normalise(n)
		add(k)
		add(placename.StripKinds(k))
		add(placename.StripArticle(placename.StripKinds(k)))
	}
	u.known = out
	return out
}

// same reports how well two sets of keys agree: 3 exact, 2 fold, 1 near, 0 no.
func same(a, b []key) int {
	best := 0
	for _, x := range a {
		for _, y := range b {
			switch {
			case x.text == y.text:
				return 3
			case x.fold == y.fold:
				best = max(best, 2)
			case best == 0 && x.text[0] == y.text[0] && len(x.text) > 5 && len(y.text) > 5 && placename.Distance(x.text, y.text, 1) <= 1:
				best = 1
			}
		}
	}
	return best
}

// gazetteer under construction.
type gazette struct {
	b       *builder
	country map[string]*unit   // pseudo units at the top, by alpha-2
	first   map[string][]*unit // first-level units by country
	byISO   map[string]*unit
	byGN1   map[string]*unit // GeoNames first-level code -> first-level unit
	byGN2   map[string]*unit
	gn1name map[string]string
	cldr    map[string]string // English CLDR name by ISO code
}

func (b *builder) units() error {
	g := &gazette{b: b, country: map[string]*unit{}, first: map[string][]*unit{}, byISO: map[string]*unit{},
		byGN1: map[string]*unit{}, byGN2: map[string]*unit{}, gn1name: map[string]string{}, cldr: map[string]string{}}
	for _, step := range []func() error{g.readCountries, g.readISO, g.joinGN1, g.readGN2, g.readPcodes, g.readTownships, g.readPlaces} {
		if err := step(); err != nil {
			return err
		}
	}
	return b.write("units.tsv.gz", []byte(g.render()))
}

func (g *gazette) readCountries() error {
	t, err := g.b.read("countries.csv")
	if err != nil {
		return err
	}
	for _, r := range t.rows {
		c := t.get(r, "alpha2")
		g.country[c] = &unit{id: c, country: c}
	}
	n, err := g.b.read("admin1_names_cldr.csv")
	if err != nil {
		return err
	}
	for _, r := range n.rows {
		if n.get(r, "lang") == "en" {
			g.cldr[n.get(r, "code")] = n.get(r, "name")
		}
	}
	return nil
}

func (g *gazette) readISO() error {
	t, err := g.b.read("admin1_iso3166_2.csv")
	if err != nil {
		return err
	}
	a1, err := g.b.read("admin1_geonames.csv")
	if err != nil {
		return err
	}
	for _, r := range a1.rows {
		g.gn1name[a1.get(r, "code")] = a1.get(r, "name")
	}
	gnOf := map[string]string{}
	var second []*unit
	for _, r := range t.rows {
		code, country, parent := t.get(r, "code"), t.get(r, "country"), t.get(r, "parent")
		if isGrouping(code) || skipISO[code] {
			continue
		}
		u := &unit{id: code, kind: 'i', level: 1, country: country, name: clean(t.get(r, "name"))}
		u.lat, u.lon, u.point = point(t.get(r, "lat"), t.get(r, "lon"))
		if parent != country && !isGrouping(parent) {
			u.level = 2
			second = append(second, u)
			u.parent = &unit{id: parent}
		}
		g.byISO[code] = u
		gnOf[code] = t.get(r, "geonames_admin1")
	}
	for id, x := range extraISO {
		if g.byISO[id] == nil {
			g.byISO[id] = &unit{id: id, kind: 'i', level: 1, country: id[:2], name: x}
		}
	}
	for _, u := range g.byISO {
		if u.level == 1 {
			u.parent = g.country[u.country]
		}
	}
	for _, u := range second {
		p := g.byISO[u.parent.id]
		if p == nil {
			return fmt.Errorf("%s: no parent %s", u.id, u.parent.id)
		}
		u.parent = p
	}
	for _, id := range sortedKeys(g.byISO) {
		u := g.byISO[id]
		g.nameISO(u)
		if u.level == 1 {
			g.first[u.country] = append(g.first[u.country], u)
			u.parent.kids = append(u.parent.kids, u)
			if c := gnOf[id]; c != "" && forceGN1[c] == "" && g.byGN1[c] == nil {
				g.linkGN1(u, c)
			}
		} else {
			u.parent.kids = append(u.parent.kids, u)
		}
	}
	return nil
}

// nameISO picks the English display name and keeps the others as spellings.
func (g *gazette) nameISO(u *unit) {
	iso, cldr := u.name, g.cldr[u.id]
	switch {
	case unitNames[u.id] != "":
		u.name = unitNames[u.id]
	case cldr != "":
		u.name = clean(cldr)
	}
	u.addAlt(iso)
	if cldrWrong[u.id] == "" {
		u.addAlt(cldr)
	}
}

func (g *gazette) linkGN1(u *unit, code string) {
	u.gn = append(u.gn, code)
	g.byGN1[code] = u
	u.addAlt(g.gn1name[code])
}

// joinGN1 gives every GeoNames first-level unit a home: the hand list first,
// then equal names inside the country. A name decides, never a number.
func (g *gazette) joinGN1() error {
	for _, c := range sortedKeys(forceGN1) {
		u := g.byISO[forceGN1[c]]
		if u == nil {
			return fmt.Errorf("forceGN1 %s: no unit %s", c, forceGN1[c])
		}
		g.linkGN1(u, c)
	}
	for _, c := range sortedKeys(g.gn1name) {
		if g.byGN1[c] != nil {
			continue
		}
		country := c[:2]
		if g.country[country] == nil || skipGN1[c] {
			continue
		}
		probe := &unit{name: g.gn1name[c]}
		var best *unit
		score := 0
		for _, u := range g.first[country] {
			if s := same(probe.keys(), u.keys()); s > score {
				best, score = u, s
			}
		}
		switch {
		case best != nil && (len(best.gn) == 0 || score == 3):
			g.linkGN1(best, c)
		case len(g.first[country]) == 0 || !hasISO(g.first[country]):
			u := &unit{id: "gn:" + c, kind: 'g', level: 1, country: country, parent: g.country[country], name: clean(g.gn1name[c])}
			u.parent.kids = append(u.parent.kids, u)
			g.first[country] = append(g.first[country], u)
			u.gn = []string{c}
			g.byGN1[c] = u
		default:
			// another layer than ISO's first level: kept as a second one
			g.b.logf("geonames first level without a home, kept as second: %s %s", c, g.gn1name[c])
			u := &unit{id: "gn:" + c, kind: 'g', level: 2, country: country, parent: g.country[country], name: clean(g.gn1name[c])}
			u.parent.kids = append(u.parent.kids, u)
			u.gn = []string{c}
			g.byGN1[c] = u
		}
	}
	a1, err := g.b.read("admin1_geonames.csv")
	if err != nil {
		return err
	}
	for _, r := range a1.rows {
		if u := g.byGN1[a1.get(r, "code")]; u != nil && !u.point {
			u.lat, u.lon, u.point = point(a1.get(r, "lat"), a1.get(r, "lon"))
		}
	}
	return nil
}

func hasISO(list []*unit) bool {
	for _, u := range list {
		if u.kind == 'i' {
			return true
		}
	}
	return false
}

// child finds an already known unit of the second level under a parent.
func child(parent *unit, level int, keys []key, least int) *unit {
	var best *unit
	score := least - 1
	for _, k := range parent.kids {
		if k.level != level {
			continue
		}
		if s := same(keys, k.keys()); s > score {
			best, score = k, s
		}
	}
	return best
}

func (g *gazette) readGN2() error {
	t, err := g.b.read("admin2_geonames.csv")
	if err != nil {
		return err
	}
	for _, r := range t.rows {
		code := t.get(r, "code")
		parts := strings.SplitN(code, ".", 3)
		if len(parts) != 3 || g.country[parts[0]] == nil {
			continue
		}
		parent := g.byGN1[parts[0]+"."+parts[1]]
		if parent == nil {
			parent = g.country[parts[0]]
		}
		u := &unit{id: "gn:" + code, kind: 'g', level: 2, country: parts[0], parent: parent, name: clean(t.get(r, "name"))}
		u.lat, u.lon, u.point = point(t.get(r, "lat"), t.get(r, "lon"))
		if u.name == "" {
			continue
		}
		if parts[0] == "PS" && g.governorate(u, code) {
			continue
		}
		if iso := child(parent, 2, u.keys(), 1); iso != nil && iso.kind == 'i' {
			iso.addAlt(u.name)
			if !iso.point {
				iso.lat, iso.lon, iso.point = u.lat, u.lon, u.point
			}
			g.byGN2[code] = iso
			continue
		}
		g.byGN2[code] = u
		parent.kids = append(parent.kids, u)
	}
	return nil
}

// governorate ties a Palestinian second-level entry to the first-level unit
// that ISO's list has for it.
func (g *gazette) governorate(u *unit, code string) bool {
	for _, f := range g.first["PS"] {
		if same(u.keys(), f.keys()) >= 2 {
			f.addAlt(u.name)
			if !f.point {
				f.lat, f.lon, f.point = u.lat, u.lon, u.point
			}
			g.byGN2[code] = f
			return true
		}
	}
	return false
}

func point(lat, lon string) (la, lo float64, ok bool) {
	la, err1 := strconv.ParseFloat(lat, 64)
	lo, err2 := strconv.ParseFloat(lon, 64)
	return la, lo, err1 == nil && err2 == nil && lat != "" && lon != ""
}

// render writes the whole gazetteer, children under parents, in id order.
func (g *gazette) render() string {
	var sb strings.Builder
	n := map[int]int{}
	for _, c := range sortedKeys(g.country) {
		top := g.country[c]
		if len(top.kids) == 0 {
			continue
		}
		sb.WriteString("=" + c + "\n")
		renderKids(&sb, top, n)
	}
	fmt.Printf("units: level 1 %d, level 2 %d, level 3 %d\n", n[1], n[2], n[3])
	return sb.String()
}

func renderKids(sb *strings.Builder, p *unit, n map[int]int) {
	sort.SliceStable(p.kids, func(i, j int) bool {
		a, b := p.kids[i], p.kids[j]
		if a.level != b.level {
			return a.level > b.level // localities straight under a parent come before its units
		}
		if a.id != b.id {
			return a.id < b.id
		}
		return a.name < b.name
	})
	for _, u := range p.kids {
		n[u.level]++
		scale := 1000.0
		if u.level == 3 {
			scale = 100
		}
		lat, lon := "", ""
		if u.point {
			lat, lon = strconv.Itoa(int(round(u.lat*scale))), strconv.Itoa(int(round(u.lon*scale)))
		}
		kind := strconv.Itoa(u.level) + string(u.kind)
		if u.level == 2 && p.level == 2 {
			kind += "^" // one deeper than its level says
		}
		fields := []string{kind, shortID(u), u.name, lat, lon,
			strings.Join(u.gn, ","), strings.Join(u.alts, "|")}
		sb.WriteString(strings.TrimRight(strings.Join(fields, "\t"), "\t") + "\n")
		renderKids(sb, u, n)
	}
}

// shortID leaves out what the loader can add again.
func shortID(u *unit) string {
	switch u.kind {
	case 'i':
		return strings.TrimPrefix(u.id, u.country+"-")
	case 'g':
		if u.level == 2 && len(u.parent.gn) > 0 && strings.HasPrefix(u.id, "gn:"+u.parent.gn[0]+".") {
			return u.id[len("gn:"+u.parent.gn[0]+"."):]
		}
		return strings.TrimPrefix(u.id, "gn:"+u.country)
	case 'p':
		return strings.TrimPrefix(u.id, "pc:")
	}
	return ""
}

func round(f float64) float64 {
	if f < 0 {
		return float64(int(f - 0.5))
	}
	return float64(int(f + 0.5))
}
