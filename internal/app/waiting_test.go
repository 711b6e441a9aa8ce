package app

import (
	"encoding/xml"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/digest"
	"keepiton/internal/evidence"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
)

// secrets are what was written in the cases of [busyDesk]: nothing of it is told
// where it is told what waits.
var secrets = []string{"Tehran", "Karaj", "Iran", "WhatsApp", "Amina", "Boris", "Chen", "Dana", "The Office", "A group in Kenya", "canary"}

// busyDesk is a desk at which something of every kind waits.
type busyDesk struct {
	*deskSite
	crew
	lead, own string // cases that can be signed; the second by those who did not prove it
	item      string // of which more could go out
	dispute   string
}

func startBusyDesk(t *testing.T, d *db.DB) *busyDesk {
	t.Helper()
	ctx := t.Context()
	x := startDesk(t, d)
	b := &busyDesk{deskSite: x, crew: x.crew()}
	ref := func(path string) string { return strings.TrimPrefix(path, "/desk/leads/") }
	b.lead, b.own = ref(b.author.file()), ref(b.author.file())
	b.author.prove("/desk/leads/" + b.lead)
	b.second.prove("/desk/leads/" + b.own)
	it, err := x.work.items.Add(ctx, b.author.actor(), b.lead, evidence.Filing{Draft: evidence.Draft{Kind: "statement", Class: "N", Title: "canary", Says: "canary", Audience: evidence.Confidential, Precision: "region"}, Provenance: evidence.Provenance{Own: true}})
	if err != nil {
		t.Fatal(err)
	}
	wider := it.Draft
	wider.Audience = evidence.Open
	if _, _, err := x.work.items.Edit(ctx, b.author.actor(), it.Ref, it.Version, wider); err != nil {
		t.Fatal(err)
	}
	b.item = it.Ref
	if err := x.work.cases.Lease(ctx, b.author.actor(), b.own); err != nil {
		t.Fatal(err)
	}
	if err := x.work.cases.Plan(ctx, b.author.actor(), b.own, 1, time.Now().Add(-time.Hour).UnixMicro()); err != nil {
		t.Fatal(err)
	}
	b.dispute = x.disputeIn("KE")
	for _, a := range []answer{b.second.post("/desk/leads/"+b.lead+"/say", "body", "canary", "mention", itoa(b.reader.p.ID)),
		b.editor.post("/desk/releases", "label", "2026-Q1", "as_of", "2026-01-31")} {
		if a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	return b
}

var (
	aboutKind = regexp.MustCompile(`(?s)<section id="?(\w+)"?>.*?</section>`)
	listedRef = regexp.MustCompile(`<bdi>([^<]+)</bdi></a>`)
)

// waits reads the page of what waits: the references of each kind.
func (v *visitor) waits() map[string][]string {
	v.x.t.Helper()
	a := v.get(digest.Path)
	if a.status != http.StatusOK {
		v.x.t.Fatalf("%d %s", a.status, a.body)
	}
	out := map[string][]string{}
	for _, m := range aboutKind.FindAllStringSubmatch(a.body, -1) {
		for _, r := range listedRef.FindAllStringSubmatch(m[0], -1) {
			out[m[1]] = append(out[m[1]], r[1])
		}
	}
	return out
}

// expectWaits compares what waits for somebody with kind, reference, kind, reference …
func (v *visitor) expectWaits(what string, pairs ...string) {
	v.x.t.Helper()
	want := map[string][]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		want[pairs[i]] = append(want[pairs[i]], pairs[i+1])
	}
	if got := v.waits(); !maps.EqualFunc(got, want, slices.Equal) {
		v.x.t.Errorf("%s: %v waits, not %v", what, got, want)
	}
}

// TestWhatWaits: everybody finds what waits for them and can be done by them, and
// nothing else; what is done is gone.
func TestWhatWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := startBusyDesk(t, d)
		kenya := b.join("Faraja", coalition.Grant{Organisation: b.home.Ref, Role: desk.Editor, Area: "KE"})
		b.author.expectWaits("who wrote both cases", digest.Due, b.own)
		b.first.expectWaits("a verifier", digest.Sign, b.own, digest.Sign, b.lead, digest.Consent, b.item, digest.Releases, "2026-Q1")
		b.second.expectWaits("a verifier who proved one case alone", digest.Sign, b.lead, digest.Releases, "2026-Q1")
		b.editor.expectWaits("an editor", digest.Sign, b.own, digest.Sign, b.lead, digest.Disputes, b.dispute)
		b.reader.expectWaits("a reader who was called", digest.Calls, b.lead)
		kenya.expectWaits("an editor in Kenya", digest.Disputes, b.dispute)

		if a := b.first.sign("/desk/leads/" + b.lead); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, a.body)
		}
		b.first.expectWaits("who signed", digest.Sign, b.own, digest.Consent, b.item, digest.Releases, "2026-Q1")
		b.join("Gita", coalition.Grant{Organisation: b.other.Ref, Role: desk.Verifier}).
			expectWaits("of an organisation that signed", digest.Sign, b.own, digest.Consent, b.item, digest.Releases, "2026-Q1")
		b.second.expectWaits("of the other organisation", digest.Sign, b.lead, digest.Releases, "2026-Q1")
		b.reader.get("/desk/leads/" + b.lead)
		b.reader.expectWaits("who looked")
		if err := b.work.cases.Declare(t.Context(), b.second.actor(), b.lead, "my cousin"); err != nil {
			t.Fatal(err)
		}
		b.second.expectWaits("who is too close to it", digest.Releases, "2026-Q1")
	})
}

// TestWhatWaitsIsSaidByNumber: in every language, with the number in the
// navigation of every page, and without a word of what anybody wrote.
func TestWhatWaitsIsSaidByNumber(t *testing.T) {
	b := startBusyDesk(t, dbtest.SQLite(t))
	a := b.first.get(digest.Path)
	a.sound(t, "the page", htmlcheck.HasText("h1", "What waits for you"), htmlcheck.HasText("#sign", "2 cases wait for your signature"),
		htmlcheck.HasText("nav", "For you (4)"), htmlcheck.Has(`a[href="/desk/leads/`+b.lead+`/sign"]`), htmlcheck.Has(`a[href="/desk/evidence/`+b.item+`"]`))
	b.author.get(digest.Path).sound(t, "what is due", htmlcheck.HasText("#due", "was due"))
	b.first.get("/desk/organisations").sound(t, "another page", htmlcheck.HasText("nav", "For you (4)"))
	for _, prefix := range []string{"", "/ar", "/fr", "/lite"} {
		for _, v := range []*visitor{b.author, b.first, b.second, b.editor, b.reader} {
			a := v.get(prefix + digest.Path)
			_, main, _ := strings.Cut(a.body, "<main")
			main, _, _ = strings.Cut(main, "</main>")
			if a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" || main == "" {
				t.Fatalf("%s: %d %v", prefix, a.status, a.header)
			}
			for _, secret := range secrets {
				if strings.Contains(main, secret) {
					t.Errorf("%s: %s is told", prefix, secret)
				}
			}
		}
	}
	idle := b.join("Hamid", coalition.Grant{Organisation: b.other.Ref, Role: desk.Reader})
	idle.get(digest.Path).sound(t, "nothing", htmlcheck.HasText("main", "Nothing waits for you."), htmlcheck.Has(`main a[href="/desk"]`))
	if a := idle.get("/desk"); strings.Contains(a.body, "For you (") {
		t.Error("a number without anything that waits")
	}
}

var feedAddress = regexp.MustCompile(`http://[^<\s]+(/desk/feeds/([\w-]{22})\.atom)`)

// subscribe makes a feed address and gives its path and its secret.
func (v *visitor) subscribe() (path, secret string) {
	v.x.t.Helper()
	a := v.post("/account/feed")
	m := feedAddress.FindStringSubmatch(a.body)
	if a.status != http.StatusOK || m == nil {
		v.x.t.Fatalf("no feed address: %d %s", a.status, a.body)
	}
	return m[1], m[2]
}

// TestFeedOfWhatWaits: whoever has the address reads by number what waits for its
// person, in any language, without a cookie; a new address, a removal and whatever ends
// all sessions ends it.
func TestFeedOfWhatWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := startBusyDesk(t, d)
		reader := b.nobody()
		was, _ := b.first.subscribe()
		path, secret := b.first.subscribe()
		if a := reader.get(was); a.status != http.StatusNotFound {
			t.Errorf("a replaced address: %d", a.status)
		}
		for prefix, says := range map[string]string{"": "2 cases wait for your signature", "/fr": "2 dossiers attendent votre signature", "/ar": "ملفان ينتظران توقيعك"} {
			a := reader.get(prefix + path)
			var f struct {
				Updated string `xml:"updated"`
				Entries []struct {
					ID      string `xml:"id"`
					Title   string `xml:"title"`
					Summary string `xml:"summary"`
				} `xml:"entry"`
			}
			if err := xml.Unmarshal([]byte(a.body), &f); err != nil || a.status != http.StatusOK || f.Updated == "" || len(f.Entries) != 3 || len(a.header["Set-Cookie"]) != 0 ||
				a.header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(a.header.Get("Content-Type"), "application/atom+xml") {
				t.Fatalf("%s: %d %v %v %s", prefix, a.status, err, a.header, a.body)
			}
			if f.Entries[0].Title != says || !strings.Contains(f.Entries[0].Summary, b.lead) {
				t.Errorf("%s: %+v", prefix, f.Entries[0])
			}
			for _, hidden := range append([]string{secret}, secrets...) {
				if strings.Contains(a.body, hidden) {
					t.Errorf("%s: the feed tells %s", prefix, hidden)
				}
			}
		}
		before := reader.get(path).body
		if again := reader.get(path).body; again != before {
			t.Errorf("the same, told otherwise:\n%s\n%s", before, again)
		}
		b.first.sign("/desk/leads/" + b.lead)
		if after := reader.get(path).body; !strings.Contains(after, "1 case waits") {
			t.Errorf("after a signature: %s", after)
		}
		b.first.get("/account").sound(t, "the own page", htmlcheck.HasText("#feed", "since"), htmlcheck.Has(`form[action="/account/feed/remove"]`))
		if strings.Contains(b.first.get("/account").body, secret) || strings.Contains(everything(t, d)+b.log.String(), secret) {
			t.Error("the secret is kept")
		}

		ctx := t.Context()
		ends := func(what string, v *visitor, do func() error) {
			t.Helper()
			path, _ := v.subscribe()
			if a := reader.get(path); a.status != http.StatusOK {
				t.Fatalf("%s: %d before", what, a.status)
			}
			if err := do(); err != nil {
				t.Fatal(what, err)
			}
			if a := reader.get(path); a.status != http.StatusNotFound {
				t.Errorf("%s: %d after", what, a.status)
			}
		}
		ends("removed", b.first, func() error { b.first.post("/account/feed/remove"); return nil })
		ends("logged out everywhere", b.second, func() error { b.second.post("/account/sessions/end"); return nil })
		ends("suspended and restored", b.author, func() error {
			return errors.Join(b.office.Suspend(ctx, nil, b.author.p.Ref, "a test"), b.office.Restore(ctx, nil, b.author.p.Ref, "a test"))
		})
		path, secret = b.reader.subscribe()
		if err := b.office.SetMode(ctx, nil, "closed", true, "a test"); err != nil {
			t.Fatal(err)
		}
		if a := reader.get(path); a.status != http.StatusServiceUnavailable || strings.Contains(a.body, b.lead) {
			t.Errorf("while the desk is closed: %d", a.status)
		}
		if log := b.log.String(); strings.Contains(log, secret) || !strings.Contains(log, "GET /desk/feeds/{file}") {
			t.Errorf("the log: %s", log)
		}
		if err := b.office.SetMode(ctx, nil, "closed", false, "a test"); err != nil {
			t.Fatal(err)
		}
		ends("everybody logged out", b.editor, func() error { return b.office.SetMode(ctx, nil, "logged_out", true, "a test") })
		for _, path := range []string{"/desk/feeds/.atom", "/desk/feeds/AAAAAAAAAAAAAAAAAAAAAA.atom", strings.TrimSuffix(path, ".atom")} {
			if a := reader.get(path); a.status != http.StatusNotFound {
				t.Errorf("%s: %d", path, a.status)
			}
		}
	})
}

// TestInvitationIsNotLogged: what an address behind the door holds stands in no log,
// not even when the program crashes over it.
func TestInvitationIsNotLogged(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	code := x.invited(coalition.Grant{Organisation: x.other.Ref, Role: desk.Reader}, false)
	if err := x.office.SetMode(t.Context(), nil, "read_only", true, "a test"); err != nil {
		t.Fatal(err)
	}
	a := x.nobody().post("/account/join/"+code, "name", "Heron", "passphrase", deskPass)
	if a.status != http.StatusServiceUnavailable || strings.Contains(x.log.String(), code) || !strings.Contains(x.log.String(), "/account/join/{code}") {
		t.Errorf("%d %s", a.status, x.log.String())
	}
	x.log.Reset()
	mux := http.NewServeMux()
	x.frame.Handle(mux, desk.Route{Method: "GET", Path: "/desk/crashes/{code}", Open: true, Do: func(*desk.Visit) error { panic("a test") }})
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/desk/crashes/"+code, nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(x.log.String(), code) || !strings.Contains(x.log.String(), "/desk/crashes/{code}") {
		t.Errorf("%d %s", w.Code, x.log.String())
	}
}
