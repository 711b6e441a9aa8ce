package digest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/mail"
)

// Post sends people by mail what waits for them, to the addresses they proved.
type Post struct {
	Digest *Service
	People *account.Service
	Actor  func(ctx context.Context, p account.Person) (desk.Actor, error) // with what they hold now
	Mailer interface {
		Send(ctx context.Context, m mail.Message) error
	}
	Words  func(lang string) *i18n.Texts
	Origin string // scheme and host of the site
}

// Round sends each mail that is due now, and gives how many were sent. Several servers
// may do so at once: each mail is sent by one. What the mail server does not take is
// tried again later.
func (p *Post) Round(ctx context.Context) (sent int, err error) {
	for {
		m, found, err := p.People.NextMail(ctx)
		if err != nil || !found {
			return sent, err
		}
		went, err := p.send(ctx, m)
		var failed *mail.Error
		switch {
		case errors.As(err, &failed):
			if err := p.People.MailFailed(ctx, m, string(failed.Why)); err != nil {
				return sent, err
			}
			if failed.Why != mail.Refused {
				return sent, nil // it would not take the others either: they are due in the next round
			}
			continue
		case err != nil:
			return sent, fmt.Errorf("digest.Round: %w", err)
		case went:
			sent++
		}
		if err := p.People.MailDone(ctx, m); err != nil {
			return sent, err
		}
	}
}

// send sends one mail, unless nothing waits.
func (p *Post) send(ctx context.Context, m account.Mailing) (bool, error) {
	who, err := p.Actor(ctx, m.Person)
	if err != nil {
		return false, err
	}
	list, err := p.Digest.For(ctx, who)
	if err != nil || len(list) == 0 {
		return false, err
	}
	return true, p.Mailer.Send(ctx, p.write(m, list))
}

// write says in a mail what the page and the feed say: numbers and references.
func (p *Post) write(m account.Mailing, list []Waits) mail.Message {
	x := p.Words(m.Person.Lang)
	address := func(path string) string { return p.Origin + i18n.Path(x.Lang.Tag, path) }
	site := p.Origin
	if u, err := url.Parse(p.Origin); err == nil {
		site = u.Host
	}
	var b strings.Builder
	for _, k := range list {
		part := partOf(x, k)
		fmt.Fprintln(&b, part.Says)
		for _, l := range part.Lines {
			fmt.Fprintln(&b, strings.TrimRight("  "+l.Ref+"  "+l.Due, " "))
		}
		if part.Rest != "" {
			fmt.Fprintln(&b, "  "+part.Rest)
		}
		fmt.Fprintln(&b)
	}
	stop := address(desk.StopMailPath(m.Stop))
	fmt.Fprintf(&b, "%s\n\n-- \n%s\n%s\n", x.T("digest.mail.open", "address", address(Path)), x.T("digest.mail.why"), x.T("digest.mail.stop", "address", stop))
	return mail.Message{To: m.Address, Subject: x.T("digest.mail.subject", "site", site), Text: b.String(), Unsubscribe: stop}
}
