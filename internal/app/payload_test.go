package app

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/coalition"
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

// TestPayloads writes every payload into every field of every form. The answers,
// and the pages that show what was stored, are built of nothing but what they are
// built of with plain words; nothing turns the writing round; nothing is a mistake
// of ours.
func TestPayloads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		payloads := htmlcheck.Payloads()
		if d.Engine == db.Postgres { // what a database could mind
			payloads = slices.DeleteFunc(payloads, func(p string) bool {
				return strings.Contains(p, "alert") || strings.Contains(p, "evil") || strings.Contains(p, "8680439") || strings.Contains(p, "eval(")
			})
		}
		x := startDesk(t, d)
		x.walker(chief) // one stays
		org := x.organisation(coalition.Member, "Word")
		who := x.join("Somebody", coalition.Grant{Organisation: x.other.Ref, Role: desk.Reader})
		join := "/account/join/" + x.invited(coalition.Grant{Organisation: x.other.Ref, Role: desk.Reader}, false)
		v, sent, known := x.walker(chief), 0, htmlcheck.Vocabulary{}
		list := attacksOn(who.p.Ref, org.Ref, join)
		for _, a := range list {
			for _, text := range []string{"", "word", "KE", "on", strings.Repeat("word ", 200)} {
				for _, g := range append(x.strike(v, a, a.texts, text), x.strike(v, a, a.choices, text)...) {
					htmlcheck.Run([]byte(g.body), known.Learn)
				}
			}
		}
		for _, a := range list {
			for i, p := range payloads {
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
		for _, problem := range x.harm(v.get("/desk/people"), known) { // with every note that was taken
			t.Errorf("open invitations: %s", problem)
		}
		if text := x.log.String(); text != "" {
			t.Errorf("mistakes of ours: %.800s", text)
		}
		t.Logf("%d payloads, %d answers", len(payloads), sent)
	})
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

// harm tells what is wrong with an answer to a payload.
func (x *deskSite) harm(g answer, known htmlcheck.Vocabulary) []string {
	switch to := g.location; {
	case g.status == http.StatusRequestURITooLong: // answered before the desk
		return nil
	case g.status >= 500:
		return []string{"our mistake"}
	case to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n")):
		return []string{"leads to " + to}
	case g.header.Get("Set-Cookie") != "":
		return []string{"sets a cookie"}
	case g.body == "" || !strings.HasPrefix(g.header.Get("Content-Type"), "text/html"):
		return nil
	}
	return htmlcheck.Run([]byte(g.body), htmlcheck.Unturned, known.Only)
}
