package verify

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/i18n"
)

// A form of a claim is read and shown by the same list of questions, so that a
// question cannot be asked and then forgotten.

// question is one control of the form of a claim. get says what the facts
// answer; set puts an answer into them, or says what is wrong with it.
type question struct {
	claim Claim
	name  string
	kind  string // line, box, date, choice, flag, tick, many
	terms incident.Scheme
	max   int
	get   func(f *incident.Facts) string
	set   func(in *reader, f *incident.Facts, text string) (wrong string, args []any)
}

// reader is what reading a form needs beside the form.
type reader struct {
	tax    *incident.Taxonomy
	places *geo.Matcher
	lang   string // people write in
}

const (
	lineMax = 300
	boxMax  = 6000
)

// text makes a question whose answer is kept as it is written.
func text(c Claim, name, kind string, at func(f *incident.Facts) *string) question {
	most := lineMax
	if kind == "box" {
		most = boxMax
	}
	return question{claim: c, name: name, kind: kind, max: most,
		get: func(f *incident.Facts) string { return *at(f) },
		set: func(_ *reader, f *incident.Facts, text string) (string, []any) { *at(f) = text; return "", nil }}
}

// term makes a question whose answer is a term of a scheme.
func term(c Claim, name string, scheme incident.Scheme, at func(f *incident.Facts) *string) question {
	q := text(c, name, "choice", at)
	q.terms = scheme
	q.set = func(in *reader, f *incident.Facts, text string) (string, []any) {
		if _, known := in.tax.Term(scheme, text); text != "" && !known {
			return "verify.choose", nil
		}
		*at(f) = text
		return "", nil
	}
	return q
}

// date makes a question for a civil date: a day, a month or a year.
func date(name string, at func(f *incident.Facts) *incident.Date) question {
	return question{claim: When, name: name, kind: "date", max: 10,
		get: func(f *incident.Facts) string { return string(*at(f)) },
		set: func(_ *reader, f *incident.Facts, text string) (string, []any) {
			text = strings.TrimSpace(i18n.LatinDigits(text))
			if text != "" && !isDate(text) {
				return "verify.form.date", nil
			}
			*at(f) = incident.Date(text)
			return "", nil
		}}
}

// isDate tells whether a text is 2026-01-08, 2026-01 or 2026, of a year in which
// there was an internet to cut.
func isDate(text string) bool {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Year() >= 1995 && t.Year() <= time.Now().UTC().Year()+1
		}
	}
	return false
}

// flag makes a question with four answers.
func flag(c Claim, name string, at func(f *incident.Facts) *incident.State) question {
	return question{claim: c, name: name, kind: "flag",
		get: func(f *incident.Facts) string { return string(*at(f)) },
		set: func(_ *reader, f *incident.Facts, text string) (string, []any) {
			if !slices.Contains(fourStates, incident.State(text)) {
				return "verify.choose", nil
			}
			*at(f) = incident.State(text)
			return "", nil
		}}
}

var fourStates = []incident.State{incident.Yes, incident.No, incident.Unknown, incident.NotAsked}

// asked makes a question of a flag of the sheet.
func asked(key string) question {
	return question{claim: Effects, name: key, kind: "flag",
		get: func(f *incident.Facts) string { return string(f.Flag(key)) },
		set: func(_ *reader, f *incident.Facts, text string) (string, []any) {
			if !slices.Contains(fourStates, incident.State(text)) {
				return "verify.choose", nil
			}
			f.Flags = slices.DeleteFunc(slices.Clone(f.Flags), func(x incident.Flag) bool { return x.Key == key })
			if incident.State(text) != incident.NotAsked {
				f.Flags = append(f.Flags, incident.Flag{Key: key, State: incident.State(text)})
			}
			return "", nil
		}}
}

// questions are all questions of all claims, in the order of the form.
var questions = []question{
	{claim: Where, name: "countries", kind: "line", max: lineMax,
		get: func(f *incident.Facts) string { return f.CountryText() }, set: setCountries},
	text(Where, "area", "line", func(f *incident.Facts) *string { return &f.Measure.Area }),
	term(Where, "geo_scope", incident.SchemeScope, func(f *incident.Facts) *string { return &f.Measure.Scope }),
	{claim: Where, name: "whole_country", kind: "tick",
		get: func(f *incident.Facts) string {
			if f.Measure.Whole {
				return "1"
			}
			return ""
		},
		set: func(_ *reader, f *incident.Facts, text string) (string, []any) {
			f.Measure.Whole = text != ""
			return "", nil
		}},

	date("start", func(f *incident.Facts) *incident.Date { return &f.Period.Start }),
	choice(When, "start_kind", []string{"actual", "estimated", "not_asked"}, func(f *incident.Facts) *string { return &f.Period.StartKind }),
	date("end", func(f *incident.Facts) *incident.Date { return &f.Period.End }),
	choice(When, "end_state", []string{"ended", "ongoing", "unknown", "not_asked"}, func(f *incident.Facts) *string { return &f.Period.EndState }),
	date("last_active", func(f *incident.Facts) *incident.Date { return &f.Period.LastActive }),

	term(What, "method", incident.SchemeMethod, func(f *incident.Facts) *string { return &f.Measure.Method }),
	term(What, "network", incident.SchemeNetwork, func(f *incident.Facts) *string { return &f.Measure.Network }),
	term(What, "extent", incident.SchemeExtent, func(f *incident.Facts) *string { return &f.Measure.Extent }),
	{claim: What, name: "services", kind: "line", max: 1000, get: getServices, set: setServices},

	term(How, "mechanism", incident.SchemeMechanism, func(f *incident.Facts) *string { return &f.Measure.Mechanism }),
	{claim: How, name: "operators", kind: "line", max: 1000, get: getOperators, set: setOperators},
	flag(How, "telco_ack", func(f *incident.Facts) *incident.State { return &f.Telco.Acknowledged }),
	text(How, "telco_quote", "box", func(f *incident.Facts) *string { return &f.Telco.Quote }),

	{claim: Who, name: "ordered_by", kind: "choice", terms: incident.SchemeActorClass,
		get: func(f *incident.Facts) string { return f.OrderedBy() }, set: setOrdered},
	{claim: Who, name: "decided_by", kind: "line", max: lineMax,
		get: func(f *incident.Facts) string { return f.DecidedBy() }, set: setDecided},
	{claim: Who, name: "home", kind: "line", max: lineMax, get: getHome, set: setHome},

	term(Why, "cause", incident.SchemeCause, func(f *incident.Facts) *string { return &f.Cause.Term }),
	text(Why, "cause_details", "box", func(f *incident.Facts) *string { return &f.Cause.Details }),
	term(Why, "reason", incident.SchemeReason, func(f *incident.Facts) *string { return &f.Reason.Term }),
	text(Why, "reason_details", "box", func(f *incident.Facts) *string { return &f.Reason.Details }),
	flag(Why, "gov_ack", func(f *incident.Facts) *incident.State { return &f.Reason.Acknowledged }),
	text(Why, "gov_quote", "box", func(f *incident.Facts) *string { return &f.Reason.Quote }),
	flag(Why, "legal", func(f *incident.Facts) *incident.State { return &f.Legal.Claimed }),
	text(Why, "legal_text", "box", func(f *incident.Facts) *string { return &f.Legal.Text }),

	asked("election"), asked("violence"), asked("hr_abuse"), asked("users_notified"),
	{claim: Effects, name: "groups", kind: "many", terms: incident.SchemeGroup, get: getGroups, set: setGroups},
	{claim: Effects, name: "event", kind: "box", max: boxMax,
		get: func(f *incident.Facts) string { return f.Note("event") },
		set: func(in *reader, f *incident.Facts, text string) (string, []any) {
			f.Notes = slices.DeleteFunc(slices.Clone(f.Notes), func(n incident.Note) bool { return n.Kind == "event" })
			if text != "" {
				f.Notes = append(f.Notes, incident.Note{Kind: "event", Lang: in.lang, Text: text})
			}
			return "", nil
		}},
}

// choice makes a question with a few fixed answers.
func choice(c Claim, name string, known []string, at func(f *incident.Facts) *string) question {
	q := text(c, name, "choice", at)
	q.set = func(_ *reader, f *incident.Facts, text string) (string, []any) {
		if !slices.Contains(known, text) {
			return "verify.choose", nil
		}
		*at(f) = text
		return "", nil
	}
	return q
}

func setCountries(_ *reader, f *incident.Facts, text string) (string, []any) {
	var list []incident.Country
	for _, name := range geo.SplitCountries(text) {
		code, ok := geo.MatchCountry(name)
		if !ok && len(name) == 2 {
			code, ok = geo.MatchCountry(strings.ToUpper(name))
		}
		if !ok {
			return "verify.form.country", []any{"name", name}
		}
		if !slices.ContainsFunc(f.Countries, func(had incident.Country) bool { return had.Code == code && had.Spelling == name }) {
			name = geo.CountryName(code, "en") // whatever it was called here: a sheet names a country one way
		}
		list = append(list, incident.Country{Code: code, Spelling: name})
	}
	if len(list) == 0 {
		return "verify.country_needed", nil
	}
	f.Countries = list
	return "", nil
}

func getServices(f *incident.Facts) string {
	var names []string
	for _, e := range f.Services {
		if e.State == incident.Yes {
			names = append(names, firstText(e.Verbatim, e.Service))
		}
	}
	return strings.Join(names, ", ")
}

func setServices(in *reader, f *incident.Facts, text string) (string, []any) {
	var named []incident.Effect
	for _, name := range splitList(text) {
		key, ok := in.tax.Called(incident.SchemeService, name)
		if !ok {
			key, ok = in.tax.Match(incident.SchemeService, name)
		}
		if !ok || key == "" {
			return "verify.form.service", []any{"name", name}
		}
		if !among(named, key) {
			named = append(named, incident.Effect{Service: key, State: incident.Yes, Verbatim: name})
		}
	}
	var list []incident.Effect
	for _, e := range f.Services { // what was denied or unknown stays, and so does what is named again, in its words
		if named := among(named, e.Service); named == (e.State == incident.Yes) {
			list = append(list, e)
		}
	}
	for _, e := range named {
		if !among(list, e.Service) {
			list = append(list, e)
		}
	}
	f.Services = list
	return "", nil
}

// among tells whether a list has an answer for a service.
func among(list []incident.Effect, service string) bool {
	return slices.ContainsFunc(list, func(e incident.Effect) bool { return e.Service == service })
}

func getOperators(f *incident.Facts) string {
	var names []string
	for _, o := range f.Operators {
		names = append(names, o.Name)
	}
	return strings.Join(names, ", ")
}

func setOperators(_ *reader, f *incident.Facts, text string) (string, []any) {
	var list []incident.Carrier
	for _, name := range splitList(text) {
		i := slices.IndexFunc(f.Operators, func(o incident.Carrier) bool { return o.Name == name })
		if i >= 0 {
			list = append(list, f.Operators[i])
			continue
		}
		list = append(list, incident.Carrier{Name: name, Verbatim: name})
	}
	f.Operators = list
	return "", nil
}

func setOrdered(in *reader, f *incident.Facts, text string) (string, []any) {
	if _, known := in.tax.Term(incident.SchemeActorClass, text); text != "" && !known {
		return "verify.choose", nil
	}
	home := getHome(f)
	f.Actors = slices.DeleteFunc(slices.Clone(f.Actors), func(a incident.Actor) bool { return a.Role == "ordered" })
	if text != "" {
		f.Actors = append([]incident.Actor{{Role: "ordered", Class: text, Home: homeCode(home)}}, f.Actors...)
	}
	return "", nil
}

func setDecided(_ *reader, f *incident.Facts, text string) (string, []any) {
	home := homeCode(getHome(f))
	f.Actors = slices.DeleteFunc(slices.Clone(f.Actors), func(a incident.Actor) bool { return a.Role == "decided" })
	if text != "" {
		f.Actors = append(f.Actors, incident.Actor{Role: "decided", Class: f.OrderedBy(), Name: text, Home: home})
	}
	return "", nil
}

func getHome(f *incident.Facts) string {
	for _, a := range f.Actors {
		if a.Home != "" {
			return geo.CountryName(a.Home, "en")
		}
	}
	return ""
}

func homeCode(name string) string {
	code, _ := geo.MatchCountry(name)
	return code
}

func setHome(_ *reader, f *incident.Facts, text string) (string, []any) {
	code, ok := "", true
	if text != "" {
		if code, ok = geo.MatchCountry(text); !ok {
			return "verify.form.country", []any{"name", text}
		}
	}
	f.Actors = slices.Clone(f.Actors)
	for i := range f.Actors {
		f.Actors[i].Home = code
	}
	return "", nil
}

func getGroups(f *incident.Facts) string {
	var keys []string
	for _, g := range f.Groups {
		keys = append(keys, g.Term)
	}
	return strings.Join(keys, "\n")
}

func setGroups(in *reader, f *incident.Facts, text string) (string, []any) {
	var list []incident.Group
	for _, key := range strings.Split(text, "\n") {
		if key == "" {
			continue
		}
		if _, known := in.tax.Term(incident.SchemeGroup, key); !known {
			return "verify.choose", nil
		}
		if i := slices.IndexFunc(f.Groups, func(g incident.Group) bool { return g.Term == key }); i >= 0 {
			list = append(list, f.Groups[i])
			continue
		}
		list = append(list, incident.Group{Term: key, Verbatim: in.tax.Label(incident.SchemeGroup, key, 9999)})
	}
	f.Groups = list
	return "", nil
}

// splitList takes a list apart at commas, semicolons (also the Arabic ones) and
// lines.
func splitList(text string) []string {
	var out []string
	for _, p := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;،؛\n", r) }) {
		if p = strings.Join(strings.Fields(p), " "); p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func firstText(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// readClaims reads what a form says of claims onto the facts it began with.
// Fields that are wrong keep their answer out of the facts.
func (in *reader) readClaims(v url.Values, claims []Claim, base incident.Facts) (incident.Facts, []fault.Field) {
	f := base
	var wrong []fault.Field
	for _, q := range questions {
		if !slices.Contains(claims, q.claim) || q.kind != "tick" && q.kind != "many" && !v.Has(q.name) {
			continue
		}
		answer := desk.Clean(strings.Join(v[q.name], "\n"))
		if q.max > 0 && len([]rune(answer)) > q.max {
			wrong = append(wrong, fault.Field{Name: q.name, Key: "verify.too_long", Args: []any{"most", q.max}})
			continue
		}
		if key, args := q.set(in, &f, answer); key != "" {
			wrong = append(wrong, fault.Field{Name: q.name, Key: key, Args: args})
		}
	}
	if slices.Contains(claims, Where) {
		in.findPlaces(&f, base)
	}
	if slices.Contains(claims, When) {
		wrong = append(wrong, checkPeriod(&f.Period, v)...)
	}
	return f, wrong
}

// findPlaces looks the area up in the gazetteer; an area that was not touched
// keeps what was found, or decided, before.
func (in *reader) findPlaces(f *incident.Facts, base incident.Facts) {
	if len(f.Countries) == 0 || f.Measure.Area == base.Measure.Area && len(base.Countries) > 0 && base.Countries[0].Code == f.Countries[0].Code {
		return
	}
	f.Places = nil
	if f.Measure.Area != "" && len(f.Countries) == 1 {
		f.Places = incident.PlacesOf(f.Countries[0].Code, in.places.Match(f.Countries[0].Code, f.Measure.Area))
	}
}

// checkPeriod holds the dates against each other.
func checkPeriod(p *incident.Period, v url.Values) []fault.Field {
	if !v.Has("start") {
		return nil
	}
	var wrong []fault.Field
	start, hasStart := p.Start.Day()
	end, hasEnd := p.End.Day()
	if hasStart && hasEnd && end < start && p.End.Precision() == "day" && p.Start.Precision() == "day" {
		wrong = append(wrong, fault.Field{Name: "end", Key: "verify.form.end_before_start"})
	}
	switch {
	case hasEnd && p.EndState != "ended":
		p.EndState = "ended" // a date of the end says that it ended
	case !hasEnd && p.EndState == "ended":
		wrong = append(wrong, fault.Field{Name: "end", Key: "verify.form.end_missing"})
	}
	if notYet(p.Start, time.Now()) {
		wrong = append(wrong, fault.Field{Name: "start", Key: "verify.form.future"})
	}
	if notYet(p.End, time.Now()) {
		wrong = append(wrong, fault.Field{Name: "end", Key: "verify.form.end_future"})
	}
	if !hasStart && (hasEnd || p.EndState == "ongoing") {
		wrong = append(wrong, fault.Field{Name: "start", Key: "verify.form.start_missing"})
	}
	return wrong
}

// mendWith adds what is wrong with a form to an error that asks to mend others. Of
// one field the form says it: it knows what was written.
func mendWith(err error, wrong []fault.Field) error {
	fields := slices.Clone(fault.Fields(err))
	if err != nil && len(fields) == 0 {
		return err
	}
	fields = slices.DeleteFunc(fields, func(f fault.Field) bool {
		return slices.ContainsFunc(wrong, func(w fault.Field) bool { return w.Name == f.Name })
	})
	return fault.Mend(append(fields, wrong...)...)
}
