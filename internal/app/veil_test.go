package app

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"keepiton/internal/coalition"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestVeil: where the reviewers of a country do not see one another's names, no page
// tells one; a letter is the same person on every page of a case; only an editor for
// that very country reads names.
func TestVeil(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := startDesk(t, d)
		c := x.crew()
		lead := c.author.file()
		c.author.prove(lead)
		ref := strings.TrimPrefix(lead, "/desk/leads/")
		if err := x.work.cases.Veil(ctx, c.editor.actor(), ref, true); err != nil {
			t.Fatal(err)
		}
		everybody := func(int64, string) bool { return true }
		for _, err := range []error{x.work.cases.Lease(ctx, c.first.actor(), ref),
			x.work.cases.Say(ctx, c.author.actor(), ref, "look", []int64{c.second.p.ID}, everybody),
			x.work.cases.Disagree(ctx, c.first.actor(), ref, "when", "the day is wrong", 0)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		item := regexp.MustCompile(`/desk/evidence/E-\d+-\d+`).FindString(c.author.get(lead).body)
		elsewhere := x.join("Fatou", coalition.Grant{Organisation: x.home.Ref, Role: desk.Editor, Area: "KE"}, coalition.Grant{Organisation: x.home.Ref, Role: desk.Verifier})
		pages := []string{"/desk", lead, lead + "/claims/when", lead + "/more", lead + "/sign", item}
		for who, v := range map[string]*visitor{"a verifier": c.second, "an editor for another country": elsewhere} {
			for _, page := range pages {
				a := v.get(page)
				if a.status != http.StatusOK {
					t.Errorf("%s: %d", page, a.status)
				}
				_, main, _ := strings.Cut(a.body, "<main")
				for _, name := range []string{"Amina", "Boris"} {
					if strings.Contains(main, name) {
						t.Errorf("%s reads of %s on %s", who, name, page)
					}
				}
				if page != "/desk" && strings.Contains(main, "A group in Kenya") {
					t.Errorf("%s reads an organisation on %s", who, page)
				}
			}
		}
		if a := c.editor.get(lead); !strings.Contains(a.body, "Amina") || !strings.Contains(a.body, "A group in Kenya") {
			t.Error("an editor for the country reads no names")
		}
		letter := func(page, of string) string {
			t.Helper()
			m := regexp.MustCompile(of).FindStringSubmatch(c.second.get(page).body)
			if m == nil {
				t.Fatalf("%s does not tell who", page)
			}
			return m[1]
		}
		filer := letter(lead, `filed .*? by .?Reviewer (\w+)`)
		if other := letter(item, `filed .*? by .?Reviewer (\w+)`); other != filer {
			t.Errorf("the same person is %s in the case and %s on the item", filer, other)
		}
		if other := letter(lead+"/claims/when", `Reviewer (\w+).?, [^<]*</dt><dd><bdi>the day is wrong`); other == filer {
			t.Errorf("two people are both %s", filer)
		}
	})
}

// TestMentionsFollowRights: whoever may not see a country any more is not told what
// is said there.
func TestMentionsFollowRights(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	lead := c.author.file("title", "A secret valley")
	c.author.post(lead+"/say", "body", "look", "mention", itoa(c.second.p.ID))
	if a := c.second.get("/desk"); !strings.Contains(a.body, "called you") {
		t.Fatal("the mention does not show")
	}
	ctx := context.Background()
	p, err := x.office.Person(ctx, nil, c.second.p.Ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.office.Give(ctx, nil, p.Person, coalition.Grant{Organisation: x.home.Ref, Role: desk.Verifier, Area: "KE"}); err != nil {
		t.Fatal(err)
	}
	if err := x.office.Take(ctx, nil, p.Roles[0].ID); err != nil {
		t.Fatal(err)
	}
	if a := c.second.get("/desk"); a.status != http.StatusOK || strings.Contains(a.body, "A secret valley") || strings.Contains(a.body, "called you") {
		t.Error("a mention outlives the role")
	}
}

// TestDownloadIsAskedForHere: a link elsewhere puts nothing under somebody's name.
func TestDownloadIsAskedForHere(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	v := x.join("Amina", coalition.Grant{Organisation: x.other.Ref, Role: desk.Contributor})
	ref, digest := x.itemIn("KE", false, true)
	file := "/desk/evidence/" + ref + "/file/" + digest
	touched := func() int { return strings.Count(v.get("/desk/evidence/"+ref).body, "downloaded") }
	before := touched()
	for _, site := range []string{"cross-site", "same-site"} {
		v.head = http.Header{"Sec-Fetch-Site": {site}}
		if a := v.get(file); a.status != http.StatusForbidden {
			t.Errorf("%s: %d", site, a.status)
		}
	}
	if a := x.nobody().get(file); !strings.HasSuffix(a.location, "next=%2Fdesk%2Fevidence%2F"+ref) {
		t.Errorf("after logging in a file opens by itself: %s", a.location)
	}
	v.head = http.Header{}
	if touched() != before {
		t.Error("a link elsewhere counts as a download")
	}
	v.head = http.Header{"Sec-Fetch-Site": {"same-origin"}}
	if a := v.get(file); a.status != http.StatusOK {
		t.Errorf("from our own page: %d", a.status)
	}
	if v.head = (http.Header{}); touched() == before {
		t.Error("a download is not noted")
	}
}
