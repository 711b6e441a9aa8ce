package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/digest"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/mail"
)

// MailFlags say where mails go. Without a server none are sent.
type MailFlags struct {
	SMTP             string `name:"smtp" help:"The mail server that takes mails of what waits for people at work. The connection is encrypted: from the start at port 465, by STARTTLS at others; only to this machine it need not be. Without it no mail is sent." placeholder:"HOST:PORT"`
	SMTPFrom         string `name:"smtp-from" help:"Who sends these mails." placeholder:"ADDRESS"`
	SMTPUser         string `name:"smtp-user" help:"The user at the mail server." placeholder:"NAME"`
	SMTPPasswordFile string `name:"smtp-password-file" help:"File with the password of that user." placeholder:"FILE"`
}

// check refuses settings that would only show when the first mail is due.
func (f MailFlags) check(origin string) error {
	switch {
	case f.SMTP == "" && f.SMTPFrom+f.SMTPUser+f.SMTPPasswordFile != "":
		return errors.New("--smtp-… is of use with --smtp alone")
	case f.SMTP == "":
		return nil
	case origin == "":
		return errors.New("--smtp needs --origin: mails name the address of the site")
	case (f.SMTPUser == "") != (f.SMTPPasswordFile == ""):
		return errors.New("--smtp-user and --smtp-password-file go together")
	}
	_, err := mail.New(mail.Settings{Server: f.SMTP, From: f.SMTPFrom})
	return err
}

// mailer hands mails to the server of the flags; nil where none is set up.
func (f MailFlags) mailer(env *Env) (coalition.Mailer, error) {
	if f.SMTP == "" {
		return nil, nil
	}
	s := mail.Settings{Server: f.SMTP, From: f.SMTPFrom, User: f.SMTPUser}
	if f.SMTPPasswordFile != "" {
		text, err := os.ReadFile(f.SMTPPasswordFile)
		if err != nil {
			return nil, fmt.Errorf("the password of the mail server: %w", err)
		}
		s.Password = strings.TrimRight(string(text), "\r\n")
	}
	r, err := mail.New(s)
	if err != nil {
		return nil, err
	}
	return loggedMailer{r, env.Log}, nil
}

// loggedMailer says in the log why a mail was not taken, and not whose it was.
type loggedMailer struct {
	relay *mail.Relay
	log   *slog.Logger
}

// Send implements [coalition.Mailer].
func (m loggedMailer) Send(ctx context.Context, msg mail.Message) error {
	err := m.relay.Send(ctx, msg)
	if err != nil {
		m.log.Warn("a mail was not taken", "err", err)
	}
	return err
}

// postEvery is how often a server looks which mails are due.
const postEvery = time.Minute

// keepPosted sends what waits by mail while a server runs.
func keepPosted(ctx context.Context, env *Env, post *digest.Post) {
	tick := time.NewTicker(postEvery)
	defer tick.Stop()
	for {
		if _, err := post.Round(ctx); err != nil && !errors.Is(err, context.Canceled) {
			env.Log.Error("what waits cannot be sent by mail", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// checkMail is what doctor says of mails.
func (e *Env) checkMail(d *db.DB) (string, error) {
	o, err := office(d, ledger.New(d, nil), nil)
	if err != nil {
		return "", err
	}
	m, err := o.Accounts.MailState(e.Ctx)
	switch {
	case err != nil:
		return "", err
	case m.Failing > 0:
		since := time.UnixMicro(m.Since).UTC().Format("2006-01-02 15:04")
		return "", fmt.Errorf("%d of %s get none through since %s UTC: %s", m.Failing, counted(m.Addresses, "address"), since, mailWords[mail.Why(m.Problem)])
	case m.Addresses == 0:
		return "nobody gets any", nil
	}
	return fmt.Sprintf("%s, none failing", counted(m.Addresses, "address")), nil
}

// mailWords say why mails do not get through.
var mailWords = map[mail.Why]string{
	mail.Unreachable: "the mail server does not answer",
	mail.Untrusted:   "the mail server offers no encryption, or shows a certificate that is not its own",
	mail.Login:       "the mail server refuses user and password",
	mail.Refused:     "the mail server refuses the mails",
	"sealed":         secretFile + " is another one than the addresses were sealed with",
}
