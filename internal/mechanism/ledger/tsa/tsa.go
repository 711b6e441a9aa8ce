// Package tsa is a time-stamping authority (RFC 3161) for tests: openssl's own,
// behind HTTP, with a certificate of its own.
package tsa

import (
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const tsaConfig = `[tsa]
default_tsa = t
[t]
dir = .
serial = ./serial
crypto_device = builtin
signer_cert = ./tsa.pem
certs = ./root.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = %s
[ext]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
`

// Authority is a running one.
type Authority struct {
	Name, URL string
	Roots     *x509.CertPool
	Dir       string // holds root.pem, the certificate to trust

	mu sync.Mutex // one serial number after the other
}

// Start runs an authority until the test ends. essHash is sha1 or sha256, the
// form in which a token names its certificate. Without openssl the test is
// skipped.
func Start(t testing.TB, name, essHash string) *Authority {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed: the time-stamping authority cannot be run")
	}
	a := &Authority{Name: name, Dir: t.TempDir(), Roots: x509.NewCertPool()}
	Write(t, filepath.Join(a.Dir, "tsa.cnf"), []byte(fmt.Sprintf(tsaConfig, essHash)))
	Write(t, filepath.Join(a.Dir, "serial"), []byte("01\n"))
	OpenSSL(t, a.Dir, "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -days 30 -subj /CN=Root-"+name)
	OpenSSL(t, a.Dir, "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tsa.key -out tsa.csr -subj /CN=TSA-"+name)
	OpenSSL(t, a.Dir, "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -days 30 -extfile tsa.cnf -extensions ext -out tsa.pem")
	root, err := os.ReadFile(filepath.Join(a.Dir, "root.pem"))
	if err != nil || !a.Roots.AppendCertsFromPEM(root) {
		t.Fatal("root certificate", err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Content-Type") != "application/timestamp-query" {
			http.Error(w, "no query", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/timestamp-reply")
		w.Write(a.Reply(t, query))
	}))
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a
}

// Reply is `openssl ts -reply`.
func (a *Authority) Reply(t testing.TB, query []byte) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	Write(t, filepath.Join(a.Dir, "q.tsq"), query)
	OpenSSL(t, a.Dir, "ts -reply -config tsa.cnf -queryfile q.tsq -out q.tsr")
	reply, err := os.ReadFile(filepath.Join(a.Dir, "q.tsr"))
	if err != nil {
		t.Error(err)
	}
	return reply
}

// OpenSSL runs a command of openssl in a directory and gives what it said.
func OpenSSL(t testing.TB, dir, args string) string {
	t.Helper()
	cmd := exec.Command("openssl", strings.Fields(args)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("openssl %s: %v\n%s", args, err, out)
	}
	return string(out)
}

// Write writes a file of a test.
func Write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
