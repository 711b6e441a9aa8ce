package app

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/evidence"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
)

// attack is a form whose fields are filled with payloads: all texts at once, all
// choices at once, the other fields as they are.
type attack struct {
	method, path   string
	fields         form
	texts, choices []string
	views          []string // the pages that show what was written
}

// attacksOn lists every form of people and organisations. who is the person, org
// the organisation whose pages are written to.
func attacksOn(who, org, join string) []attack {
	person, organisation := "/desk/people/"+who, "/desk/organisations/"+org
	names := []string{"name_en", "name_ar", "name_fr", "name_own", "alias"}
	described := form{"name_en", "Word", "name_own", "Word", "alias", "Word", "countries", "Kenya", "listed", "yes", "kind", "member", "state", "active"}
	return []attack{
		{"GET", "/account/enter", nil, []string{"next", "said"}, nil, nil},
		{"POST", "/account/enter", form{"name", "Word", "code", "1"}, []string{"name", "code", "device", "next"}, []string{"answer", "ticket"}, nil},
		{"POST", join, form{"name", "x", "passphrase", "x"}, []string{"name", "device"}, []string{"lang", "passphrase"}, nil},
		{"POST", "/account/name", form{"name", "Word", "lang", "en"}, []string{"name"}, []string{"lang"}, []string{"/account", "/desk/people"}},
		{"POST", "/account/passkey", form{"label", "word"}, []string{"label"}, []string{"ticket", "answer"}, nil},
		{"POST", "/account/clock", form{"code", "1", "secret", "word"}, []string{"code", "secret"}, nil, nil},
		{"POST", "/account/passphrase", form{}, nil, []string{"passphrase"}, nil},
		{"POST", "/account/mail", form{"address", "word", "hour", "7"}, []string{"address"}, []string{"hour"}, []string{"/account"}},
		{"POST", "/account/mail/code", form{"code", "1"}, []string{"code"}, nil, nil},
		{"POST", "/account/mail/hour", form{"hour", "7"}, nil, []string{"hour"}, nil},
		{"GET", "/desk/people", nil, []string{"q"}, []string{"page", "said"}, nil},
		{"GET", "/desk/people/invite", nil, []string{"organisation"}, nil, nil},
		{"POST", "/desk/people/invite", form{"organisation", org, "role", "reader"}, []string{"note"}, []string{"organisation", "role", "area"}, nil},
		{"POST", person + "/give", form{"organisation", org, "role", "reader"}, []string{"area", "role"}, []string{"organisation"}, nil},
		{"POST", person + "/suspend", form{"reason", "word"}, []string{"reason"}, nil, nil},
		{"POST", person + "/restore", form{"reason", "word"}, []string{"reason"}, nil, nil},
		{"POST", organisation, described, names, []string{"listed", "kind", "state", "countries"}, []string{organisation, "/desk/organisations"}},
		{"POST", "/desk/organisations", form{"listed", "yes"}, names, []string{"listed", "kind", "countries"}, nil},
		{"POST", "/desk/modes", form{"mode", "logged_in", "active", "off"}, []string{"mode", "active"}, nil, nil},
		{"POST", "/desk/modes", form{"mode", "closed", "active", "off", "reason_closed", "word"}, []string{"reason_closed"}, nil, []string{"/desk/modes"}},
	}
}

// attacksOnCases lists every form of a case, of its evidence and of a dispute.
// Each case is given its own lead, so that no page grows with the payloads.
func (x *deskSite) attacksOnCases(v *visitor) []attack {
	lead := v.file("title", "Word")
	talk, doubt, torn := v.file("title", "Word"), v.file("title", "Word"), v.file("title", "Word")
	item := func() string {
		it, err := x.work.items.Add(x.t.Context(), v.actor(), strings.TrimPrefix(lead, "/desk/leads/"), evidence.Filing{Draft: evidence.Draft{Kind: "statement", Class: "N", Title: "word", Says: "word", Audience: evidence.Open, Precision: "region"}})
		if err != nil {
			x.t.Fatal(err)
		}
		return "/desk/evidence/" + it.Ref
	}()
	claim := lead + "/claims/why"
	texts := []string{"title", "countries", "area", "services", "operators", "telco_quote", "decided_by", "home", "cause_details", "reason_details", "gov_quote", "legal_text", "event", "note", "start", "end"}
	choices := []string{"geo_scope", "method", "network", "extent", "start_kind", "end_state", "ordered_by", "cause", "reason", "gov_ack", "election", "groups", "urgency", "organisation", "base_why"}
	stated := form{"countries", "Iran", "start", "2026-01-08", "start_kind", "actual", "end_state", "ongoing"}
	return []attack{
		{"GET", "/desk", nil, []string{"q", "country", "after"}, []string{"state", "urgency", "said"}, nil},
		{"POST", "/desk/filters", form{"query", "mine=1"}, []string{"query"}, nil, nil},
		{"POST", "/desk/recodings/preview", recodingForm, []string{"methodology", "why", "first", "last"}, []string{"from", "into", "country"}, nil},
		{"POST", "/desk/recodings", recodingForm, []string{"methodology", "why", "first", "last"}, []string{"from", "into", "country", "leave", "seen"}, nil},
		{"POST", "/desk/leads/new", form{"urgency", "1", "countries", "Iran"}, texts, choices, nil},
		{"POST", lead + "/edit", stated, []string{"area", "operators", "telco_quote", "decided_by", "cause_details", "reason_details", "gov_quote", "legal_text", "event"}, nil, []string{lead, lead + "/edit"}},
		{"POST", lead + "/edit?claim=why", stated, []string{"cause_details", "gov_quote", "legal_text"}, choices, []string{claim, lead + "/sign", lead + "/publish"}},
		{"POST", lead + "/rename", form{}, []string{"title"}, nil, []string{lead, "/desk"}},
		{"POST", talk + "/say", form{}, []string{"body"}, []string{"mention"}, []string{talk}},
		{"POST", doubt + "/disagree", form{"claim", "why"}, []string{"body"}, []string{"claim"}, []string{doubt, doubt + "/claims/why", "/desk"}},
		{"POST", lead + "/grade", form{"claim", "why", "grade", "probable"}, []string{"note"}, []string{"grade"}, nil},
		{"POST", lead + "/park", form{}, []string{"reason"}, nil, []string{lead}},
		{"POST", lead + "/reopen", form{}, []string{"reason"}, nil, nil},
		{"POST", lead + "/embargo", form{"until", time.Now().AddDate(0, 1, 0).Format(time.DateOnly)}, []string{"reason"}, []string{"until"}, []string{lead, lead + "/publish"}},
		{"POST", lead + "/merge", form{"into", "L-1999-0001"}, []string{"reason", "into"}, nil, nil},
		{"POST", torn + "/split", form{"title", "word"}, nil, []string{"item"}, nil},
		{"POST", lead + "/hand-over", form{}, []string{"note"}, []string{"to"}, nil},
		{"POST", lead + "/plan", form{"urgency", "1"}, []string{"due"}, []string{"urgency"}, nil},
		{"POST", lead + "/sign", form{"revision", "1"}, []string{"note"}, []string{"looked", "revision"}, nil},
		{"POST", lead + "/publish-urgently", form{}, []string{"urgent_reason"}, nil, nil},
		{"POST", torn + "/evidence/new", form{"kind", "statement", "class", "N"}, []string{"title", "says", "url", "speaker", "place_exact", "place_locality", "place_region", "lang"}, []string{"kind", "class", "source", "information"}, nil},
		{"POST", item + "/edit", form{"kind", "statement", "class", "N", "version", "1"}, []string{"title", "says", "url", "speaker", "place_exact"}, []string{"class"}, []string{item, lead}},
		{"POST", item + "/withdraw", form{"version", "1"}, nil, []string{"version"}, nil},
		{"POST", item + "/redact", form{}, []string{"passage", "text"}, []string{"reason"}, []string{item}},
	}
}

// TestPayloads writes every payload into every field of every form of people and
// organisations.
func TestPayloads(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		x.walker(chief) // one stays
		org := x.organisation(coalition.Member, "Word")
		who := x.join("Somebody", coalition.Grant{Organisation: x.other.Ref, Role: desk.Reader})
		join := "/account/join/" + x.invited(coalition.Grant{Organisation: x.other.Ref, Role: desk.Reader}, false)
		v := x.walker(chief)
		known := x.bombard(t, v, attacksOn(who.p.Ref, org.Ref, join))
		for _, problem := range x.harm(v.get("/desk/people"), known) { // with every note that was taken
			t.Errorf("open invitations: %s", problem)
		}
	})
}

// TestPayloadsInCases does the same to cases.
func TestPayloadsInCases(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startDesk(t, d)
		v := x.join("Somebody", coalition.Grant{Organisation: x.home.Ref, Role: desk.Editor})
		x.bombard(t, v, x.attacksOnCases(v))
	})
}

// few forms are given every payload each.
const few = 20

// bombard writes every payload into every field of forms. The answers, and the
// pages that show what was stored, are built of nothing but what they are built
// of with plain words; nothing turns the writing round; nothing is a mistake of
// ours.
func (x *deskSite) bombard(t *testing.T, v *visitor, list []attack) htmlcheck.Vocabulary {
	t.Helper()
	payloads := htmlcheck.Payloads()
	if x.d.Engine == db.Postgres { // what a database could mind
		payloads = slices.DeleteFunc(payloads, func(p string) bool {
			return strings.Contains(p, "alert") || strings.Contains(p, "evil") || strings.Contains(p, "8680439") || strings.Contains(p, "eval(")
		})
	}
	sent, known := 0, htmlcheck.Vocabulary{}
	for _, a := range list {
		htmlcheck.Run([]byte(v.get(a.path).body), known.Learn) // the form before anybody wrote into it
		for _, text := range []string{"", "word", "KE", "on", strings.Repeat("word ", 200)} {
			for _, g := range append(x.strike(v, a, a.texts, text), x.strike(v, a, a.choices, text)...) {
				htmlcheck.Run([]byte(g.body), known.Learn)
			}
		}
	}
	for _, a := range list {
		for i, p := range payloads {
			if (len(a.views) == 0 || len(a.views) > 2) && i%4 != 0 && len(list) > few { // where nothing is shown again, or the same in many places, a part is enough
				continue
			}
			for n, group := range [][]string{a.texts, a.choices} {
				if len(group) == 0 || n == 1 && i%4 != 0 { // of choices a part is enough: nobody sees them again
					continue
				}
				for _, g := range x.strike(v, a, group, p) {
					sent++
					for _, problem := range x.harm(g, known) {
						t.Errorf("%s %s %v with %.60q: %s", a.method, a.path, group, p, problem)
					}
				}
			}
		}
	}
	if text := x.log.String(); text != "" {
		t.Errorf("mistakes of ours: %.800s", text)
	}
	t.Logf("%d payloads, %d answers", len(payloads), sent)
	return known
}

// strike sends a form with a text in some fields, and opens the pages that show
// it.
func (x *deskSite) strike(v *visitor, a attack, group []string, text string) []answer {
	x.t.Helper()
	q := url.Values{}
	for i := 0; i+1 < len(a.fields); i += 2 {
		q.Set(a.fields[i], a.fields[i+1])
	}
	for _, f := range group {
		q.Set(f, text)
	}
	if a.method == http.MethodGet {
		return []answer{v.get(a.path + "?" + q.Encode())}
	}
	q.Set("_t", v.formToken())
	out := []answer{v.ask(a.method, a.path, q)}
	if out[0].status < 400 {
		for _, view := range a.views {
			out = append(out, v.get(view))
		}
	}
	return out
}

// said is a cookie that says what an act did, in our own letters.
var said = regexp.MustCompile(`^desk-said=[\w-]*; `)

// harm tells what is wrong with an answer to a payload.
func (x *deskSite) harm(g answer, known htmlcheck.Vocabulary) []string {
	switch to := g.location; {
	case g.status == http.StatusRequestURITooLong: // answered before the desk
		return nil
	case g.status >= 500:
		return []string{"our mistake"}
	case to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n")):
		return []string{"leads to " + to}
	case slices.ContainsFunc(g.header.Values("Set-Cookie"), func(c string) bool { return !said.MatchString(c) }):
		return []string{"sets a cookie"}
	case g.body == "" || !strings.HasPrefix(g.header.Get("Content-Type"), "text/html"):
		return nil
	}
	return htmlcheck.Run([]byte(g.body), htmlcheck.Unturned, known.Only)
}
