package mail

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Settings say where messages go.
type Settings struct {
	Server   string // host:port. At port 465 the connection begins encrypted, at others it is made so by STARTTLS
	From     string // who sends, such as desk@register.example or Register <desk@register.example>
	User     string // "" where the server asks for nobody
	Password string

	Roots *x509.CertPool // whose certificates are trusted; nil: the system's
	Dial  func(ctx context.Context, network, address string) (net.Conn, error)
}

// Relay hands messages to a server. It is safe for concurrent use.
type Relay struct {
	Settings
	host   string
	port   int
	from   *netmail.Address
	domain string // of who sends
}

// Message is one mail in plain text.
type Message struct {
	To, Subject, Text string
	Unsubscribe       string // the address that takes one click to stop such mails (RFC 8058); "" for none
}

const (
	// Timeout is how long handing over one message may take.
	Timeout = 30 * time.Second

	// implicit is the port at which encryption comes first (RFC 8314).
	implicit = 465
)

// New reads settings.
func New(s Settings) (*Relay, error) {
	host, port, err := net.SplitHostPort(s.Server)
	if err != nil || host == "" {
		return nil, fmt.Errorf("the mail server %q is not of the form host:port", s.Server)
	}
	r := &Relay{Settings: s, host: host}
	if r.port, err = strconv.Atoi(port); err != nil || r.port < 1 || r.port > 65535 {
		return nil, fmt.Errorf("the mail server %q has no port", s.Server)
	}
	r.from, err = netmail.ParseAddress(s.From)
	if err != nil || !IsAddress(r.from.Address) {
		return nil, fmt.Errorf("%q, from whom mails come, is no mail address", s.From)
	}
	r.domain = r.from.Address[strings.LastIndexByte(r.from.Address, '@')+1:]
	if r.Dial == nil {
		r.Dial = (&net.Dialer{}).DialContext
	}
	return r, nil
}

// address is what this package takes for a mail address: the plain form, without
// quotes, comments, numbers of hosts, or letters that every server would have to be
// asked about first. Nothing that ends a line or begins another recipient fits it.
var address = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]$`)

// IsAddress tells whether a text is one plain mail address.
func IsAddress(s string) bool {
	local, _, _ := strings.Cut(s, "@")
	return len(s) <= 254 && len(local) <= 64 && address.MatchString(s)
}

// onMachine tells whether the server is this machine.
func (r *Relay) onMachine() bool {
	ip := net.ParseIP(r.host)
	return r.host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send hands a message over. An error is an [*Error].
func (r *Relay) Send(ctx context.Context, m Message) error {
	msg, err := r.compose(m)
	if err != nil {
		return &Error{Why: Refused}
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	client, done, err := r.client(ctx)
	defer done()
	if err != nil {
		return explain(err)
	}
	line, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return explain(err)
	}
	if err := client.SendWithSMTPClient(line, msg); err != nil {
		return explain(err)
	}
	_ = client.CloseWithSMTPClient(line) // the message is with the server, whatever it says to that
	return nil
}

// compose writes the message.
func (r *Relay) compose(m Message) (*gomail.Msg, error) {
	if !IsAddress(m.To) || strings.ContainsAny(m.Subject+m.Unsubscribe, "\r\n") {
		return nil, errors.New("a line that does not fit into a head")
	}
	id := make([]byte, 16)
	rand.Read(id) // never fails
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(r.from)
	if err := msg.To(m.To); err != nil {
		return nil, err
	}
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(hex.EncodeToString(id) + "@" + r.domain)
	msg.SetDate()
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no machine answers it
	if m.Unsubscribe != "" {
		msg.SetListUnsubscribe(m.Unsubscribe)
		msg.SetListUnsubscribePost()
	}
	msg.SetBodyString(gomail.TypeTextPlain, strings.ReplaceAll(m.Text, "\n", "\r\n"))
	return msg, nil
}

// client prepares a connection, which ends with whole; done ends whatever was opened.
func (r *Relay) client(whole context.Context) (c *gomail.Client, done func(), err error) {
	var opened net.Conn
	done = func() {
		if opened != nil {
			opened.Close()
		}
	}
	secure := &tls.Config{ServerName: r.host, RootCAs: r.Roots, MinVersion: tls.VersionTLS12}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := r.Dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		opened = conn
		context.AfterFunc(whole, func() { conn.Close() })
		if r.port != implicit {
			return conn, nil
		}
		first := tls.Client(conn, secure)
		return first, first.HandshakeContext(ctx)
	}
	policy := gomail.TLSMandatory
	if r.onMachine() || r.port == implicit {
		policy = gomail.NoTLS
	}
	options := []gomail.Option{gomail.WithPort(r.port), gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(secure), gomail.WithTimeout(Timeout),
		gomail.WithHELO(r.domain), gomail.WithDialContextFunc(dial)}
	if r.User != "" {
		options = append(options, gomail.WithUsername(r.User), gomail.WithPassword(r.Password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	c, err = gomail.NewClient(r.host, options...)
	return c, done, err
}

// Why a message could not be handed over.
type Why string

// The reasons, as they are called in texts.
const (
	Unreachable Why = "unreachable" // nobody answers, or the line broke
	Untrusted   Why = "untrusted"   // no encryption, or a certificate that is not the server's
	Login       Why = "login"       // the server does not take user and password
	Refused     Why = "refused"     // the server does not take the message
)

// Error is why a message could not be handed over. It holds no address of a recipient.
type Error struct {
	Why  Why
	Code int   // what the server answered; 0 for nothing
	Err  error // where no recipient was named yet
}

// Error implements error.
func (e *Error) Error() string {
	s := "mail: " + string(e.Why)
	if e.Code != 0 {
		s += " (" + strconv.Itoa(e.Code) + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// explain makes an [*Error] of what the library says, which may name the recipient.
func explain(err error) error {
	if err == nil {
		return nil
	}
	var sent *gomail.SendError
	var said *textproto.Error
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &sent) && sent.ErrorCode() != 0:
		return &Error{Why: Refused, Code: sent.ErrorCode()}
	case errors.As(err, &sent):
		return &Error{Why: Unreachable}
	case errors.As(err, &cert), errors.As(err, &record), strings.Contains(err.Error(), "STARTTLS"):
		return &Error{Why: Untrusted, Err: err}
	case errors.As(err, &said) && said.Code/10 != 53: // RFC 4954: 53x is about who one is
		return &Error{Why: Refused, Code: said.Code}
	case said != nil:
		return &Error{Why: Login, Code: said.Code}
	case strings.Contains(err.Error(), "AUTH"):
		return &Error{Why: Login, Err: err}
	}
	return &Error{Why: Unreachable, Err: err}
}
