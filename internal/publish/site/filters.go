package site

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// filterFields are the questions of the form in their order. The first four
// stand open, the rest behind "more".
var filterFields = []struct {
	name   string
	scheme incident.Scheme
	open   bool
}{
	{"country", "", true},
	{"year", "", true},
	{"cause", incident.SchemeCause, true},
	{"state", incident.SchemeEndState, true},
	{"region", incident.SchemeRegion, false},
	{"reason", incident.SchemeReason, false},
	{"ordered_by", incident.SchemeActorClass, false},
	{"type", incident.SchemeMethod, false},
	{"network", incident.SchemeNetwork, false},
	{"extent", incident.SchemeExtent, false},
	{"scope", incident.SchemeScope, false},
	{"service", incident.SchemeService, false},
	{"sort", "", false},
}

// badValue is a part of an address nobody can read.
type badValue struct {
	Name, Value string
	Why         error // what is wrong with it, nil when it is none of the choices
}

// parsed is what an address asks for, and what of it could not be read or is
// of no use to a list.
type parsed struct {
	incident.Filter
	bad    []badValue
	unused []badValue
}

// parseFilter reads an address. A part that means nothing is put aside, so
// that the rest is not lost.
func parseFilter(in url.Values, t *incident.Taxonomy) parsed {
	q := url.Values{}
	p := parsed{unused: unusedOf(in)}
	for _, name := range append(incident.FilterNames(), "after") {
		if v := in.Get(name); v != "" {
			q.Set(name, v)
		}
	}
	for range len(q) + 1 {
		f, err := incident.ParseFilter(q, t)
		if err == nil {
			err = f.CheckWords()
		}
		if err == nil {
			p.Filter = f
			return p
		}
		name := badName(err)
		p.bad = append(p.bad, badValue{Name: name, Value: clip(q.Get(name), 40)})
		q.Del(name)
	}
	p.Filter = incident.Filter{Edition: incident.RecordEdition}
	return p
}

// maxUnused is how many parts of an address a list names as of no use.
const maxUnused = 5

// unusedOf lists what a list does not read: names it does not know, and every
// value after the first of a name, in a fixed order. It is not refused, as the
// programs' interface does: letters and networks add words of their own to an
// address, and the reader who followed it should still arrive.
func unusedOf(in url.Values) []badValue {
	known := append(incident.FilterNames(), "after", publish.EditionParam)
	var out []badValue
	for _, name := range slices.Sorted(maps.Keys(in)) {
		values := in[name]
		if slices.Contains(known, name) {
			values = values[min(1, len(values)):]
		}
		for _, value := range values {
			if len(out) == maxUnused {
				return out
			}
			out = append(out, badValue{Name: clip(name, 40), Value: clip(value, 40)})
		}
	}
	return out
}

// unusedNote says what of an address the list did not use; "" when it used all.
func (v voice) unusedNote(p parsed) string {
	var parts []string
	for _, u := range p.unused {
		parts = append(parts, v.T("site.filter.part", "part", u.Name+"="+u.Value))
	}
	if len(parts) == 0 {
		return ""
	}
	return v.T("site.filter.unused", "parts", strings.Join(parts, v.T("publish.comma")))
}

// wrong is what was given for a parameter, when it could not be read.
func (p parsed) wrong(name string) (value string, bad bool) {
	for _, b := range p.bad {
		if b.Name == name {
			return b.Value, true
		}
	}
	return "", false
}

// mistake says what is wrong in the reader's language.
func (v voice) mistake(err error) string {
	key, args := fault.Text(err)
	return v.T(key, args...)
}

// badName tells which parameter an error of ParseFilter is about.
func badName(err error) string {
	key, args := fault.Text(err)
	switch key {
	case "filter.bad_year":
		return "year"
	case "filter.bad_cursor":
		return "after"
	}
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == "name" {
			if s, ok := args[i+1].(string); ok {
				return s
			}
		}
	}
	return "sort"
}

// clip shortens text of strangers for showing.
func clip(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// label says a chosen value of a parameter.
func (v voice) label(name, value string) string {
	switch name {
	case "year":
		return value
	case "country":
		return v.Country(value)
	case "q":
		return v.T("site.filter.words", "words", value)
	case "sort":
		return v.T("site.filter.sorts." + value)
	}
	for _, x := range filterFields {
		if x.name == name {
			return v.Term(x.scheme, value)
		}
	}
	return value
}

// chip is a chosen part of a filter with the way to take it off.
type chip struct{ Text, Href string }

func (v voice) chips(path string, f incident.Filter, label string) []chip {
	var out []chip
	for _, c := range f.Chosen() {
		out = append(out, chip{
			Text: v.T("site.filter.chip", "name", v.T("site.filter."+c[0]), "value", v.label(c[0], c[1])),
			Href: listPath(path, f.Narrow(c[0], ""), label),
		})
	}
	return out
}

// said names what a filter chooses, for titles: "Iran, 2022".
func (v voice) said(f incident.Filter) string {
	var out []string
	for _, c := range f.Chosen() {
		out = append(out, v.label(c[0], c[1]))
	}
	return strings.Join(out, v.T("publish.comma"))
}

// filterForm is the form above a list.
type filterForm struct {
	Action  string
	Release string
	Search  *page.Field
	Main    []page.Select
	More    []page.Select
	Open    bool
	Reset   string
}

// form fills the form with what the record can be asked.
func (s *Site) form(ctx context.Context, v voice, p parsed, e incident.Edition) (filterForm, error) {
	out := filterForm{Action: "/incidents", Release: release(e)}
	if len(p.Chosen()) > 0 {
		out.Reset = listPath("/incidents", incident.Filter{}, out.Release)
	}
	wrong := map[string]string{}
	for _, b := range p.bad {
		wrong[b.Name] = v.T("site.filter.bad", "value", b.Value)
		if b.Why != nil {
			wrong[b.Name] = v.mistake(b.Why)
		}
	}
	if e.ID == incident.RecordEdition {
		out.Search = &page.Field{Name: "q", Type: "search", Label: v.T("site.filter.q"), Hint: v.T("site.filter.q_hint"), Value: p.Query, Max: 200}
		if value, bad := p.wrong("q"); bad {
			out.Search.Value, out.Search.Error = value, v.T("filter.no_words", "value", value)
		}
	}
	used, err := s.usedValues(ctx, v, e.ID)
	if err != nil {
		return out, err
	}
	values := p.Values()
	for _, x := range filterFields {
		sel := page.Select{Name: x.name, Label: v.T("site.filter." + x.name), Empty: v.T("site.filter.any"), Error: wrong[x.name]}
		chosen := values.Get(x.name)
		var options []page.Option
		switch x.name {
		case "country", "year", "service":
			options = used[x.name]
			if chosen != "" && !hasOption(options, chosen) {
				options = append(options, page.Option{Value: chosen, Label: v.label(x.name, chosen)})
			}
		case "sort":
			sel.Empty = ""
			for _, name := range incident.Sorts {
				options = append(options, page.Option{Value: name, Label: v.T("site.filter.sorts." + name)})
			}
		default:
			for _, t := range s.d.Record.Taxonomy().Terms(x.scheme) {
				options = append(options, page.Option{Value: t.Key, Label: v.Term(x.scheme, t.Key)})
			}
			if x.name == "state" {
				options = append(options, page.Option{Value: string(incident.NotAsked), Label: v.Term(x.scheme, string(incident.NotAsked))})
			}
		}
		for i := range options {
			options[i].Chosen = options[i].Value == chosen
		}
		sel.Groups = []page.Group{{Options: options}}
		if x.open {
			out.Main = append(out.Main, sel)
			continue
		}
		out.More = append(out.More, sel)
		out.Open = out.Open || chosen != "" && chosen != incident.Sorts[0] || sel.Error != ""
	}
	return out, nil
}

func hasOption(list []page.Option, value string) bool {
	for _, o := range list {
		if o.Value == value {
			return true
		}
	}
	return false
}

// servicesInForm is how many services the form offers: those counted most
// often. Any other can be reached from the codebook.
const servicesInForm = 40

// usedValues offers the years, countries and services an edition has entries of.
func (s *Site) usedValues(ctx context.Context, v voice, edition int64) (map[string][]page.Option, error) {
	have, err := s.inventory(ctx, edition)
	if err != nil {
		return nil, err
	}
	out := map[string][]page.Option{}
	for _, y := range have.Years {
		n := strconv.Itoa(y.Year)
		out["year"] = append(out["year"], page.Option{Value: n, Label: n})
	}
	for _, code := range have.Countries {
		out["country"] = append(out["country"], page.Option{Value: code, Label: v.Country(code)})
	}
	for _, k := range have.Services[:min(servicesInForm, len(have.Services))] {
		out["service"] = append(out["service"], page.Option{Value: k, Label: v.Service(k)})
	}
	c := v.collator()
	for _, name := range []string{"country", "service"} {
		list := out[name]
		sort.Slice(list, func(i, j int) bool { return c.CompareString(list[i].Label, list[j].Label) < 0 })
	}
	return out, nil
}

// summary lists the parts of an address that mean nothing, for the box on top.
func (v voice) summary(p parsed) page.Summary {
	var out page.Summary
	for _, b := range p.bad {
		key, at := "site.filter.bad_named", b.Name
		switch b.Name {
		case "after":
			key, at = "site.filter.bad_cursor", "country" // no field of its own: the first one
		case "q":
			key = "filter.no_words"
		}
		if b.Why != nil {
			out.Items = append(out.Items, page.Mistake{Name: at, Text: v.mistake(b.Why)})
			continue
		}
		out.Items = append(out.Items, page.Mistake{Name: at, Text: v.T(key, "name", v.T("site.filter."+b.Name), "value", b.Value)})
	}
	return out
}

// exports are the ways to take a list along: as a table, as a feed.
func (v voice) exports(f incident.Filter, label string) []page.Link {
	f.After = ""
	out := []page.Link{{Text: v.T("site.list.csv"), Href: listPath("/incidents.csv", f, label)}}
	if label != "" {
		return out
	}
	f.Sort = ""
	return append(out,
		page.Link{Text: v.T("site.list.atom"), Href: listPath("/feeds/incidents.atom", f, "")},
		page.Link{Text: v.T("site.list.json"), Href: listPath("/feeds/incidents.json", f, "")})
}

// feeds announces the feeds of a list to programs that look for them.
func (v voice) feeds(f incident.Filter) []page.Feed {
	f.After, f.Sort = "", ""
	title := v.T("site.list.title")
	if said := v.said(f); said != "" {
		title = v.T("site.list.title_of", "filter", said)
	}
	return []page.Feed{
		{Title: title, Path: listPath("/feeds/incidents.atom", f, ""), Type: "application/atom+xml"},
		{Title: title, Path: listPath("/feeds/incidents.json", f, ""), Type: "application/feed+json"},
	}
}
