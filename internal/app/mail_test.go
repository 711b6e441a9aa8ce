package app

import (
	"bytes"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/digest"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/mail"
	"keepiton/internal/platform/mail/mailtest"
	"keepiton/internal/platform/page/htmlcheck"
)

// mailbox is an address nobody but its owner and the mail server may see.
const mailbox = "zecretbox@post.example"

var mailedCode = regexp.MustCompile(`\b[2-9a-z]{4}-[2-9a-z]{4}\b`)

// subscribes gives an address by the pages, with the code from the mail.
func (v *visitor) subscribes(address string) {
	v.x.t.Helper()
	v.x.mails.Got()
	if a := v.post("/account/mail", "address", address, "hour", "7"); a.status != http.StatusSeeOther {
		v.x.t.Fatalf("%d %s", a.status, a.body)
	}
	got := v.x.mails.Got()
	if len(got) != 1 || got[0].To != address {
		v.x.t.Fatalf("no code: %v", got)
	}
	if a := v.post("/account/mail/code", "code", mailedCode.FindString(got[0].Text)); a.status != http.StatusSeeOther {
		v.x.t.Fatalf("%d %s", a.status, a.body)
	}
}

// hourComes lets every mail be due.
func (x *deskSite) hourComes() {
	x.t.Helper()
	err := x.d.Write(x.t.Context(), func(tx db.Tx) error {
		_, err := db.Exec(x.t.Context(), tx, `/* test */ update mail_address set next_at = 1 where state = 'confirmed'`)
		return err
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

// stopOf is the secret of the link that stops mails to somebody.
func (x *deskSite) stopOf(v *visitor) string {
	x.t.Helper()
	ctx := x.t.Context()
	code, err := x.office.Accounts.AskMail(ctx, v.p, mailbox, 7)
	if err == nil {
		err = x.office.Accounts.ConfirmMail(ctx, v.p, code)
	}
	if err != nil {
		x.t.Fatal(err)
	}
	x.hourComes()
	for {
		m, found, err := x.office.Accounts.NextMail(ctx)
		if err != nil || !found {
			x.t.Fatal("no mail is due", err)
		}
		if m.Person.ID == v.p.ID {
			return m.Stop
		}
	}
}

// post is what a server sends mails with.
func (x *deskSite) post() *digest.Post {
	p := x.frame.post()
	p.Origin = x.url
	return p
}

// round sends what is due, and gives what came.
func (x *deskSite) round() []mailtest.Message {
	x.t.Helper()
	if _, err := x.post().Round(x.t.Context()); err != nil {
		x.t.Fatal(err)
	}
	return x.mails.Got()
}

// TestMailOfWhatWaits: somebody who gave an address and proved it gets one mail a day,
// of several servers from one, in their language, with numbers and references; and the
// address stands nowhere else.
func TestMailOfWhatWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := startBusyDesk(t, d)
		keeper := b.walker(chief)
		b.first.get("/account").sound(t, "the own page", htmlcheck.Has(`#mail input[name="address"]`), htmlcheck.Lacks("Remove the address"))
		a := b.first.post("/account/mail", "address", mailbox+"\r\nBcc: boris@post.example", "hour", "7")
		a.sound(t, "two lines", htmlcheck.HasText("main .bad", "one plain mail address"))
		if got := b.mails.Got(); a.status != http.StatusBadRequest || len(got) != 0 {
			t.Errorf("two lines: %d %v", a.status, got)
		}
		b.first.post("/account/mail", "address", mailbox, "hour", "7")
		code := b.mails.Got()
		if len(code) != 1 || code[0].To != mailbox || code[0].Head.Get("Auto-Submitted") != "auto-generated" {
			t.Fatalf("the code: %+v", code)
		}
		b.first.get("/account").sound(t, "asked", htmlcheck.Has(`form[action="/account/mail/code"]`), htmlcheck.HasText("#mail", mailbox))
		b.hourComes()
		if got := b.round(); len(got) != 0 {
			t.Errorf("before the address was proved: %v", got)
		}
		b.first.post("/account/mail/code", "code", "aaaa-aaaa").sound(t, "a wrong code", htmlcheck.HasText("main", "not the code that was sent"))
		if a := b.first.post("/account/mail/code", "code", mailedCode.FindString(code[0].Text)); a.status != http.StatusSeeOther {
			t.Fatalf("the code: %d %s", a.status, a.body)
		}
		b.first.get("/account").sound(t, "proved", htmlcheck.HasText("#mail", mailbox), htmlcheck.HasText("#mail", "daily at 07:00 UTC"))
		for lang, v := range map[string]*visitor{"fr": b.second, "ar": b.editor} {
			v.post("/account/name", "name", v.p.Name, "lang", lang)
			v.subscribes(lang + mailbox)
		}

		b.hourComes()
		another, err := office(d, b.book, []byte(strings.Repeat("s", 32)))
		if err != nil {
			t.Fatal(err)
		}
		second := b.post()
		second.People = another.Accounts
		var wg sync.WaitGroup
		for _, p := range []*digest.Post{b.post(), second, b.post(), second} {
			wg.Go(func() {
				if _, err := p.Round(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got := map[string]mailtest.Message{}
		for _, m := range b.mails.Got() {
			if _, twice := got[m.To]; twice {
				t.Errorf("%s got two", m.To)
			}
			got[m.To] = m
		}
		m := got[mailbox]
		for _, says := range []string{"2 cases wait for your signature\n", "\n  " + b.lead, "1 item of evidence needs", "\n  " + b.item, "1 release waits for your signature\n  2026-Q1\n", b.url + "/desk/waiting\n", b.url + "/account/mail/stop/"} {
			if !strings.Contains(m.Text, says) {
				t.Errorf("%q is not in %s", says, m.Text)
			}
		}
		if m.Subject != "What waits for you at "+strings.TrimPrefix(b.url, "http://") || m.Head.Get("Auto-Submitted") != "auto-generated" ||
			m.Head.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" || !strings.HasPrefix(m.Head.Get("List-Unsubscribe"), "<"+b.url+"/account/mail/stop/") || strings.Contains(m.Raw, "text/html") {
			t.Errorf("%s", m.Raw)
		}
		if f := got["fr"+mailbox]; !strings.Contains(f.Text, "1 dossier attend votre signature") || !strings.Contains(f.Text, b.url+"/fr/desk/waiting") {
			t.Errorf("in French: %s", f.Text)
		}
		if f := got["ar"+mailbox]; !strings.Contains(f.Text, "ملفان ينتظران توقيعك") || !strings.Contains(f.Subject, "ما ينتظرك") {
			t.Errorf("in Arabic: %s", f.Text)
		}
		for _, m := range got {
			for _, hidden := range secrets {
				if strings.Contains(m.Raw+m.Subject+m.Text, hidden) {
					t.Errorf("the mail to %s tells %s", m.To, hidden)
				}
			}
		}
		if again := b.round(); len(again) != 0 || len(got) != 3 {
			t.Errorf("%d mails, and again %v", len(got), again)
		}
		kept := everything(t, d) + b.log.String() + keeper.get("/desk/people").body + keeper.get("/desk/people/"+b.first.p.Ref).body
		if strings.Contains(kept, "zecretbox") || strings.Contains(kept, "post.example") {
			t.Error("the address is kept or shown elsewhere")
		}
		for _, m := range got {
			if stop := strings.Trim(m.Head.Get("List-Unsubscribe"), "<>"); strings.Contains(kept, stop[len(stop)-22:]) {
				t.Error("the secret of the link is kept")
			}
		}
	})
}

// TestMailStops: the link in each mail stops them without logging in: not when it is
// opened, by its button from a browser with a session or without, and by the one click
// of a program.
func TestMailStops(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := startBusyDesk(t, d)
		link := func() string {
			t.Helper()
			b.first.subscribes(mailbox)
			b.hourComes()
			got := b.round()
			if len(got) != 1 {
				t.Fatalf("%v", got)
			}
			return strings.TrimPrefix(strings.Trim(got[0].Head.Get("List-Unsubscribe"), "<>"), b.url)
		}
		gone := func(what string) {
			t.Helper()
			b.hourComes()
			if got := b.round(); len(got) != 0 {
				t.Errorf("%s: %v", what, got)
			}
			if all, _, err := b.office.Accounts.SealedAddresses(t.Context()); err != nil || all != 0 {
				t.Errorf("%s: the address is kept: %d %v", what, all, err)
			}
		}
		path := link()
		for range 2 {
			b.nobody().get(path).sound(t, "the link", htmlcheck.HasText("h1", "Stop these mails"), htmlcheck.Has(`form[method="post"]`), htmlcheck.Lacks(mailbox))
		}
		b.hourComes()
		if got := b.round(); len(got) != 1 {
			t.Fatalf("stopped by a look: %v", got)
		}
		program := b.nobody()
		program.head = http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://webmail.example"}}
		a := program.ask(http.MethodPost, path, url.Values{"List-Unsubscribe": {"One-Click"}})
		a.sound(t, "one click", htmlcheck.HasText("h1", "No more mails"))
		if a.status != http.StatusOK || len(a.header["Set-Cookie"]) != 0 {
			t.Errorf("one click: %d", a.status)
		}
		gone("one click")
		for _, a := range []answer{b.nobody().get(path), b.nobody().ask(http.MethodPost, path, url.Values{})} {
			if a.status != http.StatusNotFound || !strings.Contains(a.body, "the address is not kept") {
				t.Errorf("a second time: %d", a.status)
			}
		}
		path = link()
		if a := b.reader.ask(http.MethodPost, path, url.Values{}); a.status != http.StatusOK { // with a session whose token the form does not carry
			t.Errorf("from a browser with a session: %d", a.status)
		}
		gone("the button")
		path = link()
		if a := b.nobody().stream(path, "--cut\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--cut--\r\n"); a.status != http.StatusOK {
			t.Errorf("a program that sends it in parts: %d", a.status)
		}
		gone("in parts")
		link()
		b.first.post("/account/mail/remove")
		gone("removed")
		link()
		if err := b.office.Suspend(t.Context(), nil, b.first.p.Ref, "a test"); err != nil {
			t.Fatal(err)
		}
		gone("suspended")
		if log := b.log.String(); strings.Contains(log, strings.TrimPrefix(path, "/account/mail/stop/")) || strings.Contains(log, "post.example") {
			t.Errorf("the log: %s", log)
		}
	})
}

// TestMailServerFails: what the server does not take is tried again later and told to
// the secretariat's administrators and by doctor, without an address; nothing is sent
// to a server that shows another's certificate.
func TestMailServerFails(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := startBusyDesk(t, d)
		keeper, other := b.walker(chief), b.join("Ines", coalition.Grant{Organisation: b.other.Ref, Role: desk.Administrator})
		env := &Env{Ctx: t.Context(), CLI: &CLI{Data: b.dir}, Log: slog.New(slog.DiscardHandler)}
		if note, err := env.checkMail(d); err != nil || note != "nobody gets any" {
			t.Error(note, err)
		}
		b.first.subscribes(mailbox)
		trouble := func(says string) {
			t.Helper()
			keeper.get("/desk/people").sound(t, "administrators are told", htmlcheck.HasText("#mail", "does not get through to 1 person since"), htmlcheck.HasText("#mail", says))
			b.first.get("/account").sound(t, "its owner is told", htmlcheck.HasText("#mail", "No mail has got through since"))
			if a := other.get("/desk/people"); strings.Contains(a.body, `id="mail"`) || a.status != http.StatusOK {
				t.Error("an administrator of another organisation is told")
			}
		}
		b.mails.Down()
		b.hourComes()
		if got := b.round(); len(got) != 0 {
			t.Fatal(got)
		}
		trouble("The mail server does not answer.")
		if note, err := env.checkMail(d); err == nil || !strings.Contains(err.Error(), "1 of 1 address get none through since") || !strings.HasSuffix(err.Error(), "the mail server does not answer") {
			t.Error(note, err)
		}
		a := b.second.post("/account/mail", "address", "else@post.example", "hour", "7")
		a.sound(t, "a code that cannot be sent", htmlcheck.HasText("main", "could not be sent just now"))
		if all, _, err := b.office.Accounts.SealedAddresses(t.Context()); err != nil || all != 1 {
			t.Errorf("an address to which no code went is kept: %d %v", all, err)
		}
		b.mails.Up()
		if got := b.round(); len(got) != 0 {
			t.Errorf("tried again at once: %v", got)
		}

		settings := b.mails.Settings()
		settings.Roots = x509.NewCertPool()
		stranger, err := mail.New(settings)
		if err != nil {
			t.Fatal(err)
		}
		wary := b.post()
		wary.Mailer = stranger
		b.hourComes()
		if sent, err := wary.Round(t.Context()); sent != 0 || err != nil || len(b.mails.Got()) != 0 {
			t.Errorf("with a certificate of a stranger: %d %v", sent, err)
		}
		trouble("shows a certificate that is not its own")

		b.hourComes()
		if got := b.round(); len(got) != 1 || got[0].To != mailbox {
			t.Errorf("when the server is back: %v", got)
		}
		if a := keeper.get("/desk/people"); strings.Contains(a.body, `id="mail"`) {
			t.Error("told although all is well")
		}
		if note, err := env.checkMail(d); err != nil || note != "1 address, none failing" {
			t.Error(note, err)
		}
		log := b.log.String()
		if !strings.Contains(log, "a mail was not taken") || strings.Contains(log, "post.example") {
			t.Errorf("the log: %s", log)
		}
	})
}

// TestMailHolds: nothing goes out when nothing waits, and while the desk is closed;
// when all sessions of somebody ended, not before they say that the address is theirs.
// While nothing may be changed mails go on, none can be begun, and all can be stopped.
func TestMailHolds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, b := t.Context(), startBusyDesk(t, d)
		mode := func(name string, on bool) {
			t.Helper()
			if err := b.office.SetMode(ctx, nil, name, on, "a test"); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(what string, n int) {
			t.Helper()
			b.hourComes()
			if got := b.round(); len(got) != n {
				t.Errorf("%s: %d mails", what, len(got))
			}
		}
		idle := b.join("Hamid", coalition.Grant{Organisation: b.other.Ref, Role: desk.Reader})
		idle.subscribes("hamid@post.example")
		expect("nothing waits", 0)
		if m, _, err := b.office.Accounts.Mail(ctx, idle.p); err != nil || time.Until(time.UnixMicro(m.Next)) < 0 || m.Failing != 0 {
			t.Errorf("nothing waits: %+v %v", m, err)
		}
		b.first.subscribes(mailbox)
		mode("closed", true)
		expect("closed", 0)
		mode("closed", false)
		expect("open again", 1)
		mode("read_only", true)
		expect("read-only", 1)
		if a := b.second.post("/account/mail", "address", "else@post.example", "hour", "7"); a.status != http.StatusServiceUnavailable || len(b.mails.Got()) != 0 {
			t.Errorf("a new address while nothing may be changed: %d", a.status)
		}
		if a := idle.post("/account/mail/remove"); a.status != http.StatusSeeOther {
			t.Errorf("removed while nothing may be changed: %d", a.status)
		}
		mode("read_only", false)
		back := b.wayBack(b.first)
		mode("logged_out", true)
		expect("everybody logged out", 0)
		back()
		expect("logged in again", 0)
		b.first.get("/account").sound(t, "held", htmlcheck.HasText("#mail", "If the address is still yours, press Keep."))
		if a := b.first.post("/account/mail/hour", "hour", "8"); a.status != http.StatusSeeOther {
			t.Errorf("kept: %d", a.status)
		}
		expect("kept", 1)
		if a := b.first.get("/account"); strings.Contains(a.body, "press Keep") || !strings.Contains(a.body, "08:00 UTC") {
			t.Error("kept and held")
		}
	})
}

// TestMailIsShownToTheFresh: a browser somebody finds open does not tell whose address
// it is, nor lets it be changed.
func TestMailIsShownToTheFresh(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	v := x.join("Amina", coalition.Grant{Organisation: x.home.Ref, Role: desk.Reader})
	v.subscribes(mailbox)
	err := x.d.Write(t.Context(), func(tx db.Tx) error {
		_, err := db.Exec(t.Context(), tx, `/* test */ update session set begun_at = begun_at - $1`, (coalition.Fresh + time.Minute).Microseconds())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	v.get("/account").sound(t, "an old session", htmlcheck.HasText("#mail", "Your address is not shown"), htmlcheck.Lacks(mailbox), htmlcheck.Has(`form[action="/account/mail/remove"]`))
	for _, path := range []string{"/account/mail", "/account/mail/hour"} {
		if a := v.post(path, "address", "else@post.example", "hour", "9"); a.status != http.StatusForbidden || len(x.mails.Got()) != 0 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// TestNoMailServer: without one mails are not offered, and the page says why.
func TestNoMailServer(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	v := x.join("Amina", coalition.Grant{Organisation: x.home.Ref, Role: desk.Reader})
	env := &Env{Ctx: t.Context(), Stdout: io.Discard, CLI: &CLI{Data: x.dir}, Log: slog.New(slog.DiscardHandler)}
	h, err := (&ServeCmd{CacheMB: 8, Curtain: "every"}).handler(t.Context(), env, x.d, x.record, bookOf(x.d), &insiders{x.office, x.work})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	defer srv.Close()
	token := v.formToken()
	x.url = srv.URL
	v.get("/account").sound(t, "the own page", htmlcheck.HasText("#mail", "whoever runs it has set up no mail server"), htmlcheck.Lacks(`name="address"`))
	if a := v.ask(http.MethodPost, "/account/mail", url.Values{"_t": {token}, "address": {mailbox}, "hour": {"7"}}); a.status != http.StatusConflict || len(x.mails.Got()) != 0 {
		t.Errorf("%d", a.status)
	}
}

// TestMailFlags: settings that cannot work are refused at the start; those that can
// lead to the server.
func TestMailFlags(t *testing.T) {
	const site = "https://register.example"
	good := MailFlags{SMTP: "mail.example:587", SMTPFrom: "desk@register.example"}
	for what, c := range map[string]struct {
		flags  MailFlags
		origin string
		ok     bool
	}{
		"none": {MailFlags{}, "", true}, "a server": {good, site, true}, "no origin": {good, "", false}, "nobody who sends": {MailFlags{SMTP: "mail.example:587"}, site, false}, "no port": {MailFlags{SMTP: "mail.example", SMTPFrom: good.SMTPFrom}, site, false},
		"no server": {MailFlags{SMTPFrom: good.SMTPFrom}, site, false}, "a user without a password": {MailFlags{SMTP: good.SMTP, SMTPFrom: good.SMTPFrom, SMTPUser: "desk"}, site, false},
	} {
		if err := (&ServeCmd{Origin: c.origin, MailFlags: c.flags}).Validate(); (err == nil) != c.ok {
			t.Errorf("%s: %v", what, err)
		}
	}
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("a secret word\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := mailtest.Start(t, &mailtest.Server{Plain: true, User: "desk", Password: "a secret word"})
	var log bytes.Buffer
	env := &Env{Log: slog.New(slog.NewTextHandler(&log, nil))}
	m, err := MailFlags{s.Address(), mailtest.From, "desk", file}.mailer(env)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Send(t.Context(), mail.Message{To: mailbox, Subject: "x", Text: "x"}); err != nil || len(s.Got()) != 1 {
		t.Error(err)
	}
	s.Password = "another"
	if err := m.Send(t.Context(), mail.Message{To: mailbox, Subject: "x", Text: "x"}); err == nil || strings.Contains(log.String(), "zecretbox") || !strings.Contains(log.String(), "mail: login (535)") {
		t.Errorf("%v %s", err, log.String())
	}
	if m, err := (MailFlags{}).mailer(env); m != nil || err != nil {
		t.Error("a server from nowhere", err)
	}
	if _, err := (MailFlags{s.Address(), mailtest.From, "desk", file + "x"}).mailer(env); err == nil {
		t.Error("a password from nowhere")
	}
}

// TestServeSendsMail: a server that runs sends what is due.
func TestServeSendsMail(t *testing.T) {
	b := startBusyDesk(t, dbtest.SQLite(t))
	b.first.subscribes(mailbox)
	b.hourComes()
	env := &Env{Ctx: t.Context(), Log: slog.New(slog.DiscardHandler)}
	go keepPosted(t.Context(), env, b.post())
	for range 100 {
		if len(b.mails.Got()) > 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("nothing came")
}

// wayBack gives somebody a way in, to be used after their sessions ended.
func (x *deskSite) wayBack(v *visitor) (enter func()) {
	x.t.Helper()
	ctx, people := x.t.Context(), x.office.Accounts
	_, session, err := people.Find(ctx, v.token)
	if err == nil {
		err = people.SetPassphrase(ctx, v.p, session, deskPass)
	}
	if err != nil {
		x.t.Fatal(err)
	}
	codes, err := people.NewRecovery(ctx, v.p)
	if err != nil {
		x.t.Fatal(err)
	}
	return func() {
		x.t.Helper()
		if v.p, v.token, err = people.Enter(ctx, account.Entry{Name: v.p.Name, Passphrase: deskPass, Code: codes[0]}); err != nil {
			x.t.Fatal(err)
		}
	}
}

// TestRestoreHoldsMails: a backup may be older than somebody's wish to get no more, so
// that after a restore nothing is sent before they say that they want it.
func TestRestoreHoldsMails(t *testing.T) {
	work := t.TempDir()
	source, target, backup := filepath.Join(work, "source"), filepath.Join(work, "target"), filepath.Join(work, "backup.tar.gz")
	people := func(dir string) *account.Service {
		t.Helper()
		d, err := db.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		o, err := office(d, ledger.New(d, nil), []byte(strings.Repeat("s", 32)))
		if err != nil {
			t.Fatal(err)
		}
		return o.Accounts
	}
	mustRun(t, "--data="+source, "generate", "--incidents=1")
	before := people(source)
	code, err := before.Invite(t.Context(), nil, "", "")
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := before.Accept(t.Context(), account.Joining{Code: code, Name: "Amina"})
	if err != nil {
		t.Fatal(err)
	}
	if code, err = before.AskMail(t.Context(), p, mailbox, 7); err == nil {
		err = before.ConfirmMail(t.Context(), p, code)
	}
	if m, found, err2 := before.Mail(t.Context(), p); err != nil || err2 != nil || !found || m.Held {
		t.Fatal(m, err, err2)
	}
	mustRun(t, "--data="+source, "backup", backup)
	mustRun(t, "--data="+target, "restore", backup)
	if m, found, err := people(target).Mail(t.Context(), p); err != nil || !found || !m.Held || m.Address != mailbox {
		t.Errorf("%+v %v %v", m, found, err)
	}
}
