// Package mailtest is a mail server for tests, with encryption, a certificate of its
// own and a login. It keeps what it is given.
package mailtest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"keepiton/internal/platform/mail"
)

// Host is the name the server's certificate is for.
const Host = "mail.example"

// From is who sends in [Server.Settings].
const From = "Register <desk@register.example>"

// Server is one mail server.
type Server struct {
	Implicit bool   // encryption comes first, not by STARTTLS
	Plain    bool   // no encryption at all
	User     string // "" asks for nobody
	Password string
	Refuse   func(to string) error // nil takes every recipient
	Slow     time.Duration         // how long it thinks before it takes a message

	t       testing.TB
	cert    tls.Certificate
	roots   *x509.CertPool
	address string

	mu  sync.Mutex
	srv *smtp.Server
	ln  net.Listener
	got []Message
}

// Message is one message as the server got it.
type Message struct {
	From, To string // of the envelope
	Head     netmail.Header
	Subject  string // decoded
	Text     string // decoded, with plain ends of lines
	Raw      string
}

// Start starts a server, which ends with the test.
func Start(t testing.TB, s *Server) *Server {
	t.Helper()
	s.t = t
	s.cert, s.roots = certificate(t, Host)
	s.Up()
	t.Cleanup(s.Down)
	return s
}

// certificate is one for a name, with what it has to lead to.
func certificate(t testing.TB, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	raw, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key, Leaf: leaf}, roots
}

// Up lets the server answer, at the address it had before.
func (s *Server) Up() {
	s.t.Helper()
	at := s.address
	if at == "" {
		at = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", at)
	if err != nil {
		s.t.Fatal(err)
	}
	s.address = ln.Addr().String()
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{s: s}, nil }))
	srv.Domain, srv.AllowInsecureAuth, srv.ErrorLog = Host, s.Plain, log.New(io.Discard, "", 0)
	if !s.Plain {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{s.cert}}
	}
	if s.Implicit {
		ln = tls.NewListener(ln, srv.TLSConfig)
	}
	s.mu.Lock()
	s.srv, s.ln = srv, ln
	s.mu.Unlock()
	go srv.Serve(ln)
}

// Down lets the server answer nobody.
func (s *Server) Down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.srv != nil {
		s.ln.Close() // also when it was not served yet
		s.srv.Close()
		s.srv = nil
	}
}

// Settings lead to the server by its name, as if it were elsewhere.
func (s *Server) Settings() mail.Settings {
	out := mail.Settings{Server: Host + ":587", From: From, User: s.User, Password: s.Password, Roots: s.roots,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, s.address)
		}}
	if s.Implicit {
		out.Server = Host + ":465"
	}
	return out
}

// Address is where the server listens on this machine.
func (s *Server) Address() string { return s.address }

// Relay hands messages to the server.
func (s *Server) Relay() *mail.Relay {
	s.t.Helper()
	r, err := mail.New(s.Settings())
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// Got is what came since the last time it was asked.
func (s *Server) Got() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.got
	s.got = nil
	return out
}

// session is one connection of a client.
type session struct {
	s        *Server
	in       bool
	from, to string
}

// AuthMechanisms implements [smtp.AuthSession].
func (c *session) AuthMechanisms() []string {
	if c.s.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements [smtp.AuthSession].
func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != c.s.User || password != c.s.Password {
			return smtp.ErrAuthFailed
		}
		c.in = true
		return nil
	}), nil
}

// Mail implements [smtp.Session].
func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	if c.s.User != "" && !c.in {
		return smtp.ErrAuthRequired
	}
	c.from = from
	return nil
}

// Rcpt implements [smtp.Session].
func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if c.to != "" {
		return errors.New("one recipient is enough")
	}
	if c.s.Refuse != nil {
		if err := c.s.Refuse(to); err != nil {
			return err
		}
	}
	c.to = to
	return nil
}

// Data implements [smtp.Session].
func (c *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	time.Sleep(c.s.Slow)
	m, err := read(string(raw))
	if err != nil {
		return err
	}
	m.From, m.To = c.from, c.to
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.got = append(c.s.got, m)
	return nil
}

// Reset implements [smtp.Session].
func (c *session) Reset() { c.from, c.to = "", "" }

// Logout implements [smtp.Session].
func (c *session) Logout() error { return nil }

func read(raw string) (Message, error) {
	out := Message{Raw: raw}
	m, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return out, err
	}
	out.Head = m.Header
	if out.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return out, err
	}
	body := m.Body
	if strings.EqualFold(m.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	out.Text = strings.ReplaceAll(string(text), "\r\n", "\n")
	return out, err
}
