package verify

import (
	"net/url"
	"slices"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
)

// Two people state a claim at once. What the second one changed in the value their form
// was made from stays theirs; everything else follows what stands by now.

// Meanwhile is what the form of a claim says when somebody else stated the claim
// while it was filled in.
type Meanwhile struct {
	Both   []Difference // what both changed, and not alike
	Stands string       // what will stand with the form as it is
}

// meeting is a form brought together with what stands by now.
type meeting struct {
	form  url.Values
	facts incident.Facts
	wrong []fault.Field        // they may not go together
	said  map[Claim]*Meanwhile // of the claims that somebody else stated
	clash bool                 // both changed something, and not alike
	fresh bool                 // it states something that does not stand yet
}

// same tells whether two facts answer a question alike, in whatever order they name
// what can be ticked.
func (q question) same(a, b *incident.Facts) bool {
	x, y := q.get(a), q.get(b)
	if q.kind == "many" {
		one, other := strings.Split(x, "\n"), strings.Split(y, "\n")
		slices.Sort(one)
		slices.Sort(other)
		return slices.Equal(one, other)
	}
	return x == y
}

// put writes the answer of facts into a form, as a browser sends it.
func (q question) put(form url.Values, f *incident.Facts) {
	answer := q.get(f)
	switch {
	case q.kind == "tick" || q.kind == "many":
		delete(form, q.name)
		if answer != "" {
			form[q.name] = strings.Split(answer, "\n")
		}
	case q.kind == "line":
		form.Set(q.name, strings.NewReplacer("\r", "", "\n", "").Replace(answer))
	default:
		form.Set(q.name, answer)
	}
}

// changed are the questions that a form answers otherwise than the value it was made
// from: mine is what was read of it.
func (in *reader) changed(claims []Claim, was, mine *incident.Facts) map[string]bool {
	untouched := url.Values{}
	for _, q := range questions {
		if slices.Contains(claims, q.claim) {
			q.put(untouched, was)
		}
	}
	left, _ := in.readClaims(untouched, claims, *was) // what is wrong with it was wrong before
	out := map[string]bool{}
	for _, q := range questions {
		if slices.Contains(claims, q.claim) && !q.same(&left, mine) {
			out[q.name] = true
		}
	}
	if out["end"] || out["end_state"] { // one says nothing without the other
		out["end"], out["end_state"] = true, true
	}
	return out
}

// meet brings a form together with what stands now. since are the claims that somebody
// else stated after it was made from was; mine is what was read of it.
func (in *reader) meet(x *i18n.Texts, form url.Values, claims, since []Claim, was, mine, now *incident.Facts) *meeting {
	changed := in.changed(claims, was, mine)
	m := &meeting{form: form, said: map[Claim]*Meanwhile{}}
	for _, q := range questions {
		switch {
		case changed[q.name]:
			q.put(m.form, mine)
		case slices.Contains(claims, q.claim):
			q.put(m.form, now)
		}
	}
	m.facts, m.wrong = in.readClaims(m.form, claims, *now)
	for _, c := range since {
		said := &Meanwhile{Both: in.clashes(x, c, changed, was, mine, now), Stands: firstText(in.sayValue(x, c, &m.facts), x.T("verify.not_stated"))}
		m.said[c] = said
		m.clash = m.clash || len(said.Both) > 0
	}
	m.fresh = len(changed) > 0 && slices.ContainsFunc(claims, func(c Claim) bool { return !c.same(now, &m.facts) })
	return m
}

// clashes lists the answers of a claim that both changed, and not alike, in words.
func (in *reader) clashes(x *i18n.Texts, c Claim, changed map[string]bool, was, mine, now *incident.Facts) []Difference {
	var out []Difference
	for _, q := range questions {
		if q.claim == c && changed[q.name] && !q.same(was, now) && !q.same(mine, now) {
			out = append(out, Difference{x.T("verify.ask." + q.name), in.whole(x, q, mine), in.whole(x, q, now)})
		}
	}
	return out
}

// whole is one answer in words and in full, also that nothing was stated.
func (in *reader) whole(x *i18n.Texts, q question, f *incident.Facts) string {
	answer := q.get(f)
	if id := "verify.start_kind." + answer; q.name == "start_kind" && x.Has(id) {
		return x.T(id)
	}
	if q.kind != "box" {
		answer = in.sayAnswer(x, q, f)
	}
	return firstText(answer, x.T("verify.not_stated"))
}
