package site

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"keepiton/internal/incident"
	"keepiton/internal/platform/i18n"
)

// say is the incident as a paragraph that can be read out: whole sentences,
// each a message of the catalogue, chosen by what the record knows.
func (v voice) say(f *incident.Facts, lastYear, today int) string {
	var out []string
	add := func(s string) {
		if s != "" {
			out = append(out, upperFirst(s))
		}
	}
	add(v.sayWhat(f))
	add(v.sayWhen(f, lastYear, today))
	add(v.sayAlso(f))
	add(v.sayIf("site.say.cause.", f.Cause.Term))
	add(v.sayWho(f))
	add(v.sayReason(f))
	switch violence, abuse := f.Flag("violence") == incident.Yes, f.Flag("hr_abuse") == incident.Yes; {
	case violence && abuse:
		add(v.T("site.say.harm.both"))
	case violence:
		add(v.T("site.say.harm.violence"))
	case abuse:
		add(v.T("site.say.harm.abuse"))
	}
	switch f.Flag("users_notified") {
	case incident.Yes:
		add(v.T("site.say.told.yes"))
	case incident.No:
		add(v.T("site.say.told.no"))
	}
	return strings.Join(out, " ")
}

// sayIf says the sentence of a term, nothing for a term without one.
func (v voice) sayIf(prefix, key string) string {
	if key == "" || !v.Has(prefix+key) {
		return ""
	}
	return v.T(prefix + key)
}

func (v voice) sayWhat(f *incident.Facts) string {
	kind := incident.KindOf(f)
	reach := "part"
	where := v.inSentence(f)
	if wholeCountry(f) {
		reach = "whole"
	}
	if kind == incident.KindBlock {
		return v.sayBlocked(f, reach, where)
	}
	network := f.Measure.Network
	if key := "site.say.what." + kind + "." + network + "." + reach; network == "" || !v.Has(key) {
		network = "unknown"
	}
	return v.T("site.say.what."+kind+"."+network+"."+reach, "where", i18n.Phrase(where))
}

// wholeCountry reports a measure across one country. That it was across several
// is said by their names and "nationwide".
func wholeCountry(f *incident.Facts) bool { return f.Measure.Whole && len(f.Countries) == 1 }

// pluralNames are the services whose names are plurals: one of them "were"
// blocked, not "was".
var pluralNames = map[string]bool{"vpn": true, "vsat": true, "voip": true, "social_media": true, "messaging_apps": true, "other_service": true}

func (v voice) sayBlocked(f *incident.Facts, reach, where string) string {
	var hit []string
	for _, x := range f.Affected() {
		if x != "sms" && x != "phone_calls" {
			hit = append(hit, x)
		}
	}
	services := v.ServiceList(f, 4)
	switch {
	case len(hit) == 0:
		return v.T("site.say.what.block_some."+reach, "where", i18n.Phrase(where))
	case len(hit) == 1 && pluralNames[hit[0]]:
		return v.T("site.say.what.block_plural."+reach, "services", i18n.Phrase(services), "where", i18n.Phrase(where))
	}
	return v.T("site.say.what.block."+reach, "n", len(hit), "services", i18n.Phrase(services), "where", i18n.Phrase(where))
}

// inSentence names the place inside a sentence. Some names take an article
// there; the catalogue knows which.
func (v voice) inSentence(f *incident.Facts) string {
	country := v.Countries(f)
	if len(f.Countries) == 1 {
		if key := "site.say.name." + f.Countries[0].Code; v.Has(key) {
			country = v.T(key)
		}
	}
	if wholeCountry(f) {
		return country
	}
	return v.WhereIn(f, country)
}

func (v voice) sayWhen(f *incident.Facts, lastYear, today int) string {
	p := f.Period
	if p.Start == "" {
		return ""
	}
	if p.Start.Precision() != "day" || p.End != "" && p.End.Precision() != "day" {
		return v.T("site.say.when.loose", "when", v.When(f))
	}
	start := v.Date(string(p.Start))
	days, _, ok := v.spanDays(f, lastYear)
	switch {
	case p.End != "" && p.End == p.Start:
		return v.T("site.say.when.day", "date", start)
	case p.End != "" && ok:
		return v.T("site.say.when.range", "n", days, "start", start, "end", v.Date(string(p.End)))
	case p.End != "":
		return v.T("site.say.when.loose", "when", v.When(f))
	case p.EndState == "ongoing" && lastKnown(f, lastYear) > today:
		return v.T("site.say.when.ongoing_now", "start", start)
	case p.EndState == "ongoing":
		return v.T("site.say.when.ongoing", "n", days, "start", start, "date", v.day(lastKnown(f, lastYear)))
	case p.EndState == "ended":
		return v.T("site.say.when.ended", "start", start)
	case p.EndState == "unknown":
		return v.T("site.say.when.unknown", "start", start)
	}
	return v.T("site.say.when.not_asked", "start", start)
}

// sayAlso names what else was hit: services beside a cut network, calls and
// messages.
func (v voice) sayAlso(f *incident.Facts) string {
	calls, sms := f.Effect("phone_calls") == incident.Yes, f.Effect("sms") == incident.Yes
	switch {
	case calls && sms:
		return v.T("site.say.also.both")
	case calls:
		return v.T("site.say.also.calls")
	case sms:
		return v.T("site.say.also.sms")
	}
	return ""
}

func (v voice) sayWho(f *incident.Facts) string {
	if home := foreign(f); home != "" {
		return v.T("site.say.by.foreign", "country", v.Country(home))
	}
	class := f.OrderedBy()
	if name := strings.TrimSpace(f.DecidedBy()); name != "" && class != "unknown" && utf8.RuneCountInString(name) <= 80 {
		if key := "site.say.by_name." + class; class != "" && v.Has(key) {
			return v.T(key, "name", name)
		}
	}
	return v.sayIf("site.say.by.", class)
}

// sayReason says what was given as the official reason. The sheets do not say
// whose words they were: where an actor came from another country, "the
// authorities" would be read as that country's, so nobody is named.
func (v voice) sayReason(f *incident.Facts) string {
	key := f.Reason.Term
	if foreign(f) == "" || key == "" {
		return v.sayIf("site.say.reason.", key)
	}
	if said := v.sayIf("site.say.reason_on_record.", key); said != "" {
		return said
	}
	return v.T("site.say.reason_on_record.stated", "reason", v.Term(incident.SchemeReason, key))
}

// sayAcknowledged says whether it was acknowledged, of nobody in particular
// where sayReason names nobody.
func (v voice) sayAcknowledged(f *incident.Facts) string {
	answer := known(string(f.Reason.Acknowledged), "yes", "no", "unknown")
	if foreign(f) != "" {
		return v.T("site.sides.on_record." + answer)
	}
	return v.T("site.sides.acknowledged." + answer)
}

// foreign is the home of a state actor that cut people off in another country,
// "" when there is none.
func foreign(f *incident.Facts) string {
	if !f.CrossBorder() {
		return ""
	}
	for _, a := range f.Actors {
		home := false
		for _, c := range f.Countries {
			home = home || c.Code == a.Home
		}
		if a.Home != "" && !home {
			return a.Home
		}
	}
	return ""
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
