package atlas

import (
	"net/http"
	"sort"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/page"
)

// notice says that a page shows a frozen edition and not the record.
type notice struct {
	Text string
	Live page.Link
}

// notice is nil for the record.
func (q *ask) notice(live string) *notice {
	if q.label == "" {
		return nil
	}
	return &notice{Text: q.v.T("atlas.notice", "edition", q.edition()), Live: page.Link{Text: q.v.T("atlas.notice_live"), Href: live}}
}

// countriesPage lists every country with records.
type countriesPage struct {
	Title, Lede string
	Notice      *notice
	Orders      []choice
	Regions     []choice
	Groups      []countryGroup
	Heads       [4]string // country, entries, newest, ongoing
	Source      string
	Empty       string
	Files       files
	Years       page.Link
}

// choice is a link that may be the one shown.
type choice struct {
	Text, Href string
	Now        bool
}

type countryGroup struct {
	Name  string
	Items []countryRow
}

type countryRow struct {
	Name, Href            string
	N, Newest, NewestHref string
	Open, OpenHref        string
	Share                 float64
}

// countries is GET /countries.
func (a *Atlas) countries(q *ask, w http.ResponseWriter, r *http.Request) error {
	get := r.URL.Query()
	region, byName := get.Get("region"), get.Get("order") == "name"
	if _, ok := q.v.Tax.Term(incident.SchemeRegion, region); !ok {
		region = ""
	}
	newest := q.newest()
	if newest != 0 {
		if err := q.loadCountries(newest, incident.DimEndState); err != nil {
			return err
		}
	}
	list := q.countriesWith(0, incident.DimAll, "")
	counts := map[string]int{}
	var codes []string
	for _, x := range list {
		counts[x.value] = x.n
		if region == "" || incident.RegionOf(x.value) == region {
			codes = append(codes, x.value)
		}
	}
	out := countriesPage{Notice: q.notice("/countries"), Source: q.source(), Files: q.files("countries", "all"),
		Heads: [4]string{q.v.T("atlas.country_head"), q.v.T("atlas.entries_head"), q.v.T("atlas.newest_head"), q.v.T("atlas.open_head")},
		Years: page.Link{Text: q.v.T("atlas.all_years"), Href: q.path("/years")}}
	out.Title = q.v.T("atlas.countries.title", "n", len(list))
	if region != "" {
		out.Title = q.v.T("atlas.countries.title_region", "n", len(codes), "region", q.v.Term(incident.SchemeRegion, region))
	}
	if len(list) == 0 {
		out.Empty = q.v.T("atlas.empty_record")
	} else {
		out.Lede = q.v.T("atlas.countries.lede", "span", q.span(), "country", q.v.Country(list[0].value), "n", list[0].n)
	}
	q.countryChoices(&out, region, byName)
	if byName {
		q.v.byName(codes)
	}
	out.Groups = q.countryGroups(codes, counts, byName, newest)
	return a.show(q, w, r, page.Page{Title: out.Title, Description: q.v.T("atlas.countries.description"), Body: "atlas.countries",
		Data: out, Section: "countries", Canonical: canonical("/countries", "order", get.Get("order"), "region", region)})
}

func canonical(path string, pairs ...string) string {
	var parts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if v := pairs[i+1]; v != "" && len(v) < 20 && !strings.ContainsAny(v, "&?#%=+ <>\"'\\\x00\r\n") {
			parts = append(parts, pairs[i]+"="+v)
		}
	}
	if len(parts) == 0 {
		return path
	}
	return path + "?" + strings.Join(parts, "&")
}

// countryChoices are the links that order and narrow the list.
func (q *ask) countryChoices(out *countriesPage, region string, byName bool) {
	order := ""
	if byName {
		order = "name"
	}
	out.Orders = []choice{
		{q.v.T("atlas.countries.ranked"), q.path("/countries", "region", region), !byName},
		{q.v.T("atlas.countries.named"), q.path("/countries", "region", region, "order", "name"), byName},
	}
	out.Regions = []choice{{q.v.T("atlas.countries.all"), q.path("/countries", "order", order), region == ""}}
	have := map[string]bool{}
	for _, x := range q.countriesWith(0, incident.DimAll, "") {
		have[incident.RegionOf(x.value)] = true
	}
	for _, t := range q.v.Tax.Terms(incident.SchemeRegion) {
		if have[t.Key] {
			out.Regions = append(out.Regions, choice{q.v.Term(incident.SchemeRegion, t.Key), q.path("/countries", "region", t.Key, "order", order), region == t.Key})
		}
	}
}

// countryGroups makes the rows: one list by rank, or one for each region by name.
func (q *ask) countryGroups(codes []string, counts map[string]int, byName bool, newest int) []countryGroup {
	most := 1
	for _, n := range counts {
		most = max(most, n)
	}
	row := func(code string) countryRow {
		area := incident.AreaCountry(code)
		r := countryRow{Name: q.v.Country(code), Href: q.path("/countries/" + code), N: q.v.N(counts[code]), Share: share(counts[code], most)}
		for i := len(q.counted()) - 1; i >= 0; i-- {
			if y := q.counted()[i].year; q.n(y, area, incident.DimAll, "") > 0 {
				r.Newest, r.NewestHref = year(y), q.incidents(scope{y, code}, "", "")
				break
			}
		}
		if n := q.n(newest, area, incident.DimEndState, "ongoing"); newest != 0 && n > 0 {
			r.Open, r.OpenHref = q.v.N(n), q.incidents(scope{newest, code}, "state", "ongoing")
		}
		return r
	}
	if !byName {
		g := countryGroup{}
		for _, c := range codes {
			g.Items = append(g.Items, row(c))
		}
		return []countryGroup{g}
	}
	byRegion := map[string]*countryGroup{}
	var order []string
	for _, c := range codes {
		key := incident.RegionOf(c)
		if byRegion[key] == nil {
			byRegion[key] = &countryGroup{Name: q.v.Term(incident.SchemeRegion, key)}
			order = append(order, key)
		}
		byRegion[key].Items = append(byRegion[key].Items, row(c))
	}
	coll := q.v.collator()
	sort.SliceStable(order, func(i, j int) bool { return coll.CompareString(byRegion[order[i]].Name, byRegion[order[j]].Name) < 0 })
	var out []countryGroup
	for _, k := range order {
		out = append(out, *byRegion[k])
	}
	return out
}

// countryCode reads the country of an address. moved is where a lower-case
// code lives.
func (q *ask) countryCode(prefix string, r *http.Request) (code, moved string, err error) {
	raw := r.PathValue("code")
	code = strings.ToUpper(raw)
	if len(raw) != 2 {
		return "", "", fault.New(fault.NotFound, "atlas.lost.country")
	}
	if _, ok := geo.ByCode(code); !ok {
		return "", "", fault.New(fault.NotFound, "atlas.lost.country")
	}
	if code != raw {
		moved = page.Of(r).URL(prefix + code)
		if r.URL.RawQuery != "" {
			moved += "?" + r.URL.RawQuery
		}
	}
	return code, moved, nil
}

// lostCountry answers for a code no country has; a name or a longer code that
// was meant is offered.
func (a *Atlas) lostCountry(w http.ResponseWriter, r *http.Request) {
	v := a.voice(r)
	t := &page.Trouble{Title: v.T("atlas.lost.country_title"), Text: v.T("atlas.lost.country_text")}
	raw := strings.ReplaceAll(r.PathValue("code"), "-", " ")
	for _, s := range []string{raw, strings.ToUpper(raw)} {
		if code, ok := geo.MatchCountry(s); ok {
			t.Links = append(t.Links, page.Link{Text: v.Country(code), Href: "/countries/" + code})
			break
		}
	}
	t.Links = append(t.Links, page.Link{Text: v.T("atlas.lost.countries"), Href: "/countries?order=name"}, page.Link{Text: v.T("atlas.lost.search"), Href: "/search"})
	a.d.Shell.Error(w, r, http.StatusNotFound, t)
}
