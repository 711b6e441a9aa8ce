package evidence

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base32"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

func linkTo(url string) Filing {
	f := filing()
	f.Kind, f.Class, f.URL = Link, ClassNews, url
	return f
}

// bytesOf reads what is kept under a digest.
func (w *world) bytesOf(t testing.TB, digest string, size int64) []byte {
	t.Helper()
	d, err := blob.ParseDigest(digest)
	if err != nil {
		t.Fatal(err)
	}
	f, err := w.blobs.Open(d, size)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out, err := io.ReadAll(f)
	if err != nil || blob.DigestOf(out) != d {
		t.Fatalf("%s: %v", digest, err)
	}
	return out
}

// TestCapture keeps a page behind two redirects, one of them to TLS.
func TestCapture(t *testing.T) {
	page := "<p>The network is cut.</p>"
	n := newInternet(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.TLS == nil:
			http.Redirect(w, r, "https://news.example.org/old", http.StatusMovedPermanently)
		case r.URL.Path == "/old":
			w.Header().Set("Location", "new?x=1")
			w.WriteHeader(http.StatusFound)
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("X-Marked", "yes")
			io.WriteString(w, page)
		}
	}))
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, func(o *Options) { o.Capturer = n.capturer() })
		it := w.mustAdd(t, amina, linkTo("http://news.example.org/old"))
		_, err := w.Capture(t.Context(), reads, it.Ref)
		mustBe(t, "a capture by a reader", err, fault.Forbidden)
		if _, err := w.Capture(t.Context(), amina, it.Ref); err != nil {
			t.Fatal(err)
		}
		list, err := w.Captures(t.Context(), reads, it.Ref)
		if err != nil || len(list) != 1 {
			t.Fatalf("%+v %v", list, err)
		}
		c := list[0]
		if c.URL != "http://news.example.org/old" || c.FinalURL != "https://news.example.org/new?x=1" || c.Status != 200 || c.Media != "text/html" ||
			string(w.bytesOf(t, c.Body, c.BodySize)) != page || len(c.Hops) != 3 {
			t.Errorf("%+v", c)
		}
		for i, h := range c.Hops {
			request, response := string(w.bytesOf(t, h.Request, h.RequestSize)), string(w.bytesOf(t, h.Response, h.ResponseSize))
			if !strings.HasPrefix(request, "GET ") || !strings.Contains(request, "Host: news.example.org\r\n") || !strings.HasPrefix(response, "HTTP/1.1 "+strconv.Itoa(h.Status)) || !strings.HasSuffix(response, "\r\n\r\n") {
				t.Errorf("step %d: %q %q", i, request, response)
			}
			if strings.Contains(response, "X-Marked: yes") != (i == 2) || h.N != i+1 {
				t.Errorf("step %d: %q", i, response)
			}
			if (h.Chain != "") != (i > 0) {
				t.Errorf("step %d: the certificates are %q", i, h.Chain)
			}
		}
		last := c.Hops[2]
		block, _ := pem.Decode(w.bytesOf(t, last.Chain, last.ChainSize))
		if block == nil || last.Issuer == "" || !strings.Contains(last.Trouble, "news.example.org") { // the certificate is for example.com
			t.Fatalf("%+v", last)
		}
		if cert, err := x509.ParseCertificate(block.Bytes); err != nil || cert.Issuer.String() != last.Issuer {
			t.Errorf("%v", err)
		}
		checkWARC(t, w.bytesOf(t, c.WARC, c.WARCSize), c, page)
		w.mustBeWhole(t, it.Ref, Received, Captured)
		w.mustHandOut(t, it, c)
		if p, _, err := w.ForPublication(t.Context(), d.Reader(), it.ID); err != nil || len(p.Captures) != 1 || p.Captures[0].Digest != c.Body {
			t.Errorf("%+v %v", p, err)
		}
	})
}

// mustHandOut takes a captured page and its WARC file away, as those may who may
// take a file away, and finds both in the custody.
func (w *world) mustHandOut(t testing.TB, it Item, c Capture) {
	t.Helper()
	for digest, size := range map[string]int64{c.Body: c.BodySize, c.WARC: c.WARCSize} {
		_, _, err := w.DownloadCapture(t.Context(), reads, it.Ref, digest)
		mustBe(t, "a reader who takes it away", err, fault.Forbidden)
		body, f, err := w.DownloadCapture(t.Context(), boris, it.Ref, digest)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(body)
		body.Close()
		if err != nil || blob.DigestOf(got).String() != digest || f.Size != size || int64(len(got)) != size {
			t.Errorf("%d bytes of %s, said to be %d: %v", len(got), digest, f.Size, err)
		}
	}
	for _, digest := range []string{c.Hops[0].Request, strings.Repeat("ab", 32)} {
		_, _, err := w.DownloadCapture(t.Context(), boris, it.Ref, digest)
		mustBe(t, "what is no page and no WARC file", err, fault.NotFound)
	}
	f := filing()
	f.Partners = No
	kept := w.mustAdd(t, amina, f)
	_, _, err := w.DownloadCapture(t.Context(), boris, kept.Ref, c.Body)
	mustBe(t, "what a source keeps to another organisation", err, fault.Forbidden)
	_, _, err = w.DownloadCapture(t.Context(), amina, kept.Ref, c.Body)
	mustBe(t, "a page of another item", err, fault.NotFound)
	w.mustBeWhole(t, it.Ref, Received, Captured, Downloaded, Downloaded)
	w.record = func(_ context.Context, _ db.Tx, _ Touch) error { return io.ErrClosedPipe }
	if _, _, err := w.DownloadCapture(t.Context(), boris, it.Ref, c.Body); err == nil {
		t.Error("handed out though it could not be recorded")
	}
}

// A certificate that is valid is said to be.
func TestValidCertificate(t *testing.T) {
	n := newInternet(t, http.HandlerFunc(leads))
	n.names["example.com"] = []string{siteA.String()}
	for _, c := range []struct {
		roots   bool
		trouble string
	}{{true, ""}, {false, "unknown authority"}} {
		cap := n.capturer()
		if !c.roots {
			cap.Roots = x509.NewCertPool()
		}
		f, err := cap.fetch(t.Context(), "https://example.com/")
		if err != nil || (c.trouble == "") != (f.last().trouble == "") || !strings.Contains(f.last().trouble, c.trouble) {
			t.Errorf("%v %v", f, err)
		}
	}
}

// warcRecord is a record as a strict reader of ISO 28500 finds it. The reader
// shares no line with the writer.
type warcRecord struct {
	fields map[string]string
	block  []byte
}

func readWARC(t testing.TB, packed []byte) []warcRecord {
	t.Helper()
	var out []warcRecord
	in := bytes.NewReader(packed)
	for in.Len() > 0 {
		z, err := gzip.NewReader(in)
		if err != nil {
			t.Fatal(err)
		}
		z.Multistream(false) // each record is a member of its own
		raw, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, ok := bytes.Cut(raw, []byte("\r\n\r\n"))
		lines := strings.Split(string(head), "\r\n")
		if !ok || lines[0] != "WARC/1.1" {
			t.Fatalf("a record begins with %q", lines[0])
		}
		r := warcRecord{fields: map[string]string{}}
		for _, line := range lines[1:] {
			name, value, ok := strings.Cut(line, ": ")
			if _, twice := r.fields[name]; !ok || twice {
				t.Fatalf("a field reads %q", line)
			}
			r.fields[name] = value
		}
		size, err := strconv.Atoi(r.fields["Content-Length"])
		if err != nil || len(rest) != size+4 || string(rest[size:]) != "\r\n\r\n" {
			t.Fatalf("a block of %s bytes has %d", r.fields["Content-Length"], len(rest)-4)
		}
		r.block = rest[:size]
		sum := sha256.Sum256(r.block)
		if r.fields["WARC-Block-Digest"] != "sha256:"+base32.StdEncoding.EncodeToString(sum[:]) {
			t.Error("the digest of a block is wrong")
		}
		out = append(out, r)
	}
	return out
}

var recordID = regexp.MustCompile(`^<urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}>$`)

func checkWARC(t testing.TB, packed []byte, c Capture, page string) {
	t.Helper()
	list := readWARC(t, packed)
	if len(list) != 1+2*len(c.Hops) || list[0].fields["WARC-Type"] != "warcinfo" {
		t.Fatalf("%d records", len(list))
	}
	ids := map[string]bool{}
	for _, r := range list {
		id := r.fields["WARC-Record-ID"]
		if _, err := time.Parse(time.RFC3339Nano, r.fields["WARC-Date"]); err != nil || ids[id] || !recordID.MatchString(id) {
			t.Errorf("%v %v", r.fields, err)
		}
		ids[id] = true
	}
	for i, h := range c.Hops {
		answer, question := list[1+2*i], list[2+2*i]
		if answer.fields["WARC-Type"] != "response" || question.fields["WARC-Type"] != "request" || answer.fields["WARC-Target-URI"] != h.URL || question.fields["WARC-Target-URI"] != h.URL ||
			question.fields["WARC-Concurrent-To"] != answer.fields["WARC-Record-ID"] || answer.fields["Content-Type"] != "application/http;msgtype=response" {
			t.Errorf("%v %v", answer.fields, question.fields)
		}
		req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(question.block)))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answer.block)), req)
		if err != nil || res.StatusCode != h.Status {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || (i == len(c.Hops)-1 && string(body) != page) {
			t.Errorf("%q %v", body, err)
		}
	}
	outsideReaders(t, packed, c)
}

// outsideReaders opens the file with what else reads such files, where it is
// installed: gzip its members, and libarchive its records. libarchive knows WARC
// up to 1.0, so it is given the same records under that number; 1.1 only allows
// finer times.
func outsideReaders(t testing.TB, packed []byte, c Capture) {
	t.Helper()
	path := t.TempDir() + "/page.warc"
	if err := os.WriteFile(path+".gz", packed, 0o600); err != nil {
		t.Fatal(err)
	}
	plain, err := exec.Command("zcat", path+".gz").Output()
	if err != nil {
		t.Fatal(err)
	}
	old := bytes.ReplaceAll(plain, []byte("WARC/1.1\r\n"), []byte("WARC/1.0\r\n"))
	old = regexp.MustCompile(`(WARC-Date: \S{19})\.\d{6}Z`).ReplaceAll(old, []byte("${1}Z"))
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := exec.Command("bsdtar", "-tf", path).CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Log("bsdtar is not installed: no outside reader of WARC was asked")
		return
	}
	if err != nil {
		t.Errorf("bsdtar: %v\n%s", err, list)
	}
	var want strings.Builder // it names records by their path alone
	for _, h := range c.Hops {
		_, path, _ := strings.Cut(h.URL[strings.Index(h.URL, "//")+2:], "/")
		want.WriteString(path + "\n")
	}
	last := strings.TrimSpace(want.String()[strings.LastIndex(strings.TrimSpace(want.String()), "\n")+1:])
	body, err := exec.Command("bsdtar", "-xOf", path, strings.ReplaceAll(last, "?", `\?`)).Output()
	_, body, _ = bytes.Cut(bytes.TrimRight(body, "\x00"), []byte("\r\n\r\n")) // it gives the whole record, filled up with zeros
	if err != nil || string(list) != want.String() || blob.DigestOf(body).String() != c.Body {
		t.Errorf("bsdtar lists %q and reads %q: %v", list, body, err)
	}
}

// TestCaptureBounds: what takes too long, is too large or too deep is refused,
// and nothing of it is kept.
func TestCaptureBounds(t *testing.T) {
	n := newInternet(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			io.CopyN(w, rand.Reader, 2<<20)
		case "/endless":
			for r.Context().Err() == nil {
				w.Write(make([]byte, 32<<10))
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			z.Write(make([]byte, 64<<20))
			z.Close()
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, "unpacked")
			z.Close()
		case "/lies":
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, "not packed at all")
		case "/drip":
			w.WriteHeader(200)
			for r.Context().Err() == nil {
				w.Write([]byte("x"))
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		case "/silent":
			<-r.Context().Done()
		case "/header":
			w.Header().Set("X-Long", strings.Repeat("x", 2*captureHeader))
		case "/cut":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "short")
		}
	}))
	c := n.capturer()
	c.Limit = 1 << 20
	w := newWorld(t, dbtest.SQLite(t), func(o *Options) { o.Capturer = c })
	for path, want := range map[string]fault.Kind{
		"large": fault.TooLarge, "endless": fault.TooLarge, "bomb": fault.TooLarge, "drip": fault.Unavailable, "silent": fault.Unavailable,
		"header": fault.Unavailable, "cut": fault.Unavailable, "packed": "", "lies": "",
	} {
		it := w.mustAdd(t, amina, linkTo("http://news.example.org/"+path))
		c.Time = time.Hour // what ends does so for another reason, however slow the machine is
		if path == "drip" || path == "silent" {
			c.Time = 300 * time.Millisecond
		}
		got, err := w.Capture(t.Context(), amina, it.Ref)
		mustBe(t, path, err, want)
		if text := map[string]string{"packed": "unpacked", "lies": "not packed at all"}[path]; text != "" && string(w.bytesOf(t, got.Body, got.BodySize)) != text {
			t.Errorf("%s: %+v", path, got)
		}
		if list, err := w.Captures(t.Context(), amina, it.Ref); err != nil || len(list) != map[bool]int{true: 1}[want == ""] {
			t.Errorf("%s: %d captures, %v", path, len(list), err)
		}
	}
	it := w.mustAdd(t, amina, filing())
	_, err := w.Capture(t.Context(), amina, it.Ref)
	mustBe(t, "an item without an address", err, fault.Invalid)
}

// captureChild names database, blobs and web server of TestCaptureChild.
const captureChild = "EVIDENCE_TEST_CAPTURE"

// TestCaptureChild is the other process of TestCaptureKilled: it captures page
// after page, and says each that was acknowledged.
func TestCaptureChild(t *testing.T) {
	where := strings.Split(os.Getenv(captureChild), "|")
	if len(where) != 3 {
		t.Skip("only as a child of TestCaptureKilled")
	}
	d, err := db.Open(t.Context(), where[0])
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.New(where[1])
	if err != nil {
		t.Fatal(err)
	}
	n := &internet{t: t, hosts: map[netip.Addr]string{siteA: where[2]}}
	s := New(d, Options{Cases: twoCases, Blobs: blobs, Capturer: n.capturer()})
	for i := 0; ; i++ {
		it, err := s.Add(t.Context(), amina, "L-2026-0001", linkTo(fmt.Sprintf("http://93.184.215.14/to?/%d-%d", os.Getpid(), i)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Capture(t.Context(), amina, it.Ref); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("captured %s\n", it.Ref)
	}
}

// kill -9 at any point of a capture leaves all of it or nothing.
func TestCaptureKilled(t *testing.T) {
	n := newInternet(t, http.HandlerFunc(leads))
	for engine, target := range map[string]func(t testing.TB) string{"sqlite": func(t testing.TB) string { return t.TempDir() }, "postgres": dbtest.PostgresURL} {
		t.Run(engine, func(t *testing.T) {
			where := []string{target(t), t.TempDir() + "/blobs", n.hosts[siteA]}
			migrate(t, where[0])
			nothing := 0
			for range 6 {
				acknowledged := killedCapture(t, strings.Join(where, "|"))
				nothing = checkCaptures(t, where[0], where[1], acknowledged)
			}
			t.Logf("%d items were left without a capture", nothing)
		})
	}
}

func killedCapture(t *testing.T, where string) (acknowledged []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCaptureChild$")
	cmd.Env = append(os.Environ(), captureChild+"="+where)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if ref, ok := strings.CutPrefix(lines.Text(), "captured "); ok {
			if acknowledged = append(acknowledged, ref); len(acknowledged) == 2 {
				time.AfterFunc(time.Duration(time.Now().UnixNano()%60)*time.Millisecond, func() { cmd.Process.Kill() })
			}
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return acknowledged
}

// checkCaptures looks at everything that is there and gives how many items have
// no capture.
func checkCaptures(t *testing.T, target, dir string, acknowledged []string) (without int) {
	t.Helper()
	d, err := db.Open(context.Background(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	blobs, err := blob.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Service: New(d, Options{Cases: twoCases, Blobs: blobs}), blobs: blobs}
	items, err := ItemsOf(context.Background(), d.Reader(), 1)
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, it := range items {
		list, err := w.Captures(t.Context(), amina, it.Ref)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			without++
			w.mustBeWhole(t, it.Ref, Received)
			continue
		}
		have[it.Ref] = true
		w.mustBeWhole(t, it.Ref, Received, Captured)
		c := list[0]
		if len(list) != 1 || len(c.Hops) != 2 {
			t.Errorf("%s: %+v", it.Ref, list)
		}
		w.bytesOf(t, c.Body, c.BodySize)
		if records := readWARC(t, w.bytesOf(t, c.WARC, c.WARCSize)); len(records) != 5 {
			t.Errorf("%d records", len(records))
		}
		for _, h := range c.Hops {
			w.bytesOf(t, h.Request, h.RequestSize)
			w.bytesOf(t, h.Response, h.ResponseSize)
		}
	}
	for _, ref := range acknowledged {
		if !have[ref] {
			t.Errorf("%s was acknowledged and is gone", ref)
		}
	}
	return without
}

// Bytes no row names are taken away when they are old; others stay.
func TestTidy(t *testing.T) {
	n := newInternet(t, http.HandlerFunc(leads))
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, func(o *Options) { o.Capturer = n.capturer() })
		it := w.mustAdd(t, amina, linkTo("https://news.example.org/to?/x"))
		c, err := w.Capture(t.Context(), amina, it.Ref)
		if err != nil {
			t.Fatal(err)
		}
		left, err := w.blobs.Put(t.Context(), strings.NewReader("left behind"), 99)
		if err != nil {
			t.Fatal(err)
		}
		w.clock = time.Now()
		if n, err := w.Tidy(t.Context()); n != 0 || err != nil {
			t.Errorf("what is fresh was taken: %d %v", n, err)
		}
		w.clock = time.Now().Add(48 * time.Hour)
		if n, err := w.Tidy(t.Context()); n != 1 || err != nil {
			t.Errorf("%d were taken: %v", n, err)
		}
		if err := w.blobs.Verify(t.Context(), left.Digest); !errors.Is(err, blob.ErrMissing) {
			t.Error(err)
		}
		w.bytesOf(t, c.Body, c.BodySize)
		w.bytesOf(t, c.WARC, c.WARCSize)
		for _, h := range c.Hops {
			w.bytesOf(t, h.Request, h.RequestSize)
			w.bytesOf(t, h.Response, h.ResponseSize)
			w.bytesOf(t, h.Chain, h.ChainSize)
		}
	})
}

// An audit finds bytes that are gone, cut or changed, and custody that is broken,
// and nothing else.
func TestAudit(t *testing.T) {
	n := newInternet(t, http.HandlerFunc(leads))
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, func(o *Options) { o.Capturer = n.capturer() })
		it := w.mustAdd(t, amina, linkTo("https://news.example.org/x"))
		c, err := w.Capture(t.Context(), amina, it.Ref)
		if err != nil {
			t.Fatal(err)
		}
		_, f := w.mustAddFile(t, amina, "a.png", asPNG(t, photo(1, 20, 20)))
		audit := func(want int) {
			t.Helper()
			var found []error
			items, digests, err := w.Audit(t.Context(), func(e error) error { found = append(found, e); return nil })
			if err != nil || items != 2 || digests != 6 || len(found) != want {
				t.Errorf("%d items, %d digests, %v: %v", items, digests, err, found)
			}
		}
		audit(0)
		damage := func(digest string, change func(path string) error) {
			t.Helper()
			path := w.blobPath + "/" + digest[:2] + "/" + digest[2:4] + "/" + digest
			if err := change(path); err != nil {
				t.Fatal(err)
			}
		}
		damage(f.Digest, os.Remove)
		audit(1)
		damage(c.WARC, func(path string) error { return os.Truncate(path, 5) })
		audit(2)
		damage(c.Body, func(path string) error { return os.WriteFile(path, make([]byte, c.BodySize), 0o600) })
		audit(3)
		if _, err := d.Pool().Exec(fmt.Sprintf("update evidence_item set custody_n = 1 where id = %d", it.ID)); err != nil {
			t.Fatal(err)
		}
		audit(4)
	})
}
