package site

import (
	"strconv"
	"strings"
	"unicode"

	"keepiton/internal/incident"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/page"
)

// facts is the table "what we know, and how": every question the record can
// be asked, in a fixed order, answered or not.
func (v voice) facts(f *incident.Facts, lastYear int) page.Facts {
	out := page.Facts{Head: [3]string{v.T("site.facts.question"), v.T("site.facts.answer"), v.T("site.facts.how")}}
	add := func(key, answer, how string) {
		if answer == "" {
			out.Items = append(out.Items, page.Fact{Question: v.T("publish.q." + key), Flag: page.NotAsked, How: how})
			return
		}
		out.Items = append(out.Items, page.Fact{Question: v.T("publish.q." + key), Answer: answer, How: how})
	}
	flag := func(key string, state incident.State, how string) {
		out.Items = append(out.Items, page.Fact{Question: v.T("publish.q." + key), Flag: page.Flag(state), How: how})
	}
	term := func(key string, scheme incident.Scheme, value string) {
		switch {
		case value == "":
			flag(key, incident.NotAsked, "")
		case value == "unknown" || value == "not_sure":
			flag(key, incident.Unknown, "")
		default:
			add(key, v.Term(scheme, value), v.sheetWord(scheme, value, lastYear))
		}
	}
	add("where", v.Where(f), v.asWritten(f))
	add("began", v.Date(string(f.Period.Start)), v.T("site.how.start."+known(f.Period.StartKind, "actual", "estimated")))
	out.Items = append(out.Items, v.ended(f, lastYear))
	out.Items = append(out.Items, v.lasted(f, lastYear))
	term("type", incident.SchemeMethod, f.Measure.Method)
	term("network", incident.SchemeNetwork, f.Measure.Network)
	term("extent", incident.SchemeExtent, f.Measure.Extent)
	if f.Measure.Extent == "full_network" && incident.KindOf(f) == incident.KindBlock {
		out.Items[len(out.Items)-1].How = v.T(v.asFiled("site.how.satellite"), "label", v.Tax.Label(incident.SchemeExtent, f.Measure.Extent, lastYear))
	}
	term("scope", incident.SchemeScope, f.Measure.Scope)
	flag("calls", f.Effect("phone_calls"), "")
	flag("sms", f.Effect("sms"), "")
	term("ordered_by", incident.SchemeActorClass, f.OrderedBy())
	if home := foreign(f); home != "" {
		last := &out.Items[len(out.Items)-1]
		last.Flag, last.Answer = "", v.T("site.foreign", "country", v.Country(home))
		last.How = v.T(v.asFiled("site.how.foreign"), "label", v.Tax.Label(incident.SchemeActorClass, f.OrderedBy(), lastYear))
	}
	if name := f.DecidedBy(); name != "" {
		add("decided_by", name, v.T("site.how.stated"))
	}
	flag("acknowledged", f.Reason.Acknowledged, "")
	term("reason", incident.SchemeReason, f.Reason.Term)
	term("cause", incident.SchemeCause, f.Cause.Term)
	flag("legal", f.Legal.Claimed, f.Legal.Text)
	flag("notified", f.Flag("users_notified"), "")
	if list := v.operators(f); list != "" {
		add("operators", list, v.T("site.how.stated"))
	}
	flag("telco", f.Telco.Acknowledged, "")
	flag("election", f.Flag("election"), "")
	flag("violence", f.Flag("violence"), "")
	flag("hr_abuse", f.Flag("hr_abuse"), "")
	if list := v.groups(f); list != "" {
		add("groups", list, v.T("site.how.stated"))
	}
	for _, c := range f.Cost {
		add("cost", v.cost(c), v.T("site.how.cost"))
	}
	return out
}

// known gives a value that is one of a list, else "not_asked".
func known(value string, list ...string) string {
	for _, x := range list {
		if x == value {
			return x
		}
	}
	return string(incident.NotAsked)
}

// sheetWord is how the coalition's sheet spells a term, for those who look it
// up there.
func (v voice) sheetWord(scheme incident.Scheme, key string, year int) string {
	if v.filed {
		return v.T("site.how.filed", "label", v.Term(scheme, key))
	}
	return v.T("site.how.sheet", "label", v.Tax.Label(scheme, key, year))
}

func (v voice) asWritten(f *incident.Facts) string {
	if f.Measure.Area == "" {
		return ""
	}
	return v.T("site.how.written", "text", clip(f.Measure.Area, 240))
}

func (v voice) ended(f *incident.Facts, lastYear int) page.Fact {
	out := page.Fact{Question: v.T("publish.q.ended")}
	year := strconv.Itoa(lastYear)
	switch {
	case f.Period.End != "":
		out.Answer = v.Date(string(f.Period.End))
		if f.Period.EndState == string(incident.NotAsked) {
			out.How = v.T("site.how.end.date_only")
		}
	case f.Period.EndState == "ongoing":
		out.Answer, out.How = v.T("site.ended.ongoing"), v.T("site.how.end.ongoing", "year", year)
	case f.Period.EndState == "ended":
		out.Answer, out.How = v.T("site.ended.no_date"), v.T("site.how.end.no_date")
	case f.Period.EndState == "unknown":
		out.Flag = page.Unknown
	default:
		out.Flag = page.NotAsked
	}
	return out
}

func (v voice) lasted(f *incident.Facts, lastYear int) page.Fact {
	out := page.Fact{Question: v.T("publish.q.lasted")}
	days, open, ok := v.spanDays(f, lastYear)
	if !ok {
		out.Flag = page.Unknown
		if n, err := strconv.ParseFloat(f.Period.Stated, 64); f.Period.Stated != "" && (err != nil || n >= 0) { // below nothing: the trace of a formula
			out.How = v.T("site.how.stated_length", "text", clip(f.Period.Stated, 60))
		}
		return out
	}
	out.Answer = v.length(f, lastYear)
	if strings.ContainsFunc(f.Period.Stated, unicode.IsLetter) { // in words, such as hours
		out.How = v.T("site.how.stated_length", "text", clip(f.Period.Stated, 60))
		return out
	}
	if open {
		return out
	}
	out.How = v.T("site.how.both_days")
	if rule, ok := incident.Duration(f.Period, lastYear); ok && rule != days {
		out.How = v.T("site.how.other_rule", "n", rule, "year", strconv.Itoa(lastYear))
	}
	return out
}

// operators names the network operators that were involved.
func (v voice) operators(f *incident.Facts) string {
	var out []string
	for _, o := range f.Operators {
		name := o.Name
		if name == "" {
			name = o.Verbatim
		}
		if o.Owner != "" {
			name = v.T("site.operator", "name", name, "owner", o.Owner)
		}
		out = append(out, name)
	}
	return strings.Join(out, v.T("publish.comma"))
}

// groups names those it was aimed at.
func (v voice) groups(f *incident.Facts) string {
	var out []string
	seen := map[string]bool{}
	for _, g := range f.Groups {
		name := v.Term(incident.SchemeGroup, g.Term)
		if g.Term == "others" && g.Verbatim != "" && g.Verbatim != "Others" {
			name = clip(g.Verbatim, 90)
		}
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return v.List(out)
}

// cost gives the amount as others stated it; an address says only where.
func (v voice) cost(c incident.Cost) string {
	if link, ok := webLink(c.Verbatim); ok {
		return v.T("site.cost_at", "host", link.Host)
	}
	return clip(c.Verbatim, 120)
}

// services groups the services by what is known of each, in words.
func (v voice) services(f *incident.Facts) page.Facts {
	by := map[incident.State][]string{}
	for _, e := range f.Services {
		if e.Service != "sms" && e.Service != "phone_calls" {
			by[e.State] = append(by[e.State], v.Service(e.Service))
		}
	}
	out := page.Facts{Short: true}
	for _, state := range []incident.State{incident.Yes, incident.No, incident.Unknown, incident.NotAsked} {
		if list := by[state]; len(list) > 0 {
			out.Items = append(out.Items, page.Fact{Question: v.T("site.services." + string(state)), Answer: v.List(list)})
		}
	}
	return out
}

// maxPlaceRows bounds the table of places.
const maxPlaceRows = 16

// placeBox lists the places that were read out of the area text.
type placeBox struct {
	Rows []placeRow
	More string
}

type placeRow struct {
	Name, Written, How string
}

// places says for each token of the area text what it was taken for and how
// sure that is. Text nobody could match stands as text. It is empty when there
// is nothing to add to the title: the whole country, or one exact place.
func (v voice) places(f *incident.Facts) placeBox {
	var out placeBox
	plain := true
	for _, p := range f.Places {
		if p.Text == "" {
			continue
		}
		row := placeRow{Written: clip(p.Text, 90)}
		switch {
		case p.Unit != "":
			row.Name = geo.UnitName(p.Unit, v.Lang.Tag)
		default:
			row.Name = row.Written
		}
		conf := known(p.Confidence, "exact", "exact_parent", "alias", "fuzzy", "vague", "nation", "none")
		if p.Excluded {
			conf = "excluded"
		}
		row.How = v.T("site.place." + conf)
		plain = plain && (conf == "exact" || conf == "exact_parent")
		if len(out.Rows) < maxPlaceRows {
			out.Rows = append(out.Rows, row)
		}
	}
	if n := len(f.Places) - maxPlaceRows; n > 0 {
		out.More = v.T("site.place.more", "n", n)
	}
	if f.Measure.Whole || len(out.Rows) <= 1 && plain {
		return placeBox{}
	}
	return out
}

// unknowns writes out what is not known: one sentence for each question that
// was asked in vain, and one that lists what nobody asked.
func (v voice) unknowns(f *incident.Facts) (unknown []string, notAsked string) {
	var never []string
	for _, x := range []struct {
		key   string
		state incident.State
	}{
		{"end", endKnown(f)},
		{"ordered_by", termKnown(f.OrderedBy())},
		{"cause", termKnown(f.Cause.Term)},
		{"reason", termKnown(f.Reason.Term)},
		{"network", termKnown(f.Measure.Network)},
		{"acknowledged", f.Reason.Acknowledged},
		{"legal", f.Legal.Claimed},
		{"calls", f.Effect("phone_calls")},
		{"sms", f.Effect("sms")},
		{"notified", f.Flag("users_notified")},
		{"telco", f.Telco.Acknowledged},
		{"election", f.Flag("election")},
		{"violence", f.Flag("violence")},
		{"hr_abuse", f.Flag("hr_abuse")},
	} {
		switch state := x.state; {
		case causeSays(f, x.key):
		case state == incident.Unknown:
			unknown = append(unknown, v.T("site.unknown."+x.key))
		case state == incident.NotAsked || state == "":
			never = append(never, v.T("site.never."+x.key))
		}
	}
	if len(never) > 0 {
		notAsked = v.T("site.never.sentence", "list", v.List(never))
	}
	return unknown, notAsked
}

// causeSays tells that the stated cause answers a question that a sheet asks apart.
func causeSays(f *incident.Facts, question string) bool {
	return question == "election" && f.Cause.Term == "elections"
}

func termKnown(key string) incident.State {
	switch key {
	case "":
		return incident.NotAsked
	case "unknown", "not_sure":
		return incident.Unknown
	}
	return incident.Yes
}

func endKnown(f *incident.Facts) incident.State {
	switch {
	case f.Period.End != "":
		return incident.Yes
	case f.Period.EndState == string(incident.NotAsked):
		return incident.NotAsked
	}
	return incident.Unknown
}

// side is one half of "what they said, what happened".
type side struct {
	Title     string
	Sentences []string
	Detail    *quote // the coalition's words
	Filed     bool   // they are those of who filed it at the desk
	Quote     *quote // words of the authority, in their language
	Links     []sourceLink
}

// detail adds the coalition's words; a bare address becomes a link.
func (s *side) detail(text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	if link, ok := webLink(text); ok && !strings.ContainsAny(text, " \n") {
		s.Links = append(s.Links, link)
		return
	}
	s.Detail = &quote{text, "en"}
}

// bothSides puts the official reason next to the actual cause.
func (v voice) bothSides(f *incident.Facts) (said, happened side) {
	add := func(s *side, text string) {
		if text != "" {
			s.Sentences = append(s.Sentences, text)
		}
	}
	said.Title, happened.Title = v.T("site.sides.said"), v.T("site.sides.happened")
	if foreign(f) != "" {
		said.Title = v.T("site.sides.reason")
	}
	add(&said, v.sayReason(f))
	if f.Reason.Term == "" {
		add(&said, v.T("site.sides.no_reason"))
	}
	add(&said, v.sayAcknowledged(f))
	if f.Telco.Acknowledged == incident.Yes {
		add(&said, v.T("site.sides.telco"))
	}
	said.detail(f.Reason.Details)
	if q := strings.TrimSpace(f.Reason.Quote); q != "" {
		said.Quote = &quote{q, ""}
	}
	for _, text := range []string{f.Reason.Source, f.Telco.Source} {
		for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ' ' || r == '\n' }) {
			if link, ok := webLink(part); ok {
				said.Links = append(said.Links, link)
			}
		}
	}
	add(&happened, v.sayIf("site.say.cause.", f.Cause.Term))
	if f.Cause.Term == "" {
		add(&happened, v.T("site.sides.no_cause"))
	}
	for _, key := range []string{"election", "violence", "hr_abuse"} {
		if f.Flag(key) == incident.Yes && !causeSays(f, key) {
			add(&happened, v.T("site.sides."+key))
		}
	}
	happened.detail(f.Cause.Details)
	return said, happened
}
