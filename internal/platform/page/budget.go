package page

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// Some networks let the first 16,384 bytes of a server on each connection pass
// and swallow the rest (reference: the curtain of June 2025). So we count what
// each connection has carried and close it, politely, when the next page would
// not fit any more. The client opens a new one and gets a new allowance.

var closing = []string{"close"}

// headerRoom is what the header of an answer and its TLS records may take.
const headerRoom = 1400

// counted is a connection that knows how many bytes it has carried, and that
// ends when its reader takes none any more.
type counted struct {
	net.Conn
	sent     atomic.Int64
	patience time.Duration
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := writeMoving(c.Conn, b, c.patience)
	c.sent.Add(int64(n))
	return n, err
}

type countingListener struct {
	net.Listener
	patience time.Duration
}

func (l countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	keepUnsentSmall(c)
	return &counted{Conn: c, patience: l.patience}, nil
}

// Listen prepares a listener for the pages: each of its connections is counted
// and ends when its reader has stalled for [Patience]. It goes under TLS, so
// that handshakes count too: wrap before tls.NewListener or ServeTLS.
func Listen(l net.Listener) net.Listener { return countingListener{l, Patience} }

type connKey struct{}

// ConnContext belongs into http.Server.ConnContext where connections have to be
// closed in time: with [Listen] it lets each answer know its connection's count.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	if cc, ok := c.(*counted); ok {
		return context.WithValue(ctx, connKey{}, cc)
	}
	return ctx
}

// mustClose tells whether the connection, after an answer of so many bytes
// (negative: unknown), could no longer carry a page of full weight.
func mustClose(r *http.Request, size int) bool {
	c, ok := r.Context().Value(connKey{}).(*counted)
	if !ok {
		return false
	}
	if size < 0 {
		return true
	}
	return c.sent.Load()+int64(size)+headerRoom > Curtain-PageLimit-headerRoom
}

// budgetWriter closes connections for handlers that do not know the rule.
type budgetWriter struct {
	http.ResponseWriter
	r     *http.Request
	lite  bool
	wrote bool
}

func (w *budgetWriter) WriteHeader(code int) {
	if !w.wrote && code >= 200 {
		w.wrote = true
		h := w.Header()
		size, err := strconv.Atoi(h.Get("Content-Length"))
		if err != nil && code != http.StatusNotModified && code != http.StatusNoContent {
			size = -1
		}
		if w.lite || mustClose(w.r, size) {
			h["Connection"] = closing
		}
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *budgetWriter) Write(b []byte) (int, error) {
	if !w.wrote {
		if w.Header().Get("Content-Length") == "" && w.r.Method != http.MethodHead && len(b) < 2048 {
			// net/http sends short answers in one piece; take the piece's length.
			w.wrote = true
			if w.lite || mustClose(w.r, len(b)) {
				w.Header()["Connection"] = closing
			}
		} else {
			w.WriteHeader(http.StatusOK)
		}
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap serves http.ResponseController.
func (w *budgetWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
