package evidence

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"keepiton/internal/platform/fault"
)

// Capturer fetches pages of the open internet, and nothing else: each name is
// resolved once, all its addresses are checked, and the connection goes to the
// address that was checked; for every redirect anew. It keeps no cookies, uses
// no proxy and tells nobody where it comes from. It is safe for concurrent use.
type Capturer struct {
	Resolver Resolver
	Host     string         // of our own site, which is never asked; "" for none
	Ports    []string       // "" stands for the scheme's own
	Limit    int64          // bytes of all answers on the way together, and of the last one unpacked
	Time     time.Duration  // for the whole way
	Agent    string         // what it calls itself
	Roots    *x509.CertPool // nil: the system's

	// dial connects to an address that was checked. Tests lead the addresses of
	// their open internet to listeners on this machine.
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
	self  func() ([]netip.Addr, error) // this machine's own addresses
	now   func() time.Time
	slots chan struct{} // answers are held in memory, so only a few at a time
}

// Bounds of a capture.
const (
	captureLimit  = 25 << 20
	captureTime   = 30 * time.Second
	captureHeader = 256 << 10
	maxRedirects  = 10
	atATime       = 2
)

// NewCapturer makes a capturer with the limits of every deployment.
func NewCapturer() *Capturer {
	d := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil || !openAddress(a.Addr()) { // once more, of the very address the system was given
			return errAddress
		}
		return nil
	}}
	return &Capturer{Resolver: net.DefaultResolver, Ports: []string{"80", "443"}, Limit: captureLimit, Time: captureTime,
		Agent: "Mozilla/5.0 (compatible; archive)", dial: d.DialContext, self: machineAddresses, now: time.Now, slots: make(chan struct{}, atATime)}
}

// hop is one request and its answer.
type hop struct {
	at       time.Time
	url      *url.URL
	status   int
	header   http.Header
	body     []byte // as it was sent, without the marks of chunks
	location string
	request  []byte // as they went over the line
	response []byte
	chain    []byte // PEM
	issuer   string
	trouble  string // why the certificates are not valid
}

// fetched is the way to a page.
type fetched struct {
	hops []hop
	body []byte // unpacked
}

func (f *fetched) last() *hop { return &f.hops[len(f.hops)-1] }

// Causes of a failed capture that a re-check tells apart.
var (
	errNoHost      = errors.New("no host of that name is known")
	errUnreachable = errors.New("the host does not answer")
	errTooMuch     = errors.New("the answer is too large")
	errTLS         = errors.New("no encrypted connection was agreed on")
)

// fetch goes from an address to the page it leads to.
func (c *Capturer) fetch(ctx context.Context, raw string) (*fetched, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Time)
	defer cancel()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, told(ctx.Err())
	}
	f := &fetched{}
	left := c.Limit
	for {
		u, err := ParseTarget(raw)
		if err != nil {
			return nil, told(err)
		}
		if len(f.hops) > maxRedirects {
			return nil, fault.New(fault.Invalid, "evidence.page_redirects", "most", maxRedirects)
		}
		h, err := c.get(ctx, u, left)
		if err != nil {
			return nil, told(err)
		}
		f.hops = append(f.hops, *h)
		left -= int64(len(h.response))
		if h.location == "" {
			break
		}
		next, err := u.Parse(h.location)
		if err != nil {
			return nil, told(errAddress)
		}
		raw = next.String()
	}
	var err error
	f.body, err = unpacked(f.last(), c.Limit)
	return f, told(err)
}

// told gives an error the words for whoever asked for the capture.
func told(err error) error {
	var resolve *net.DNSError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errAddress):
		return fault.Wrap(err, fault.Invalid, "evidence.page_refused")
	case errors.Is(err, errTooMuch):
		return fault.Wrap(err, fault.TooLarge, "evidence.page_large")
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Wrap(fmt.Errorf("%w: %w", errUnreachable, err), fault.Unavailable, "evidence.page_slow")
	case errors.Is(err, errTLS):
		return fault.Wrap(fmt.Errorf("%w: %w", errUnreachable, err), fault.Unavailable, "evidence.page_tls")
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault.Wrap(fmt.Errorf("%w: %w", errUnreachable, err), fault.Unavailable, "evidence.page_closed")
	case errors.As(err, &resolve) && resolve.IsNotFound:
		return fault.Wrap(fmt.Errorf("%w: %w", errNoHost, err), fault.Unavailable, "evidence.page_no_host")
	}
	return fault.Wrap(fmt.Errorf("%w: %w", errUnreachable, err), fault.Unavailable, "evidence.page_unreachable")
}

// get asks for one address and follows nothing.
func (c *Capturer) get(ctx context.Context, u *url.URL, left int64) (*hop, error) {
	h := &hop{at: c.now(), url: u}
	var line *recorded
	connect := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := c.connect(ctx, network, address)
		if err == nil {
			line = &recorded{Conn: conn, left: left + captureHeader}
			conn = line
		}
		return conn, err
	}
	t := &http.Transport{
		DialContext: connect,
		DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := c.connect(ctx, network, address)
			if err != nil {
				return nil, err
			}
			secure, err := c.handshake(ctx, conn, u.Hostname(), h)
			if err != nil {
				conn.Close()
				return nil, err
			}
			line = &recorded{Conn: secure, left: left + captureHeader}
			return line, nil
		},
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: captureHeader,
	}
	defer t.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", c.Agent)
	req.Header.Set("Accept", "text/html,*/*;q=0.8")
	req.Header.Set("Accept-Encoding", "identity")
	res, err := t.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	h.body, err = io.ReadAll(io.LimitReader(res.Body, left+1))
	res.Body.Close()
	if err != nil {
		return nil, err
	}
	if int64(len(h.body)) > left {
		return nil, errTooMuch
	}
	h.status, h.header = res.StatusCode, res.Header
	if slices.Contains([]int{301, 302, 303, 307, 308}, h.status) {
		h.location = res.Header.Get("Location")
	}
	h.request, h.response = line.both()
	return h, nil
}

// connect resolves a name once and connects to an address that was checked. One
// address that is not of the open internet makes the whole answer suspect.
func (c *Capturer) connect(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(c.Ports, port) {
		return nil, fmt.Errorf("port %s: %w", port, errAddress)
	}
	list, err := c.lookUp(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		self, err := c.isSelf(ctx, a)
		if err != nil {
			return nil, err
		}
		if self || !openAddress(a) {
			return nil, fmt.Errorf("%s: %w", host, errAddress)
		}
	}
	err = errUnreachable
	for _, a := range list {
		var conn net.Conn
		if conn, err = c.dial(ctx, network, net.JoinHostPort(a.Unmap().String(), port)); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// handshake begins TLS and notes the certificates. That they are not valid is a
// fact about the page like others: it is kept with the capture, not hidden by
// refusing the page.
func (c *Capturer) handshake(ctx context.Context, conn net.Conn, host string, h *hop) (net.Conn, error) {
	secure := tls.Client(conn, &tls.Config{ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, NextProtos: []string{"http/1.1"}})
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", errTLS, err)
	}
	certs := secure.ConnectionState().PeerCertificates
	var text bytes.Buffer
	between := x509.NewCertPool()
	for i, cert := range certs {
		pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
		if i > 0 {
			between.AddCert(cert)
		}
	}
	h.chain, h.issuer = text.Bytes(), oneLine(certs[0].Issuer.String())
	if _, err := certs[0].Verify(x509.VerifyOptions{DNSName: host, Roots: c.Roots, Intermediates: between, CurrentTime: h.at}); err != nil {
		h.trouble = oneLine(err.Error())
	}
	return secure, nil
}

// recorded keeps what goes over a connection, and ends it when that is too much.
type recorded struct {
	net.Conn
	mu        sync.Mutex
	sent, got bytes.Buffer
	left      int64
}

func (r *recorded) Write(p []byte) (int, error) {
	r.mu.Lock()
	r.sent.Write(p) // before, or the answer could be there first
	r.mu.Unlock()
	return r.Conn.Write(p)
}

func (r *recorded) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got.Write(p[:n])
	if r.left -= int64(n); r.left < 0 {
		return 0, errTooMuch
	}
	return n, err
}

func (r *recorded) both() (sent, got []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.sent.Bytes()), bytes.Clone(r.got.Bytes())
}

// unpacked is the body of an answer that came packed though nobody asked for it.
// What unpacks to more than the limit is refused; what cannot be unpacked stays
// as it came.
func unpacked(h *hop, limit int64) ([]byte, error) {
	var r io.ReadCloser
	var err error
	switch strings.ToLower(strings.TrimSpace(h.header.Get("Content-Encoding"))) {
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(h.body))
	case "deflate":
		r, err = zlib.NewReader(bytes.NewReader(h.body))
	default:
		return h.body, nil
	}
	if err != nil {
		return h.body, nil
	}
	defer r.Close()
	out, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(out)) > limit {
		return nil, errTooMuch
	}
	if err != nil {
		return h.body, nil
	}
	return out, nil
}

// head is the status line and the header of an answer as it went over the line.
func head(response []byte) []byte {
	if i := bytes.Index(response, []byte("\r\n\r\n")); i >= 0 {
		return response[:i+4]
	}
	return response
}
