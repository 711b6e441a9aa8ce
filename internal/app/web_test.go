package app

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page"
	"keepiton/internal/platform/page/curtain"
	"keepiton/internal/platform/shared"
	"keepiton/internal/publish/logbook"
	"keepiton/internal/stop"
)

// startSite serves the starter register on a free port, with the rule about
// closing connections on, and returns its address.
func startSite(t testing.TB) string {
	t.Helper()
	return startSiteWith(t, func(*incident.Service) error { return nil })
}

// startSiteWith is [startSite] after more was done to the record.
func startSiteWith(t testing.TB, prepare func(*incident.Service) error) string {
	t.Helper()
	ctx := context.Background()
	d := dbtest.SQLite(t)
	s, err := incident.NewService(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	env := &Env{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if err := loadStarter(env, s); err != nil {
		t.Fatal(err)
	}
	if err := prepare(s); err != nil {
		t.Fatal(err)
	}
	cmd := ServeCmd{CacheMB: 32, Curtain: "every"}
	h, err := cmd.handler(t.Context(), env, d, s, bookOf(d), nil)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h, ConnContext: page.ConnContext, ReadHeaderTimeout: time.Second}
	go srv.Serve(page.Listen(ln)) //nolint:errcheck // ends with the test
	t.Cleanup(func() { srv.Close() })
	return ln.Addr().String()
}

// bookOf is the ledger of a register without a key of its own.
func bookOf(d *db.DB) *logbook.Book { return &logbook.Book{Log: ledger.New(d, nil)} }

// publicPages are one address of every kind of page.
func publicPages() []string {
	return []string{"/", "/incidents", "/incidents?country=IR&year=2022", "/incidents?q=zzzzzz", "/incidents/2022-0183", "/search", "/search?q=kashmir",
		"/countries", "/countries/IR", "/countries/IN", "/countries/IS", "/years", "/years/2025", "/years/2016", "/trends", "/map", "/data", "/data/codebook", "/about", "/api", "/ledger", "/corrections", "/incidents/2022-0183/dispute",
		"/nothing-here"}
}

func allPages() []string {
	var out []string
	for _, prefix := range []string{"", "/ar", "/fr", "/lite", "/lite/ar", "/lite/fr"} {
		for _, p := range publicPages() {
			out = append(out, prefix+p)
		}
	}
	return out
}

// TestFivePagesBehindTheCurtain fetches every public page five times in a row
// with one client through a relay that swallows what a connection brings after
// 16,384 bytes. All bodies must arrive whole.
func TestFivePagesBehindTheCurtain(t *testing.T) {
	addr := startSite(t)
	relay, err := curtain.Start(addr, curtain.Limit)
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}, Timeout: 5 * time.Second}
	for _, p := range allPages() {
		for i := range 5 {
			req, err := http.NewRequest(http.MethodGet, "http://"+relay.Addr()+p, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Accept-Encoding", "gzip")
			res, err := client.Do(req)
			if err != nil {
				t.Errorf("%s, visit %d: %v", p, i+1, err)
				break
			}
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil || int64(len(body)) != res.ContentLength {
				t.Errorf("%s, visit %d: %d bytes of %d, %v", p, i+1, len(body), res.ContentLength, err)
				break
			}
			if len(body) > page.PageLimit {
				t.Errorf("%s weighs %d bytes compressed, more than %d", p, len(body), page.PageLimit)
				break
			}
			if res.StatusCode >= 500 || (strings.HasPrefix(p, "/lite") && !res.Close) {
				t.Errorf("%s answers %d, close %v", p, res.StatusCode, res.Close)
				break
			}
		}
	}
	if n := relay.Cut(); n != 0 {
		t.Errorf("%d connections were cut", n)
	}
}

// TestNoCookieNoThirdParty looks at the headers of every page.
func TestNoCookieNoThirdParty(t *testing.T) {
	addr := startSite(t)
	for _, p := range allPages() {
		res, err := http.Get("http://" + addr + p)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if len(res.Cookies()) > 0 {
			t.Errorf("%s sets a cookie", p)
		}
		if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "http") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", p, csp)
		}
		if res.Header.Get("Referrer-Policy") != "no-referrer" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s lacks safe headers: %v", p, res.Header)
		}
	}
}

// TestHostileRequests: no request may cause an error of ours or come back raw.
func TestHostileRequests(t *testing.T) {
	addr := startSite(t)
	probe := `"><script>alert(1)</script>`
	var paths []string
	for _, p := range []string{"/incidents", "/incidents.csv", "/search", "/countries/IR", "/years/2022", "/map", "/data/compare", "/data/stop.csv",
		"/feeds/incidents.atom", "/feeds/incidents.json", "/api/v1/incidents", "/api/v1/days", "/pictures/year/2025.svg"} {
		for _, q := range []string{"q", "year", "country", "cause", "sort", "after", "limit", "release", "from", "to", "area", "service", "state"} {
			values := []string{"%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "%27%20or%201=1--", "%00", "%ff%fe", "..%2f..%2fetc%2fpasswd", "-1", "99999999999999999999", "1.zzzzzzzzzzzzzzzzzz", "%E2%80%AE", strings.Repeat("a", 4000), "*", "NEAR(a%20b)", "%22"}
			if strings.Contains(p, ".") {
				values = values[:3] // files are long; the pages share their parser
			}
			for _, v := range values {
				paths = append(paths, p+"?"+q+"="+v)
			}
		}
	}
	for _, p := range []string{"/incidents/..%2f..%2fetc%2fpasswd", "/incidents/%00", "/incidents/%27", "/countries/%3Cscript%3E", "/years/-1", "/years/99999999999", "/pictures/../../etc/passwd",
		"/pictures/year/..%2f..%2fx.svg", "/pictures/map/2025.exe", "/../../etc/passwd", "/ar/../../x", "/lite/lite/lite", "//evil.example/", "/%5Cevil.example", "/%5Cevil.example/", "/ar//evil.example/", "/incidents?" + strings.Repeat("x", 100_000), "/%ff%fe"} {
		paths = append(paths, p)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, p := range paths {
		res, err := client.Get("http://" + addr + p)
		if err != nil {
			if strings.Contains(err.Error(), "invalid") {
				continue // the client itself refuses to send it
			}
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode >= 500 {
			t.Errorf("%.80s answers %d", p, res.StatusCode)
		}
		if kind := res.Header.Get("Content-Type"); strings.Contains(string(body), probe) && !strings.Contains(kind, "json") {
			t.Errorf("%.80s echoes markup", p)
		}
		if to, err := res.Location(); err == nil && (to.Host != addr || strings.Contains(res.Header.Get("Location"), `\`)) {
			t.Errorf("%.80s redirects to %s", p, to)
		}
	}
}

// build makes the real binary once for the tests that have to kill it.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "keepiton")
	out, err := exec.Command("go", "build", "-o", bin, "keepiton/cmd/keepiton").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// TestKillDuringImport ends the program with SIGKILL at several moments of an
// import: the database must be as it was before, and a second import whole.
func TestKillDuringImport(t *testing.T) {
	path := shared.Path(t, "data", "stop", "accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv")
	bin := build(t)
	dir := t.TempDir()
	if out, err := exec.Command(bin, "migrate", "--data", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for _, wait := range []time.Duration{50, 200, 400, 600, 800, 1000, 1200} {
		wait *= time.Millisecond
		cmd := exec.Command(bin, "import", "stop", "--data", dir, path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(wait)
		cmd.Process.Kill()
		killed := cmd.Wait() != nil
		out, _ := exec.Command(bin, "count", "--year", "2025", "--data", dir).CombinedOutput()
		whole := strings.Contains(string(out), "at least 313 shutdowns in 52 countries")
		none := strings.Contains(string(out), "holds no entries at all")
		if !whole && !none || (whole && killed && wait < 100*time.Millisecond) {
			t.Fatalf("after a kill at %v: %s", wait, out)
		}
	}
	if out, err := exec.Command(bin, "import", "stop", "--data", dir, path).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if out, err := exec.Command(bin, "doctor", "--data", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
}

// TestDrain sends SIGTERM while an answer is under way: it arrives whole and
// the program ends without an error.
func TestDrain(t *testing.T) {
	bin := build(t)
	cmd := exec.Command(bin, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 200)
	n, _ := out.Read(buf)
	_, base, ok := strings.Cut(strings.TrimSpace(string(buf[:n])), "keepiton is on ")
	if !ok {
		t.Fatalf("serve said %q", buf[:n])
	}
	got := make(chan error, 1)
	go func() {
		res, err := http.Get(base + "/incidents.csv")
		if err == nil {
			_, err = io.ReadAll(res.Body)
			res.Body.Close()
		}
		got <- err
	}()
	time.Sleep(30 * time.Millisecond)
	cmd.Process.Signal(syscall.SIGTERM)
	if err := <-got; err != nil {
		t.Errorf("the answer under way was cut off: %v", err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v", err)
	}
}

var _ = stop.ImporterVersion

// TestStarterEditionSpeaksForItself: the register a site begins with is an
// edition too; it is not called a sheet, and has no days to show.
func TestStarterEditionSpeaksForItself(t *testing.T) {
	addr := startSite(t)
	_, releases := fetchAs(t, addr, "", "/api/v1/releases")
	_, label, ok := strings.Cut(releases, `"label":"starter`)
	label, _, _ = strings.Cut(label, `"`)
	if !ok {
		t.Fatalf("no starter edition: %.300s", releases)
	}
	q := "?release=" + url.QueryEscape("starter"+label)
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/years/2025":                    {200, "This edition has no counts of days"},
		"/years/2025/why":                {200, "Starter register, 20 May 2026"},
		"/incidents":                     {200, "the register this site began with"},
		"/pictures/year/2025.svg":        {404, "This edition has no counts of days"},
		"/pictures/year/2025.csv":        {404, "This edition has no counts of days"},
		"/pictures/causes/2025.svg":      {200, "Starter register, 20 May 2026"},
		"/api/v1/days":                   {404, "has no counts of days"},
		"/countries/MM":                  {200, "Starter register, 20 May 2026"},
		"/pictures/country-years/MM.svg": {200, "Starter register, 20 May 2026"},
	} {
		status, body := fetchAs(t, addr, "", path+q)
		if status != want.status || !strings.Contains(body, want.says) || strings.Contains(body, "as published, 20 May 2026") {
			t.Errorf("%s: %d, want %d with %q", path, status, want.status, want.says)
		}
	}
}

// TestLongAddress: an address nobody's link has is refused in the form its
// asker reads: a page in the language of the address, a problem to a program.
func TestLongAddress(t *testing.T) {
	addr := startSite(t)
	ask := func(path string) (*http.Response, string) {
		res, err := http.Get("http://" + addr + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusRequestURITooLong {
			t.Errorf("%.30s answers %d", path, res.StatusCode)
		}
		return res, string(body)
	}
	long := "?country=" + strings.Repeat("I", page.MaxAddress)
	for path, says := range map[string]string{"/api/v1/incidents": "too long", "/ar/api/v1/years": "طويل", "/lite/fr/api/v1/nothing": "trop longue"} {
		res, body := ask(path + long)
		var p struct {
			Type, Title string
			Status      int
		}
		if err := json.Unmarshal([]byte(body), &p); err != nil || p.Status != res.StatusCode || !strings.HasSuffix(p.Type, "/api#too_long") || !strings.Contains(p.Title, says) {
			t.Errorf("%s: %v, %.200s", path, err, body)
		}
		if kind := res.Header.Get("Content-Type"); kind != "application/problem+json" || res.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: a %s, CORS %q", path, kind, res.Header.Get("Access-Control-Allow-Origin"))
		}
	}
	for path, lang := range map[string]string{"/incidents": "en", "/ar/incidents": "ar", "/lite/fr/search": "fr", "/api": "en"} {
		if res, body := ask(path + long); !strings.Contains(body, `<html lang="`+lang+`"`) || strings.Contains(body, "IIIII") {
			t.Errorf("%s: %s, %.200s", path, res.Header.Get("Content-Type"), body)
		}
	}
}
