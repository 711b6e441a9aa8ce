package verify

import (
	"net/url"
	"slices"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

// Control is a question as a page shows it: one of the kinds of page.
type Control struct {
	Field  *page.Field
	Select *page.Select
	Choice *page.Choice
}

// Part is the part of a form about one claim.
type Part struct {
	Claim     Claim
	Title     string
	Hint      string
	Base      int64 // the value it began with
	Controls  []Control
	Meanwhile *Meanwhile // nil when nobody else stated it
}

// Difference is an answer that two values of a claim give differently.
type Difference struct{ Question, Mine, Theirs string }

// show makes the part of a form about a claim. said, when set, is what was sent:
// it stands in the controls whatever is wrong with it.
func (in *reader) show(x *i18n.Texts, c Claim, f *incident.Facts, said url.Values, beside map[string]string) Part {
	p := Part{Claim: c, Title: x.T("verify.claim." + string(c)), Hint: x.T("verify.claim_hint." + string(c))}
	for _, q := range questions {
		if q.claim == c {
			p.Controls = append(p.Controls, in.control(x, q, f, said, beside))
		}
	}
	return p
}

func (in *reader) control(x *i18n.Texts, q question, f *incident.Facts, said url.Values, beside map[string]string) Control {
	label, hint := x.T("verify.ask."+q.name), ""
	if id := "verify.ask_hint." + q.name; x.Has(id) {
		hint = x.T(id)
	}
	answer := q.get(f)
	if said != nil && (said.Has(q.name) || q.kind == "tick" || q.kind == "many") {
		answer = strings.Join(said[q.name], "\n")
	}
	bad := beside[q.name]
	switch q.kind {
	case "choice":
		s := &page.Select{Name: q.name, Label: label, Hint: hint, Error: bad, Empty: x.T("verify.not_stated")}
		if q.terms == "" {
			s.Empty = ""
		}
		s.Groups = []page.Group{{Options: in.options(x, q, answer)}}
		return Control{Select: s}
	case "flag":
		ch := &page.Choice{Name: q.name, Label: label, Hint: hint, Error: bad}
		for _, st := range fourStates {
			ch.Options = append(ch.Options, page.Option{Value: string(st), Label: x.T("page.flag." + string(st)), Chosen: answer == string(st)})
		}
		return Control{Choice: ch}
	case "tick":
		return Control{Choice: &page.Choice{Name: q.name, Label: x.T("verify.ask_group." + q.name), Hint: hint, Error: bad, Many: true,
			Options: []page.Option{{Value: "1", Label: label, Chosen: answer != ""}}}}
	case "many":
		ch := &page.Choice{Name: q.name, Label: label, Hint: hint, Error: bad, Many: true}
		chosen := strings.Split(answer, "\n")
		for _, t := range in.tax.Terms(q.terms) {
			ch.Options = append(ch.Options, page.Option{Value: t.Key, Label: termName(x, in.tax, q.terms, t.Key), Chosen: slices.Contains(chosen, t.Key)})
		}
		return Control{Choice: ch}
	}
	fd := &page.Field{Name: q.name, Label: label, Hint: hint, Value: answer, Error: bad, Max: q.max}
	switch q.kind {
	case "box":
		fd.Rows = 4
	case "date":
		fd.Width, fd.Dir, fd.InputMode = "s", "ltr", "numeric"
	}
	return Control{Field: fd}
}

func (in *reader) options(x *i18n.Texts, q question, answer string) []page.Option {
	var out []page.Option
	if q.terms == "" {
		for _, k := range map[string][]string{"start_kind": {"actual", "estimated", "not_asked"}, "end_state": {"ended", "ongoing", "unknown", "not_asked"}}[q.name] {
			out = append(out, page.Option{Value: k, Label: x.T("verify." + q.name + "." + k), Chosen: answer == k})
		}
		return out
	}
	for _, t := range in.tax.Terms(q.terms) {
		out = append(out, page.Option{Value: t.Key, Label: termName(x, in.tax, q.terms, t.Key), Chosen: answer == t.Key})
	}
	return out
}

// termName is how readers know a term; the catalogue has the same keys for the
// public pages.
func termName(x *i18n.Texts, tax *incident.Taxonomy, scheme incident.Scheme, key string) string {
	if id := "term." + string(scheme) + "." + key; x.Has(id) {
		return x.T(id)
	}
	return tax.Label(scheme, key, 9999)
}

// sayValue is a claim's value as one line a person can read out.
func (in *reader) sayValue(x *i18n.Texts, c Claim, f *incident.Facts) string {
	var parts []string
	for _, q := range questions {
		if q.claim != c {
			continue
		}
		if said := in.sayAnswer(x, q, f); said != "" {
			parts = append(parts, said)
		}
	}
	return strings.Join(parts, " · ")
}

// sayAnswer is one answer in words, "" where nothing was stated.
func (in *reader) sayAnswer(x *i18n.Texts, q question, f *incident.Facts) string {
	answer := q.get(f)
	switch {
	case answer == "" || answer == string(incident.NotAsked):
		return ""
	case q.name == "countries":
		var names []string
		for _, c := range f.Countries {
			names = append(names, geo.CountryName(c.Code, x.Lang.Tag))
		}
		return x.List(names)
	case q.kind == "flag":
		return x.T("verify.ask."+q.name) + ": " + x.T("page.flag."+answer)
	case q.kind == "tick":
		return x.T("verify.ask." + q.name)
	case q.kind == "many":
		var names []string
		for _, k := range strings.Split(answer, "\n") {
			names = append(names, termName(x, in.tax, q.terms, k))
		}
		return x.List(names)
	case q.kind == "choice" && q.terms != "":
		return termName(x, in.tax, q.terms, answer)
	case q.name == "start_kind": // that it is known goes without saying
		if answer == "estimated" {
			return x.T("verify.start_estimated")
		}
		return ""
	case q.kind == "choice":
		return x.T("verify." + q.name + "." + answer)
	case q.kind == "date":
		return x.T("verify.ask."+q.name) + " " + x.Date(answer)
	case q.kind == "box":
		letters := []rune(answer)
		if len(letters) > 160 {
			answer = string(letters[:160]) + "…"
		}
	}
	return answer
}

// Chosen says in words what is chosen in a form of the desk ([desk.Answer]). A field of
// the same name in which people write, such as that of a reason, is none of it.
func (s *Service) Chosen(x *i18n.Texts, name, value string) (says string, chosen bool) {
	if name == "organisation" {
		return "", true
	}
	said := "verify." + name + "." + value
	if i := slices.IndexFunc(questions, func(q question) bool { return q.name == name }); i >= 0 {
		q := questions[i]
		_, term := s.Record.Taxonomy().Term(q.terms, value)
		switch {
		case q.kind == "tick":
			said = "page.flag.yes"
		case q.kind != "choice" && q.kind != "flag" && q.kind != "many":
			return "", false
		case value == "" || value == string(incident.NotAsked):
			return "", true
		case q.kind == "flag":
			said = "page.flag." + value
		case term:
			return termName(x, s.Record.Taxonomy(), q.terms, value), true
		}
	}
	if !x.Has(said) {
		return "", false
	}
	return x.T(said), true
}
