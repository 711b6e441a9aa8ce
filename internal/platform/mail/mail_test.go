package mail_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"keepiton/internal/platform/mail"
	"keepiton/internal/platform/mail/mailtest"
)

var hello = mail.Message{To: "amina@post.example", Subject: "ما ينتظرك", Text: "Größe\n.\nend\n", Unsubscribe: "https://register.example/account/mail/stop/abc"}

// TestSend: a message arrives word for word, encrypted from the start or by STARTTLS,
// with a login or without, and says nothing of the machine or the program.
func TestSend(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for what, s := range map[string]*mailtest.Server{"STARTTLS": {}, "with a login": {User: "desk", Password: "a secret word"}, "encrypted from the start": {Implicit: true, User: "desk", Password: "p"}} {
		mailtest.Start(t, s)
		if err := s.Relay().Send(t.Context(), hello); err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		m := s.Got()[0]
		head := map[string]string{"From": `"Register" <desk@register.example>`, "To": "<amina@post.example>", "Auto-Submitted": "auto-generated", "List-Unsubscribe": "<" + hello.Unsubscribe + ">",
			"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Content-Type": "text/plain; charset=UTF-8", "X-Mailer": "", "User-Agent": ""}
		for name, want := range head {
			if got := m.Head.Get(name); got != want {
				t.Errorf("%s: %s: %q", what, name, got)
			}
		}
		if m.From != "desk@register.example" || m.To != hello.To || m.Subject != hello.Subject || m.Text != hello.Text || !strings.HasSuffix(m.Head.Get("Message-Id"), "@register.example>") {
			t.Errorf("%s: %+v", what, m)
		}
		if strings.Contains(m.Raw, host) || strings.Contains(m.Raw, "go-mail") {
			t.Errorf("%s: the message says where it comes from: %s", what, m.Raw)
		}
	}
}

// TestOnTheMachine: only to the machine itself a message goes in the clear.
func TestOnTheMachine(t *testing.T) {
	s := mailtest.Start(t, &mailtest.Server{Plain: true, User: "desk", Password: "p"})
	near, err := mail.New(mail.Settings{Server: s.Address(), From: mailtest.From, User: "desk", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	if err := near.Send(t.Context(), hello); err != nil || len(s.Got()) != 1 {
		t.Error(err)
	}
}

// TestRefusals: nothing is sent over a line that others could read, to a server that
// is not the one that was named, or with a wrong login; and no error names who was
// written to.
func TestRefusals(t *testing.T) {
	other := mailtest.Start(t, &mailtest.Server{})
	stranger := other.Settings()
	stranger.Roots = x509.NewCertPool()
	named := other.Settings()
	named.Server = "another.example:587"
	plain := mailtest.Start(t, &mailtest.Server{Plain: true})
	first := mailtest.Start(t, &mailtest.Server{Implicit: true})
	foreign := first.Settings()
	foreign.Server = "another.example:465"
	guarded := mailtest.Start(t, &mailtest.Server{User: "desk", Password: "p"})
	wrong := guarded.Settings()
	wrong.Password = "q"
	nobody := mailtest.Start(t, &mailtest.Server{Refuse: func(to string) error {
		return &smtp.SMTPError{Code: 550, Message: "no such user " + to}
	}})
	asks := nobody.Settings()
	asks.User, asks.Password = "desk", "p"
	away := nobody.Settings()
	away.Dial = func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			_, _ = there.Write([]byte("554 5.7.1 amina is not welcome\r\n"))
			there.Close()
		}()
		return here, nil
	}
	down := mailtest.Start(t, &mailtest.Server{})
	down.Down()
	for _, c := range []struct {
		what     string
		settings mail.Settings
		why      mail.Why
		code     int
	}{
		{"a certificate of a stranger", stranger, mail.Untrusted, 0}, {"a certificate of another server", named, mail.Untrusted, 0},
		{"the same, encrypted from the start", foreign, mail.Untrusted, 0}, {"no encryption", plain.Settings(), mail.Untrusted, 0},
		{"a wrong password", wrong, mail.Login, 535}, {"a server that knows no login", asks, mail.Login, 0}, {"a server that turns us away", away, mail.Refused, 554},
		{"a recipient it does not know", nobody.Settings(), mail.Refused, 550}, {"nobody answers", down.Settings(), mail.Unreachable, 0},
	} {
		r, err := mail.New(c.settings)
		if err != nil {
			t.Fatal(err)
		}
		err = r.Send(t.Context(), hello)
		var e *mail.Error
		if !errors.As(err, &e) || e.Why != c.why || e.Code != c.code {
			t.Errorf("%s: %v", c.what, err)
		}
		if err != nil && strings.Contains(err.Error(), "amina") {
			t.Errorf("%s: the error names the recipient: %v", c.what, err)
		}
	}
	for _, s := range []*mailtest.Server{other, plain, first, guarded, nobody} {
		if got := s.Got(); len(got) != 0 {
			t.Errorf("sent all the same: %v", got)
		}
	}
	slow := mailtest.Start(t, &mailtest.Server{Slow: 3 * time.Second})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if err := slow.Relay().Send(ctx, hello); err == nil || time.Since(begun) > 2*time.Second {
		t.Errorf("a server that thinks too long: %v after %v", err, time.Since(begun))
	}
}

// TestAddresses: one plain address, and nothing that could add a line or a recipient.
func TestAddresses(t *testing.T) {
	for _, good := range []string{"a@b.example", "first.last+desk@mail.post.example", "o'neill@x-y.example"} {
		if !mail.IsAddress(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{"", "a", "a@b", "@b.example", "a@b.example\r\nBcc: c@d.example", "a@b.example\n", "a@b.example, c@d.example", "A <a@b.example>", `"a b"@c.example`, "a@[127.0.0.1]", "a@127.0.0.1", "a b@c.example",
		"a@b..example", ".a@b.example", "a@-b.example", "a@b.example\x00", "ä@b.example", "a@bücher.example", "<a@b.example>", strings.Repeat("a", 65) + "@b.example", "a@" + strings.Repeat("b.", 130) + "example"} {
		if mail.IsAddress(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
	s := mailtest.Start(t, &mailtest.Server{})
	for _, m := range []mail.Message{{To: "a@b.example\r\nBcc: c@d.example"}, {To: "a@b.example", Subject: "x\r\nBcc: c@d.example"}, {To: "a@b.example", Unsubscribe: "https://x/\r\nBcc: c@d.example"}} {
		if err := s.Relay().Send(t.Context(), m); err == nil || len(s.Got()) != 0 {
			t.Errorf("%q is sent", m)
		}
	}
	for _, bad := range []mail.Settings{{Server: "mail.example", From: mailtest.From}, {Server: ":25", From: mailtest.From}, {Server: "mail.example:0", From: mailtest.From}, {Server: "mail.example:25", From: "nobody"}, {Server: "mail.example:25"}} {
		if _, err := mail.New(bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
