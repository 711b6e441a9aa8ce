package ledger

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"keepiton/internal/mechanism/ledger/tsa"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// asked is an authority of a test as a [Stamper] takes it.
func asked(a *tsa.Authority) Authority { return Authority{Name: a.Name, URL: a.URL, Roots: a.Roots} }

// Two honest authorities, one that is down: two tokens are stored, and openssl
// accepts them over the stored checkpoint's bytes, without this program.
func TestStampsThatOpensslAccepts(t *testing.T) {
	one, two := tsa.Start(t, "one.test", "sha256"), tsa.Start(t, "two.test", "sha1")
	down := Authority{Name: "down.test", URL: "http://127.0.0.1:1", Roots: one.Roots}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l := New(d, newKey(t, origin))
		fill(t, l, 5)
		c := checkpoint(t, l)
		s, err := NewStamper(nil, asked(one), down, asked(two))
		if err != nil {
			t.Fatal(err)
		}
		results, err := l.Stamp(ctx, c, s)
		if err != nil || len(results) != 3 {
			t.Fatal(results, err)
		}
		for _, r := range results {
			if (r.Err == nil) != (r.Authority != "down.test") {
				t.Errorf("%s: %v", r.Authority, r.Err)
			}
		}
		stored, err := l.Stamps(ctx, c.Number)
		if err != nil || len(stored) != 2 {
			t.Fatal(stored, err)
		}
		dir := t.TempDir()
		tsa.Write(t, filepath.Join(dir, "checkpoint"), c.Note)
		tsa.Write(t, filepath.Join(dir, "altered"), bytes.Replace(c.Note, []byte("\n5\n"), []byte("\n6\n"), 1))
		for i, a := range []*tsa.Authority{one, two} {
			tsa.Write(t, filepath.Join(dir, "token"), stored[i].Token)
			verify := "ts -verify -token_in -in token -CAfile " + filepath.Join(a.Dir, "root.pem") + " -data "
			if out := tsa.OpenSSL(t, dir, verify+"checkpoint"); !strings.Contains(out, "Verification: OK") {
				t.Errorf("%s: openssl says %s", a.Name, out)
			}
			if out, err := exec.Command("openssl", strings.Fields("ts -verify -token_in -in "+dir+"/token -CAfile "+a.Dir+"/root.pem -data "+dir+"/altered")...).CombinedOutput(); err == nil {
				t.Errorf("%s: openssl accepts another checkpoint: %s", a.Name, out)
			}
			checked, err := CheckStamp(stored[i].Token, c.Note, a.Roots)
			if err != nil || checked.At != stored[i].At || checked.Accuracy != time.Second {
				t.Errorf("%s: %+v, %v", a.Name, checked, err)
			}
		}
		// Whoever has stamped is not asked again; who was down is.
		results, err = l.Stamp(ctx, c, s)
		if err != nil || len(results) != 1 || results[0].Authority != "down.test" {
			t.Fatalf("asked again: %+v, %v", results, err)
		}
	})
}

// liar is an authority of our own making, for what openssl would never sign.
type liar struct {
	roots *x509.CertPool
	key   *rsa.PrivateKey
	cert  *x509.Certificate
	twin  *x509.Certificate // same key, name, number and length, another content
}

func newLiar(t testing.TB, usage x509.ExtKeyUsage) liar {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	make := func(tmpl, parent *x509.Certificate) *x509.Certificate {
		der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	from, to := time.Now().Add(-48*time.Hour), time.Now().Add(48*time.Hour)
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotBefore: from, NotAfter: to, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "tsa"}, NotBefore: from, NotAfter: to, ExtKeyUsage: []x509.ExtKeyUsage{usage}, KeyUsage: x509.KeyUsageDigitalSignature}
	l := liar{roots: x509.NewCertPool(), key: key}
	l.roots.AddCert(make(root, root))
	l.cert = make(leaf, root)
	leaf.NotAfter = to.Add(time.Hour)
	l.twin = make(leaf, root)
	return l
}

// answer signs whatever it is told to.
func (l liar) answer(t testing.TB, query []byte, change func(*timestamp.Timestamp)) []byte {
	t.Helper()
	q, err := timestamp.ParseRequest(query)
	if err != nil {
		t.Error(err)
		return nil
	}
	ts := &timestamp.Timestamp{HashAlgorithm: q.HashAlgorithm, HashedMessage: q.HashedMessage, Nonce: q.Nonce, Time: time.Now(),
		Policy: asn1.ObjectIdentifier{1, 2, 3}, AddTSACertificate: true}
	if change != nil {
		change(ts)
	}
	reply, err := ts.CreateResponseWithOpts(l.cert, l.key, crypto.SHA256)
	if err != nil {
		t.Error(err)
	}
	return reply
}

// lie is what an authority answers, and whether that is to be taken.
type lie struct {
	roots  *x509.CertPool
	answer func(query []byte) []byte
	good   bool
}

// signedLies are answers with a good signature and something else wrong.
func signedLies(t *testing.T) map[string]lie {
	ours, noStamps := newLiar(t, x509.ExtKeyUsageTimeStamping), newLiar(t, x509.ExtKeyUsageServerAuth)
	with := func(change func(*timestamp.Timestamp)) lie {
		return lie{ours.roots, func(q []byte) []byte { return ours.answer(t, q, change) }, false}
	}
	good := with(nil)
	good.good = true
	return map[string]lie{
		"a good answer of our own making":  good,
		"a stamp on something else":        with(func(ts *timestamp.Timestamp) { ts.HashedMessage[3] ^= 1 }),
		"another hash":                     with(func(ts *timestamp.Timestamp) { ts.HashAlgorithm = crypto.SHA384 }),
		"no nonce":                         with(func(ts *timestamp.Timestamp) { ts.Nonce = nil }),
		"another nonce":                    with(func(ts *timestamp.Timestamp) { ts.Nonce = big.NewInt(7) }),
		"an early time":                    with(func(ts *timestamp.Timestamp) { ts.Time = time.Now().Add(-time.Hour) }),
		"a late time":                      with(func(ts *timestamp.Timestamp) { ts.Time = time.Now().Add(time.Hour) }),
		"no certificate":                   with(func(ts *timestamp.Timestamp) { ts.AddTSACertificate = false }),
		"a certificate for something else": {noStamps.roots, func(q []byte) []byte { return noStamps.answer(t, q, nil) }, false},
		"another certificate of the same key": {ours.roots, func(q []byte) []byte {
			reply := ours.answer(t, q, nil)
			changed := bytes.Replace(reply, ours.cert.Raw, ours.twin.Raw, 1)
			if bytes.Equal(reply, changed) || len(reply) != len(changed) {
				t.Error("the certificate was not exchanged")
			}
			return changed
		}, false},
	}
}

// otherLies are answers that are nobody's, somebody else's or none.
func otherLies(t *testing.T, honest, stranger *tsa.Authority) map[string]lie {
	says := func(answer func(q []byte) []byte) lie { return lie{honest.Roots, answer, false} }
	refusal, err := timestamp.CreateErrorResponse(timestamp.Rejection, timestamp.SystemFailure)
	if err != nil {
		t.Fatal(err)
	}
	earlier := honest.Reply(t, requestFor(t, []byte("earlier")))
	return map[string]lie{
		"an answer to an earlier request": says(func([]byte) []byte { return earlier }),
		"a stranger's signature":          says(func(q []byte) []byte { return stranger.Reply(t, q) }),
		"an altered signature": says(func(q []byte) []byte {
			reply := honest.Reply(t, q)
			reply[len(reply)-4] ^= 1
			return reply
		}),
		"a refusal":            says(func([]byte) []byte { return refusal }),
		"granted with nothing": says(func([]byte) []byte { return []byte{0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00} }),
		"a web page":           says(func([]byte) []byte { return []byte("<html>") }),
		"nothing":              says(func([]byte) []byte { return nil }),
		"no end":               says(func(q []byte) []byte { return append(honest.Reply(t, q), make([]byte, 1<<20)...) }),
		"something behind it":  says(func(q []byte) []byte { return append(honest.Reply(t, q), 0) }),
	}
}

func TestAuthoritiesThatLie(t *testing.T) {
	ctx := context.Background()
	l := New(dbtest.SQLite(t), newKey(t, origin))
	honest, stranger := tsa.Start(t, "honest.test", "sha256"), tsa.Start(t, "stranger.test", "sha256")
	lies := signedLies(t)
	maps.Copy(lies, otherLies(t, honest, stranger))
	for name, tt := range lies {
		t.Run(name, func(t *testing.T) {
			fill(t, l, 1)
			c := checkpoint(t, l)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				query, _ := io.ReadAll(r.Body)
				w.Write(tt.answer(query))
			}))
			defer server.Close()
			s, err := NewStamper(nil, asked(honest), Authority{"liar.test", server.URL, tt.roots})
			if err != nil {
				t.Fatal(err)
			}
			results, err := l.Stamp(ctx, c, s)
			if err != nil || results[0].Err != nil {
				t.Fatalf("the honest one suffers: %+v, %v", results, err)
			}
			if (results[1].Err == nil) != tt.good {
				t.Errorf("err = %v", results[1].Err)
			}
			stored, err := l.Stamps(ctx, c.Number)
			if want := map[bool]int{true: 2, false: 1}[tt.good]; err != nil || len(stored) != want {
				t.Errorf("%d stored, not %d (%v)", len(stored), want, err)
			}
		})
	}
}

func requestFor(t testing.TB, data []byte) []byte {
	t.Helper()
	q, err := timestamp.CreateRequest(bytes.NewReader(data), &timestamp.RequestOptions{Certificates: true, Nonce: big.NewInt(7)})
	if err != nil {
		t.Error(err)
	}
	return q
}

// A certificate counts at the time the stamp states, not today: a stamp outlives
// its authority's certificate, and is none before it.
func TestStampOfATimeWithoutCertificate(t *testing.T) {
	ours, data := newLiar(t, x509.ExtKeyUsageTimeStamping), []byte("data")
	for hours, good := range map[time.Duration]bool{-72: false, -24: true, 24: true, 72: false} {
		reply := ours.answer(t, requestFor(t, data), func(ts *timestamp.Timestamp) { ts.Time = time.Now().Add(hours * time.Hour) })
		if _, err := ParseStampReply(reply, data, big.NewInt(7), ours.roots); (err == nil) != good {
			t.Errorf("%d hours: %v", hours, err)
		}
	}
}

func TestAuthorityThatFails(t *testing.T) {
	ctx := context.Background()
	l := New(dbtest.SQLite(t), newKey(t, origin))
	fill(t, l, 1)
	c := checkpoint(t, l)
	ours := newLiar(t, x509.ExtKeyUsageTimeStamping)
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/error" {
			http.Error(w, "out of order", http.StatusInternalServerError)
			return
		}
		<-stop // never answers
	}))
	defer server.Close()
	defer close(stop)
	s, err := NewStamper(&http.Client{Timeout: 200 * time.Millisecond},
		Authority{"error.test", server.URL + "/error", ours.roots}, Authority{"silent.test", server.URL, ours.roots})
	if err != nil {
		t.Fatal(err)
	}
	results, err := l.Stamp(ctx, c, s)
	if err != nil || len(results) != 2 || results[0].Err == nil || results[1].Err == nil {
		t.Fatalf("%+v, %v", results, err)
	}
}

func TestStampersThatAreRefused(t *testing.T) {
	roots := x509.NewCertPool()
	a := func(name string) Authority { return Authority{name, "http://a.test", roots} }
	for name, list := range map[string][]Authority{
		"none":       nil,
		"four":       {a("1"), a("2"), a("3"), a("4")},
		"twice":      {a("1"), a("1")},
		"no name":    {a("")},
		"no address": {{"1", "", roots}},
		"no roots":   {{"1", "http://a.test", nil}},
	} {
		if _, err := NewStamper(nil, list...); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := CheckStamp([]byte{0x30, 0}, nil, nil); err == nil {
		t.Error("a stamp without roots was taken")
	}
}
