package evidence

import (
	"bytes"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/page"
)

// opened opens the form for a new item and gives a hidden field of it.
func (s *site) opened(who, field string) string {
	s.t.Helper()
	_, body := s.ask(who, "GET", "/desk/leads/L-2026-0001/evidence/new", "", nil)
	m := regexp.MustCompile(`name="` + field + `" value="([^"]+)"`).FindSubmatch(body)
	if m == nil {
		s.t.Fatalf("the form has no %s: %s", field, body)
	}
	return string(m[1])
}

// TestAllIsSaidAtOnce: every error of the form together, none twice, each under
// the words of its question and in the order of the form.
func TestAllIsSaidAtOnce(t *testing.T) {
	s := newSite(t, dbtest.SQLite(t))
	said := func(body string) []string {
		var out []string
		box, _, _ := strings.Cut(body[strings.Index(body, `id="errors"`):], "</div>")
		for _, line := range strings.Split(box, "<li>")[1:] {
			text, _, _ := strings.Cut(line[strings.Index(line, ">")+1:], "<")
			out = append(out, text)
		}
		return out
	}
	form := map[string]string{"kind": "link", "observed": "yesterday", "received": "a week ago", "embargo": "soon", "source": "Z", "consent_court": "perhaps", "same": "E-2026-0999", "url": "http://192.168.1.1/", "speaker": strings.Repeat("x", 301)}
	_, body := s.upload("amina", form, "empty.txt", strings.NewReader(""))
	want := []string{"“How does it know?”: Choose how", "“In a few words”: Say in", "“Address of the page”: This is no", "“Whose words or work is it?”: This is too long", "“How reliable is the source?”: Choose a letter",
		"“When was it seen? (UTC)”: Write it", "“When did it reach us? (UTC)”: Write it", "“Nothing of it goes out before (UTC)”: Write it", "“Use in court”: Choose one", "“Number of the other item”: There is no", "“File”: This file is empty"}
	got := said(body)
	if len(got) != len(want) {
		t.Fatalf("%d errors are said, want %d: %q", len(got), len(want), got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("error %d is %q, want %q", i+1, got[i], want[i])
		}
	}
	for _, m := range regexp.MustCompile(`<a href="#(f-[a-z_]+)"`).FindAllStringSubmatch(body, -1) {
		if !strings.Contains(body, `id="`+m[1]+`"`) {
			t.Errorf("an error leads to %s, which is not there", m[1])
		}
	}
	it := s.mustAdd(t, amina, filing())
	edit := url.Values{"version": {"1"}, "observed": {"yesterday"}}
	if res, body := s.post("amina", "/desk/evidence/"+it.Ref+"/edit", edit); res.StatusCode != 422 || len(said(body)) != 4 {
		t.Errorf("an edit: %d %q", res.StatusCode, said(body))
	}
}

// TestAFileIsNotAskedForAgain: it stays with the form until that is filed, for
// the person who sent it alone, and is swept when it never is.
func TestAFileIsNotAskedForAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		form := fill(File, ClassMedia, "")
		form["mark"] = s.opened("amina", "mark")
		if res, body := s.upload("amina", form, "queue.txt", strings.NewReader("a queue")); res.StatusCode != 422 || !strings.Contains(body, "queue.txt") || !strings.Contains(body, "is kept") {
			t.Fatalf("%d %s", res.StatusCode, body)
		}
		if n, err := s.Tidy(t.Context()); err != nil || n != 0 {
			t.Errorf("%d were swept: %v", n, err)
		}
		form["title"] = "A queue"
		if res, _ := s.upload("boris", form, "", nil); res.StatusCode != 422 {
			t.Errorf("the file of somebody else is filed: %d", res.StatusCode)
		}
		if res, body := s.upload("amina", form, "", nil); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%d %s", res.StatusCode, body)
		}
		if list, err := s.Files(t.Context(), amina, "E-2026-0001"); err != nil || len(list) != 1 || list[0].Name != "queue.txt" || list[0].Digest != blob.DigestOf([]byte("a queue")).String() {
			t.Errorf("%+v %v", list, err)
		}
		form["title"], form["mark"] = "", s.opened("amina", "mark")
		s.upload("amina", form, "never.txt", strings.NewReader("never filed"))
		never := blob.DigestOf([]byte("never filed"))
		s.clock = time.Now().Add(25 * time.Hour)
		if n, err := s.Tidy(t.Context()); err != nil || n != 1 {
			t.Errorf("%d were swept: %v", n, err)
		}
		if err := s.blobs.Verify(t.Context(), never); err == nil {
			t.Error("what was never filed stays for ever")
		}
		if err := s.blobs.Verify(t.Context(), blob.DigestOf([]byte("a queue"))); err != nil {
			t.Error(err)
		}
	})
}

// TestOneFormOneItem: a form that is sent twice, one after the other or at once,
// makes one item.
func TestOneFormOneItem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d, func(o *Options) { o.Record, o.Now = nil, nil })
		form := fill(Statement, ClassOfficial, "Pressed twice")
		form[page.FormOnce] = s.opened("amina", page.FormOnce)
		s.token("amina")
		var all sync.WaitGroup
		var mu sync.Mutex
		to := map[string]int{}
		for range 4 {
			all.Go(func() {
				res, _ := s.upload("amina", form, "", nil)
				mu.Lock()
				defer mu.Unlock()
				to[res.Header.Get("Location")]++
			})
		}
		all.Wait()
		res, _ := s.upload("amina", form, "", nil)
		to[res.Header.Get("Location")]++
		items, err := ItemsOf(t.Context(), d.Reader(), 1)
		if err != nil || len(items) != 1 || len(to) != 1 {
			t.Errorf("%d items, %v, %v", len(items), to, err)
		}
		again := maps.Clone(form)
		again[page.FormOnce] = s.opened("amina", page.FormOnce)
		if res, _ := s.upload("amina", again, "", nil); to[res.Header.Get("Location")] > 0 {
			t.Error("the same words in another form are not filed")
		}
	})
}

// TestPartsBehindTheFile: a program may send the file first; nothing behind it is
// lost, and a second file is refused.
func TestPartsBehindTheFile(t *testing.T) {
	s := newSite(t, dbtest.SQLite(t))
	send := func(names ...string) (*http.Response, string) {
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		form.WriteField(page.FormToken, s.token("amina"))
		for _, name := range names {
			part, _ := form.CreateFormFile("file", name)
			part.Write([]byte("bytes of " + name))
		}
		for k, v := range fill(File, ClassMedia, "Behind the file") {
			form.WriteField(k, v)
		}
		form.Close()
		res, body := s.ask("amina", "POST", "/desk/leads/L-2026-0001/evidence/new", form.FormDataContentType(), &b)
		return res, string(body)
	}
	if res, body := send("a.txt"); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	it, err := s.Item(t.Context(), amina, "E-2026-0001")
	if err != nil || it.Title != "Behind the file" || it.Court != Yes || it.Says == "" {
		t.Errorf("%+v %v", it, err)
	}
	if res, _ := send("a.txt", "b.txt"); res.StatusCode != 400 {
		t.Errorf("two files: %d", res.StatusCode)
	}
}

// TestTidyLeavesWhatIsPutAgain: old bytes that somebody puts there again just now
// are about to be named.
func TestTidyLeavesWhatIsPutAgain(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	k, err := w.blobs.Put(t.Context(), strings.NewReader("twice"), 100)
	if err != nil {
		t.Fatal(err)
	}
	name := k.Digest.String()
	old := w.clock.Add(-48 * time.Hour)
	path := w.blobPath + "/" + name[:2] + "/" + name[2:4] + "/" + name
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	if _, err := w.blobs.Put(t.Context(), strings.NewReader("twice"), 100); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Tidy(t.Context()); err != nil || n != 0 {
		t.Errorf("%d were swept: %v", n, err)
	}
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Tidy(t.Context()); err != nil || n != 1 {
		t.Errorf("%d were swept: %v", n, err)
	}
}

// A large file goes from the line to the disk without being held in memory.
func TestUploadIsStreamed(t *testing.T) {
	s := newSite(t, dbtest.SQLite(t))
	before := allocated()
	res, body := s.upload("amina", fill(File, ClassMedia, "A long film"), "film", io.LimitReader(zeroes{}, 96<<20))
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	if used := allocated() - before; used > 48<<20 {
		t.Errorf("%d MB were allocated for a file of 96 MB", used>>20)
	}
	res, body = s.upload("amina", fill(File, ClassMedia, "Too long a film"), "film", io.LimitReader(zeroes{}, maxFile+1))
	if res.StatusCode != 422 || !strings.Contains(body, "too large") {
		t.Errorf("%d %.500s", res.StatusCode, body)
	}
}

// dripping is a file that takes its time.
type dripping struct{ left int }

func (d *dripping) Read(p []byte) (int, error) {
	if d.left--; d.left < 0 {
		return 0, io.EOF
	}
	time.Sleep(readTimeout / 8)
	return copy(p, "slowly "), nil
}

// A file over a poor line may take longer than any form.
func TestUploadMayTakeLong(t *testing.T) {
	s := newSite(t, dbtest.SQLite(t))
	res, body := s.upload("amina", fill(File, ClassMedia, "Over a poor line"), "film", &dripping{left: 12})
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	if list, err := s.Files(t.Context(), amina, "E-2026-0001"); err != nil || list[0].Size != int64(12*len("slowly ")) {
		t.Errorf("%+v %v", list, err)
	}
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
