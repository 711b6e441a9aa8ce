package atlas

import (
	"net/http"
	"net/url"
	"sort"
	"strconv"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"keepiton/internal/incident"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// voice is the speaker of a request with the catalogue at hand.
type voice struct {
	publish.Speaker
	*i18n.Texts
}

func (a *Atlas) voice(r *http.Request) voice { return a.voiceOf(page.Of(r).Lang) }

func (a *Atlas) voiceOf(lang string) voice {
	sp := a.d.In(lang)
	return voice{sp, sp.X}
}

// year writes a year: never grouped.
func year(y int) string { return strconv.Itoa(y) }

// path keeps an address inside the edition that was asked for.
func (q *ask) path(p string, more ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			v.Set(more[i], more[i+1])
		}
	}
	if q.label != "" {
		v.Set(publish.EditionParam, q.label)
	}
	if len(v) == 0 {
		return p
	}
	return p + "?" + v.Encode()
}

// incidents is the address of the list behind a number.
func (q *ask) incidents(sc scope, param, value string) string {
	f := incident.Filter{Year: sc.year, Country: sc.country}
	if param != "" {
		if value == "" {
			return "" // the list cannot ask for what is not stated
		}
		f = f.Narrow(param, value)
	}
	v := f.Values()
	if q.label != "" {
		v.Set(publish.EditionParam, q.label)
	}
	if len(v) == 0 {
		return "/incidents"
	}
	return "/incidents?" + v.Encode()
}

// edition names the edition for the source line: which release, of which day.
func (q *ask) edition() string {
	switch {
	case q.label == "" && q.sheet != "":
		return q.v.T("atlas.source.record_sheet", "sheet", q.v.Date(q.sheet), "date", q.v.Date(q.date()))
	case q.label == "":
		return q.v.T("atlas.source.record", "date", q.v.Date(q.date()))
	case q.ed.Kind == "release" && q.ed.AsOf != "":
		return q.v.T("atlas.source.release", "label", q.ed.Label, "date", q.v.Date(q.ed.AsOf))
	case q.ed.Kind == "starter" && q.ed.AsOf != "":
		return q.v.T("atlas.source.starter", "date", q.v.Date(q.ed.AsOf))
	case q.ed.AsOf != "":
		return q.v.T("atlas.source.sheet", "label", q.ed.Label, "date", q.v.Date(q.ed.AsOf))
	}
	return q.v.T("atlas.source.plain", "label", q.ed.Label)
}

// source is the line inside every picture and under every table.
func (q *ask) source() string { return q.v.T("atlas.source.line", "edition", q.edition()) }

func (q *ask) date() string { return q.a.d.Today().UTC().Format("2006-01-02") }

// asOf is the day the edition speaks of: of the record today, "" when a sheet
// does not say.
func (q *ask) asOf() string {
	if q.label == "" {
		return q.date()
	}
	return q.ed.AsOf
}

// span names the count years of the edition: 2016 to 2025.
func (q *ask) span() string {
	if len(q.totals) == 0 {
		return ""
	}
	all := q.counted()
	return q.years(all[0].year, all[len(all)-1].year)
}

func (q *ask) years(from, to int) string {
	if from == to {
		return year(from)
	}
	return q.v.T("atlas.span", "from", year(from), "to", year(to))
}

// scopeName says what a figure covers: "Iran, 2016 to 2025".
func (q *ask) scopeName(sc scope) string {
	when := q.span()
	if sc.year != 0 {
		when = year(sc.year)
	}
	where := q.v.T("atlas.world")
	if sc.country != "" {
		where = q.v.Country(sc.country)
	}
	return q.v.T("atlas.scope", "where", where, "when", when)
}

// collator sorts names as the language does.
func (v voice) collator() *collate.Collator { return collate.New(language.Make(v.Lang.Tag)) }

// byName sorts codes by their country names.
func (v voice) byName(codes []string) {
	c := v.collator()
	names := map[string]string{}
	for _, code := range codes {
		names[code] = v.Country(code)
	}
	sort.SliceStable(codes, func(i, j int) bool { return c.CompareString(names[codes[i]], names[codes[j]]) < 0 })
}

// names joins names, each in its own direction.
func (v voice) names(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = v.Isolate(s)
	}
	return v.List(out)
}

// countryList names countries in a row, the most affected first.
func (v voice) countryList(list []val, n int) string {
	var names []string
	for _, x := range list[:min(n, len(list))] {
		names = append(names, v.T("atlas.name_n", "name", v.Country(x.value), "count", x.n))
	}
	if more := len(list) - n; more > 0 {
		names = append(names, v.T("atlas.more_countries", "n", more))
	}
	return v.names(names)
}

// countriesIn says "52 countries" inside another sentence.
func (q *ask) countriesIn(n int) string { return q.v.T("atlas.n_countries", "n", n) }
