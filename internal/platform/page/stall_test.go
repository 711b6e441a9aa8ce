package page

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// testPatience stands for Patience. The slow reader takes four pieces in that
// time.
const (
	testPatience = 600 * time.Millisecond
	slowRate     = int(4 * movingPiece * time.Second / testPatience) // bytes a second
	wholeSize    = 150_000
)

// ending is how an answer ended, seen by its handler.
type ending struct {
	err     error         // of writing
	request error         // of the request's context
	took    time.Duration // from the first byte
}

// startDownloads serves an endless download and one in a single large write,
// and tells how each answer ended.
func startDownloads(t *testing.T) (addr string, ended chan ending) {
	t.Helper()
	ended = make(chan ending, 10)
	end := func(r *http.Request, start time.Time, err error) {
		if err != nil {
			<-r.Context().Done() // what a query to the database waits for
		}
		ended <- ending{err, r.Context().Err(), time.Since(start)}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /endless", func(w http.ResponseWriter, r *http.Request) {
		start, line := time.Now(), []byte(strings.Repeat("x", 1000))
		var err error
		for err == nil {
			_, err = w.Write(line)
		}
		end(r, start, err)
	})
	mux.HandleFunc("GET /whole", func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		_, err := w.Write([]byte(strings.Repeat("x", wholeSize)))
		end(r, start, err)
	})
	mux.HandleFunc("GET /thinks", func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		_, _ = io.WriteString(w, "begun ")
		_ = http.NewResponseController(w).Flush()
		time.Sleep(2 * testPatience)
		_, err := io.WriteString(w, "done")
		end(r, start, err)
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: sampleShell(t, nil).Handler(mux), ConnContext: ConnContext, ReadHeaderTimeout: time.Second}
	go srv.Serve(countingListener{ln, testPatience}) //nolint:errcheck // ends with the test
	t.Cleanup(func() { srv.Close() })
	return ln.Addr().String(), ended
}

// slowClient asks for a path over a connection that buffers next to nothing:
// its window has to be small from the beginning.
func slowClient(t *testing.T, addr, path string) net.Conn {
	t.Helper()
	dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		return errors.Join(raw.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 8<<10) }), err)
	}}
	c, err := dialer.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestStalledReaderIsLetGo stops reading: the write fails, the request is
// cancelled, and the connection is closed.
func TestStalledReaderIsLetGo(t *testing.T) {
	addr, ended := startDownloads(t)
	for _, path := range []string{"/endless", "/whole"} {
		c := slowClient(t, addr, path)
		if _, err := io.ReadFull(c, make([]byte, 3000)); err != nil {
			t.Fatal(err)
		}
		select {
		case e := <-ended:
			if !errors.Is(e.err, os.ErrDeadlineExceeded) || !errors.Is(e.request, context.Canceled) || e.took < testPatience {
				t.Errorf("%s ended after %v: %v, request %v", path, e.took, e.err, e.request)
			}
		case <-time.After(20 * testPatience):
			t.Fatalf("%s: a reader who takes nothing is still waited for", path)
		}
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the connection stays open: %v", path, err)
		}
	}
}

// TestSlowReaderIsServed reads very slowly, far longer than the patience, and
// gets everything.
func TestSlowReaderIsServed(t *testing.T) {
	addr, ended := startDownloads(t)
	for path, enough := range map[string]int{"/endless": 3 * slowRate, "/whole": wholeSize} {
		c := slowClient(t, addr, path)
		const step = 1000
		got, start := 0, time.Now()
		for buf := make([]byte, step); got < enough; {
			n, err := io.ReadFull(c, buf)
			if got += n; err != nil {
				break
			}
			time.Sleep(time.Duration(got)*time.Second/time.Duration(slowRate) - time.Since(start))
		}
		if took := time.Since(start); got < enough || took < 3*testPatience {
			t.Errorf("%s: %d of %d bytes in %v", path, got, enough, took)
		}
		c.Close()
		if e := <-ended; errors.Is(e.err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: taken for a stalled reader after %v", path, e.took)
		}
	}
}

// TestPatienceIsForReaders: an answer that takes its own time is no stalled
// reader, neither is a connection that waits for its next request.
func TestPatienceIsForReaders(t *testing.T) {
	addr, ended := startDownloads(t)
	c := slowClient(t, addr, "/thinks")
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || string(body) != "begun done" {
		t.Errorf("%q %v", body, err)
	}
	if e := <-ended; e.err != nil {
		t.Error(e.err)
	}
}
