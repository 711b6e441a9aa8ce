package app

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page/htmlcheck"
)

// What people stumbled over who had never seen the desk.

// TestInvitationIsOver: whoever opens a link that was used is told so, and what it
// means if it was not them.
func TestInvitationIsOver(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	grant := coalition.Grant{Organisation: x.other.Ref, Role: desk.Verifier}
	code := "/account/join/" + x.invited(grant, false)
	inside := x.walker(string(desk.Reader))
	inside.get(code).sound(t, "while logged in", htmlcheck.HasText("main", "You are logged in as "+inside.p.Name))
	a := x.nobody().post(code, "name", "", "passphrase", "short")
	a.sound(t, "two mistakes", htmlcheck.Count(".err li", 2), htmlcheck.HasText(".err", "but for passphrases"))
	if a := x.nobody().post(code, "name", "Heron", "passphrase", deskPass); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	a = x.nobody().get(code)
	a.sound(t, "used", htmlcheck.HasText("h1", "lets nobody in any more"), htmlcheck.HasText("main", "somebody else came in with your link"), htmlcheck.Has(`a[href="/account/enter"]`))
	if a.status != http.StatusGone || strings.Contains(a.body, "withdrawn") {
		t.Errorf("%d", a.status)
	}
	x.nobody().get("/account/join/"+x.invited(grant, true)).sound(t, "withdrawn", htmlcheck.HasText("main", "was withdrawn"))
}

// TestTheDoorIsFound: by the addresses people guess, and it leads on to the page that
// was asked for, also past what has to be set up first.
func TestTheDoorIsFound(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	for _, path := range []string{"/login", "/desk/login", "/ar/login"} {
		if a := x.nobody().get(path); a.status != http.StatusSeeOther || !strings.HasSuffix(a.location, desk.Enter) {
			t.Errorf("%s: %d %s", path, a.status, a.location)
		}
	}
	v := x.walker(string(desk.Reader))
	v.get("/account?next=%2Fdesk%2Fleads%2FL-1").sound(t, "on", htmlcheck.Has(`a[href="/desk/leads/L-1"]`))
	if a := v.get("/account?next=https%3A%2F%2Fevil.example"); strings.Contains(a.body, "evil.example/\"") || strings.Contains(a.body, `href="https://evil`) {
		t.Error("another site is led to")
	}
}

// TestLeadFormSaysAllAtOnce: every mistake, each once, each with a link to a field
// that is there; a day that has not come is one.
func TestLeadFormSaysAllAtOnce(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	v := x.crew().author
	a := v.post("/desk/leads/new", "title", "", "countries", "Atlantis", "urgency", "", "start", time.Now().AddDate(1, 0, 0).Format(time.DateOnly))
	a.sound(t, "all", htmlcheck.Count(".err li", 4), htmlcheck.HasText(".err", "has not come yet"), htmlcheck.HasText("main", "Back to the queue"))
	for _, m := range regexp.MustCompile(`<li><a href="#(f-[^"]+)"`).FindAllStringSubmatch(a.body, -1) {
		if !strings.Contains(a.body, `id="`+m[1]+`"`) {
			t.Errorf("a mistake leads to #%s, which is not there", m[1])
		}
	}
	if a := v.post("/desk/leads/new", "title", "Kesh", "countries", "Iran", "urgency", "1", "start", time.Now().UTC().Format(time.DateOnly)); a.status != http.StatusSeeOther {
		t.Errorf("today: %d", a.status)
	}
}

// TestSmallFormsKeepWhatWasWritten: a mistyped number, a decision without its button.
func TestSmallFormsKeepWhatWasWritten(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	a := c.editor.post("/desk/adopt", "incident", "2099-0001")
	a.sound(t, "adopt", htmlcheck.Has(`input[name=incident][value="2099-0001"]`), htmlcheck.HasText(".err", "no public incident"))
	if a.status != http.StatusUnprocessableEntity {
		t.Errorf("%d", a.status)
	}
	ref := x.disputeIn("KE")
	a = c.editor.post("/desk/disputes/"+ref+"/note", "note", "We looked again at the measurements")
	a.sound(t, "no button", htmlcheck.HasText("textarea", "We looked again"), htmlcheck.HasText(".err", "Choose what you do"))
	if !strings.Contains(c.editor.get("/desk").body, "Disputes (1)") {
		t.Error("the menu does not say that a dispute waits")
	}
	if strings.Contains(c.first.get("/desk").body, "Disputes") {
		t.Error("a verifier is told of disputes")
	}
	lead := c.author.file()
	c.editor.post(lead+"/split").sound(t, "split", htmlcheck.Count(".err li", 2))
	a = c.editor.post("/desk/releases", "label", "2099", "as_of", "2099-01-31")
	a.sound(t, "a release of the future", htmlcheck.HasText(".err", "has not come yet"))
	a = c.editor.post(lead+"/split", "title", "Another valley", "reason", "two cases")
	next := c.editor.get(a.location)
	if m := regexp.MustCompile(`id="notice".*?href="(/desk/leads/[^"]+)"`).FindStringSubmatch(next.body); m == nil || m[1] == lead {
		t.Errorf("the message does not lead to the new case: %v", m)
	}
}

// TestHistoryNamesItems: who did what to which item of evidence.
func TestHistoryNamesItems(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	lead := c.author.file()
	c.author.prove(lead)
	page := c.first.get(lead)
	page.sound(t, "history", htmlcheck.HasText(".hist", "Amina added E-"))
	if _, history, _ := strings.Cut(page.body, `class="hist`); strings.Contains(history, "evidence changed") {
		t.Error("the history speaks of the program")
	}
	page.sound(t, "signs", htmlcheck.HasText("#signs", "First-hand account"), htmlcheck.Count("#signs .st", 4))
	if strings.Index(page.body, "<h1") > strings.Index(page.body, `class="queue"`) {
		t.Error("the queue stands before the case")
	}
}

// TestToBeSigned: the tab lists what can be signed now, and nothing else.
func TestToBeSigned(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	ctx := context.Background()
	c := x.crew()
	ref := func(lead string) string { return strings.TrimPrefix(lead, "/desk/leads/") }
	tab := func() string { return c.second.get("/desk?sign=1").body }
	bare := c.author.file("title", "no evidence")
	ready, hidden, public := c.author.file("title", "ready"), c.author.file("title", "hidden"), c.author.file("title", "public")
	for _, lead := range []string{ready, hidden, public} {
		c.author.prove(lead)
	}
	if err := x.work.cases.Embargo(ctx, c.editor.actor(), ref(hidden), time.Now().Add(48*time.Hour).UnixMicro(), "a witness is there"); err != nil {
		t.Fatal(err)
	}
	for _, v := range []*visitor{c.first, c.second} {
		if a := v.sign(public); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	list := tab()
	for lead, want := range map[string]bool{bare: false, ready: true, hidden: false, public: false} {
		if strings.Contains(list, lead) != want {
			t.Errorf("%s in the tab: %v", lead, !want)
		}
	}
	if a := c.editor.post(public + "/publish"); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if strings.Contains(tab(), public) {
		t.Error("what is public and unchanged waits for signatures")
	}
	if a := c.author.post(public+"/edit?claim=who", "ordered_by", "", "decided_by", "The ministry"); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if !strings.Contains(tab(), public) {
		t.Error("a change to a public case is in no verifier's queue")
	}
}

// TestFormerSignatures: who had signed before something changed stands there, with
// the word that it does not count any more.
func TestFormerSignatures(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	lead := c.author.file()
	c.author.prove(lead)
	if a := c.first.sign(lead); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := c.author.post(lead+"/edit?claim=who", "decided_by", "The ministry"); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	c.second.get(lead).sound(t, "after a change", htmlcheck.HasText(".side", "do not count for what stands now"), htmlcheck.HasText(".side", "Boris"))
}

// TestDeskSpeaksArabic: a case is told in the reader's language and with its signs.
func TestDeskSpeaksArabic(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	lead := c.author.file()
	c.author.prove(lead)
	for _, v := range []*visitor{c.first, c.second} {
		v.sign(lead)
	}
	c.editor.post(lead + "/publish")
	_, main, _ := strings.Cut(c.first.get("/ar"+lead).body, "<main")
	for _, wrong := range []string{"signed by two", ">, ", "Iran<"} {
		if strings.Contains(main, wrong) {
			t.Errorf("the Arabic case says %q", wrong)
		}
	}
	if !strings.Contains(main, "إيران") {
		t.Error("the country is not named in Arabic")
	}
}

// TestModesSayWhatTheyDo: before everybody is logged out it stands there who would not
// come back.
func TestModesSayWhatTheyDo(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	x.walker(chief).get("/desk/modes").sound(t, "modes", htmlcheck.HasText("#logged_out", "has not finished setting up"))
}

// TestBackupIsPrivate: an archive of everything confidential is its owner's to read.
func TestBackupIsPrivate(t *testing.T) {
	dir := t.TempDir()
	env := &Env{Ctx: context.Background(), Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{Data: dir}, Log: slog.New(slog.DiscardHandler)}
	d, _, err := env.open()
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
	out := filepath.Join(t.TempDir(), "all.tar.gz")
	if err := (&BackupCmd{Output: out}).Run(env); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("the archive is %v", got)
	}
}

// TestBeginningIsNoError: an empty deployment begins without a mistake in its log.
func TestBeginningIsNoError(t *testing.T) {
	var log bytes.Buffer
	env := &Env{Ctx: context.Background(), Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{Data: t.TempDir()}, Log: slog.New(slog.NewTextHandler(&log, nil))}
	d, _, err := env.open()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	key, err := env.ledgerKey(d, false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(env.Ctx, time.Second)
	defer cancel()
	sealer{db: d, log: ledger.New(d, key)}.keepSealed(ctx, env, time.Hour)
	if strings.Contains(log.String(), "ERROR") {
		t.Error(log.String())
	}
}

// TestDemoSurvivesLoggingOut: after everybody was logged out there are new links.
func TestDemoSurvivesLoggingOut(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	demo := &demo{env: &Env{Ctx: ctx, Stdout: &out, Log: slog.New(slog.DiscardHandler)}, office: x.office,
		orgs: map[string]coalition.Organisation{"office": x.home, "lakes": x.other, "watch": x.other}}
	if err := x.office.SetMode(ctx, nil, account.LoggedOut, true, "a test"); err != nil {
		t.Fatal(err)
	}
	demo.letInAgain("127.0.0.1:8080")
	if n := strings.Count(out.String(), "/account/join/"); n != len(demoLinks) {
		t.Errorf("%d new links: %s", n, out.String())
	}
}

// TestOrganisationsForMembers: everybody who works here reads who else does; what is
// kept from the public about one, and who works for it, its administrators alone.
func TestOrganisationsForMembers(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	ctx := context.Background()
	o := x.other
	o.Alias, o.Countries = "a group in the region", []string{"KE"}
	if _, err := x.office.Save(ctx, nil, o); err != nil {
		t.Fatal(err)
	}
	reader, admin := x.join("Elif", coalition.Grant{Organisation: x.home.Ref, Role: desk.Reader}), x.join("Farid", coalition.Grant{Organisation: o.Ref, Role: desk.Administrator})
	path := "/desk/organisations/" + o.Ref
	for _, page := range []string{"/desk/organisations", path} {
		a := reader.get(page)
		a.sound(t, page, htmlcheck.HasText("main", "A group in Kenya"), htmlcheck.HasText("main", "Kenya"))
		for _, secret := range []string{"a group in the region", "Farid", "1 person"} {
			if strings.Contains(a.body, secret) {
				t.Errorf("%s tells a reader %q", page, secret)
			}
		}
		if a := admin.get(page); !strings.Contains(a.body, "a group in the region") {
			t.Errorf("%s does not tell its administrator", page)
		}
	}
	if a := reader.post(path, "name_en", "Ours now", "listed", "yes"); a.status != http.StatusForbidden {
		t.Errorf("a reader changes it: %d", a.status)
	}
	before := x.onLedger("account.renamed")
	if a := reader.post("/account/name", "name", "Elif the second", "lang", "en"); a.status != http.StatusSeeOther || x.onLedger("account.renamed") != before+1 {
		t.Errorf("a new name is not on the ledger: %d", a.status)
	}
	reader.post("/account/name", "name", "Elif the second", "lang", "fr")
	if x.onLedger("account.renamed") != before+1 {
		t.Error("another language is told as a new name")
	}
}
