package evidence

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"image/jpeg"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/platform/page/htmlcheck"
)

func catalogue(t testing.TB) *i18n.Catalogue {
	t.Helper()
	c, err := i18n.Load(page.Texts(), desk.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTextsAreWhole: every text in every language, and every key the code and
// the views may ask for.
func TestTextsAreWhole(t *testing.T) {
	c := catalogue(t)
	for _, gap := range i18n.Check(c) {
		t.Error(gap)
	}
	x := c.For("en")
	need := func(scheme string, list ...string) {
		for _, k := range list {
			if !x.Has("evidence." + scheme + k) {
				t.Errorf("evidence.%s%s is missing", scheme, k)
			}
		}
	}
	need("kind.", keys(Kinds())...)
	need("class.", keys(Classes())...)
	need("answer.", keys(Answers())...)
	need("precision.", keys(Precisions())...)
	need("why.", keys(Reasons())...)
	need("use.", keys(Uses())...)
	need("ask.consent_", keys(Uses())...)
	need("finding.", keys([]Finding{PageSame, PageChanged, PageGone, PageHome, HostGone, HostUnreachable})...)
	need("act.", keys(Acts())...)
	need("like.", keys([]Likeness{SameFile, SameAddress, LikePicture})...)
	for _, c := range (Draft{}).differences(fullDraft()) {
		if name := asked[c.Field]; name == "" {
			need("ask.", c.Field)
		} else {
			need("ask.", name)
		}
	}
	key := regexp.MustCompile(`"(evidence\.[a-z_.]+[a-z])"`)
	template := regexp.MustCompile(`(?:define |template |Body: |child.New\()"(evidence\.[a-z_.]+)"`)
	for _, file := range sources(t) {
		for _, m := range key.FindAllStringSubmatch(template.ReplaceAllString(file, ""), -1) {
			if !x.Has(m[1]) {
				t.Errorf("%s is missing", m[1])
			}
		}
	}
}

// fullDraft is a draft that differs from the empty one in every field.
func fullDraft() Draft {
	at := int64(1)
	return Draft{Kind: "x", Class: "x", Source: "x", Information: 1, Lang: "x", Title: "x", Says: "x", URL: "x", Speaker: "x", PlaceExact: "x", PlaceLocality: "x", PlaceRegion: "x",
		Precision: "x", Audience: "x", EmbargoUntil: &at, ObservedAt: &at, ObservedPrecision: "x", ReceivedAt: 1, ReceivedPrecision: "x", Consent: Consent{"x", "x", "x", "x", "x"}}
}

// sources are the code and the views of this room.
func sources(t testing.TB) (out []string) {
	t.Helper()
	for _, from := range []struct {
		in   fs.FS
		glob string
	}{{os.DirFS("."), "*.go"}, {Views(), "*.html"}} {
		names, err := fs.Glob(from.in, from.glob)
		if err != nil || len(names) == 0 {
			t.Fatal(names, err)
		}
		for _, name := range names {
			b, err := fs.ReadFile(from.in, name)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(name, "_test.go") {
				out = append(out, string(b))
			}
		}
	}
	return out
}

// entrance lets in whoever shows their own name as a token.
type entrance map[string]desk.Actor

func (e entrance) Who(_ context.Context, token string) (desk.Actor, error) {
	a, ok := e[token]
	if !ok {
		return a, fault.New(fault.Forbidden, "desk.enter")
	}
	return a, nil
}

var entrances = entrance{"amina": amina, "dara": dara, "boris": boris, "reads": reads, "other": other}

func (entrance) Modes(context.Context) (bool, bool, error) { return false, false, nil }

type staff struct{}

// The names of those who work on the second case are veiled.
func (staff) Named(_ context.Context, a desk.Actor, dossier int64) (func(ref string) (name, letter string), error) {
	return func(ref string) (name, letter string) {
		name = map[string]string{"amina": "Amina", "boris": "Boris", "dara": "Dara"}[ref]
		if dossier == 2 && ref != a.Ref && !a.Can(desk.Editor, "SY") {
			letter = "A"
		}
		return name, letter
	}, nil
}

func (staff) Organisations(context.Context, string) (map[int64]string, error) {
	return map[int64]string{7: "A group", 8: "The office", 9: "Another"}, nil
}

// readTimeout is how long the test's server waits for what is no file.
const readTimeout = 2 * time.Second

// site is the room in the browser.
type site struct {
	*world
	t    testing.TB
	url  string
	mine map[string]string // the form's token of a person
	said map[string]string // what the act before has to say to a person
}

func newSite(t testing.TB, d *db.DB, change ...func(*Options)) *site {
	t.Helper()
	shell, err := page.New(page.Options{Name: "keepiton", Texts: catalogue(t), Views: []fs.FS{Views()}})
	if err != nil {
		t.Fatal(err)
	}
	frame, err := desk.NewFrame(shell, entrances, "")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{world: newWorld(t, d, change...), t: t, mine: map[string]string{}, said: map[string]string{}}
	mux := http.NewServeMux()
	frame.Handle(mux, NewWeb(s.Service, staff{}).Routes()...)
	srv := httptest.NewUnstartedServer(shell.Handler(mux))
	srv.Config.ReadTimeout = readTimeout
	srv.Start()
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

// ask sends a request as a person, follows nothing, and checks every page it
// gets.
func (s *site) ask(who, method, path, kind string, body io.Reader) (*http.Response, []byte) {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.AddCookie(&http.Cookie{Name: "desk", Value: who})
	req.AddCookie(&http.Cookie{Name: "desk-said", Value: s.said[who]})
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		s.said[who] = c.Value
	}
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") && res.StatusCode != http.StatusSeeOther {
		lang := "en"
		if rest, ok := strings.CutPrefix(path, "/ar/"); ok && rest != "" {
			lang = "ar"
		} else if strings.HasPrefix(path, "/fr/") {
			lang = "fr"
		}
		for _, problem := range htmlcheck.Run(answer, htmlcheck.Sound(lang)) {
			s.t.Errorf("%s %s as %s: %s", method, path, who, problem)
		}
	}
	return res, answer
}

var tokenField = regexp.MustCompile(`name="?` + page.FormToken + `"? value="?([^" >]+)`)

// token is what forms of a person carry.
func (s *site) token(who string) string {
	s.t.Helper()
	if s.mine[who] == "" {
		_, body := s.ask(who, "GET", "/desk/leads/L-2026-0001/evidence/new", "", nil)
		m := tokenField.FindSubmatch(body)
		if m == nil {
			s.t.Fatalf("no token in %s", body)
		}
		s.mine[who] = string(m[1])
	}
	return s.mine[who]
}

func (s *site) post(who, path string, form url.Values) (*http.Response, string) {
	s.t.Helper()
	form.Set(page.FormToken, s.token(who))
	res, body := s.ask(who, "POST", path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	return res, string(body)
}

// upload sends the form for a new item as browsers do, the file last.
func (s *site) upload(who string, fields map[string]string, name string, content io.Reader) (*http.Response, string) {
	s.t.Helper()
	token := s.token(who)
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() {
		form.WriteField(page.FormToken, token)
		for k, v := range fields {
			form.WriteField(k, v)
		}
		part, _ := form.CreateFormFile("file", name)
		if content != nil {
			io.Copy(part, content)
		}
		form.Close()
		w.Close()
	}()
	res, body := s.ask(who, "POST", "/desk/leads/L-2026-0001/evidence/new", form.FormDataContentType(), r)
	return res, string(body)
}

func (s *site) show(who, path string, want ...string) string {
	s.t.Helper()
	res, body := s.ask(who, "GET", path, "", nil)
	if res.StatusCode != 200 {
		s.t.Fatalf("%s as %s: %d %.300s", path, who, res.StatusCode, body)
	}
	text := strings.Join(strings.Fields(pageText(s.t, body)), " ")
	for _, w := range want {
		if !strings.Contains(text, w) {
			s.t.Errorf("%s as %s does not say %q: %s", path, who, w, text)
		}
	}
	return text
}

var sureField = regexp.MustCompile(`name="sure" value="([0-9a-f]+)"`)

// twice sends the form of an act that shows what it would do before it does it:
// once, which changes nothing, and again with what the page then asks.
func (s *site) twice(who, path string, form url.Values, shows ...string) {
	s.t.Helper()
	before := len(s.told)
	res, body := s.post(who, path, form)
	sure := sureField.FindStringSubmatch(body)
	if res.StatusCode != http.StatusOK || sure == nil || len(s.told) != before {
		s.t.Fatalf("%s is not shown first: %d, %d acts, %s", path, res.StatusCode, len(s.told)-before, body)
	}
	for _, want := range shows {
		if !strings.Contains(body, want) {
			s.t.Errorf("%s does not show %q: %s", path, want, body)
		}
	}
	form.Set("sure", sure[1])
	if res, body := s.post(who, path, form); res.StatusCode != http.StatusSeeOther {
		s.t.Errorf("%s is not done: %d %.500s", path, res.StatusCode, body)
	}
}

func pageText(t testing.TB, body []byte) string {
	t.Helper()
	p, err := htmlcheck.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, n := range p.All("main") {
		b.WriteString(htmlcheck.Text(n))
	}
	return b.String()
}

func fill(kind Kind, class Class, title string) map[string]string {
	return map[string]string{"kind": string(kind), "class": string(class), "title": title, "says": "Maryam saw it.", "audience": "open", "precision": "region", "observed": "٢٠٢٦-٠٥-٢٠ 14:30", "received": "2026-05", "source": "B", "information": "2", "consent_court": "yes"}
}

// TestInTheBrowser: somebody files a file, looks at it, takes something out,
// corrects and withdraws it, by forms alone; everybody sees what is theirs.
func TestInTheBrowser(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		res, _ := s.upload("amina", fill(File, ClassMedia, "A photograph <b>"), "photo\u202egpj.exe", bytes.NewReader(withCamera(asJPEG(t, photo(1, 300, 200), 90), 6)))
		if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/desk/evidence/E-2026-0001") {
			t.Fatalf("%d %s", res.StatusCode, res.Header.Get("Location"))
		}
		item := "/desk/evidence/E-2026-0001"
		s.show("amina", res.Header.Get("Location"), "The item is stored.", "A photograph <b>", "photogpj.exe", "image/jpeg", "B: usually reliable", "2: probably true", "2026-05-20 14:30", "Amina, A group", "received")
		s.show("reads", item, "Maryam saw it.")
		for _, lang := range []string{"/ar", "/fr"} {
			s.show("amina", lang+item)
			s.show("amina", lang+"/desk/leads/L-2026-0001/evidence/new")
			s.show("amina", lang+"/desk/leads/L-2026-0001/evidence")
			s.show("amina", lang+item+"/edit")
		}
		files, err := s.Files(t.Context(), amina, "E-2026-0001")
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		res, small := s.ask("reads", "GET", item+"/preview/"+files[0].Digest, "", nil)
		if m, err := jpeg.Decode(bytes.NewReader(small)); err != nil || m.Bounds().Dx() != 200 || res.Header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%v %v", err, res.Header)
		}
		res, whole := s.ask("boris", "GET", item+"/file/"+files[0].Digest, "", nil)
		if res.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") || int64(len(whole)) != files[0].Size || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v", res.Header)
		}
		s.twice("amina", item+"/redact", url.Values{"passages": {"maryam\n"}, "why": {"name"}}, "<mark>Maryam</mark> saw it.", "1 place would be taken out")
		if res, body := s.post("amina", item+"/redact", url.Values{"passages": {"Maryam"}, "why": {"name"}}); res.StatusCode != 422 || !strings.Contains(body, "This passage does not stand in the text") {
			t.Errorf("%d %s", res.StatusCode, body)
		}
		s.show("amina", item+"/picture", "200 pixels wide and 300 high", "50")
		boxes := url.Values{"digest": {files[0].Digest}, "boxes": {"190 5 20 5"}, "why": {"person"}}
		if res, body := s.post("amina", item+"/picture", boxes); res.StatusCode != 422 || !strings.Contains(body, "inside the picture") || !strings.Contains(body, "190 5 20 5") {
			t.Errorf("a box outside: %d %.300s", res.StatusCode, body)
		}
		boxes.Set("boxes", "٠, ٠, 20, 30\n 5 5 5 5")
		s.twice("amina", item+"/picture", boxes, `<rect x="0" y="0" width="20" height="30"`, "/preview/"+files[0].Digest)
		s.show("amina", item, "█████ saw it.", "made here, may go out", "took something out")

		edit := url.Values{"version": {"3"}, "consent_court": {"yes"}}
		for k, v := range fill(File, ClassMedia, "") {
			edit.Set(k, v)
		}
		if res, body := s.post("amina", item+"/edit", edit); res.StatusCode != 422 || !strings.Contains(body, "Say in a few words what it is.") || !strings.Contains(body, "Maryam saw it.") {
			t.Errorf("%d %s", res.StatusCode, body)
		}
		edit.Set("title", "A photograph of a queue")
		if res, body := s.post("amina", item+"/edit", edit); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%d %s", res.StatusCode, body)
		}
		if res, body := s.post("dara", item+"/edit", edit); res.StatusCode != 422 || !strings.Contains(body, "Somebody else changed this item") {
			t.Errorf("an edit of what was edited: %d %s", res.StatusCode, body)
		}
		s.show("amina", item, "A photograph of a queue", "A photograph <b>", "edited")
		if res, body := s.post("amina", item+"/withdraw", url.Values{"version": {"4"}, "reason": {""}}); res.StatusCode != 422 || !strings.Contains(body, "Say why") {
			t.Errorf("%d %s", res.StatusCode, body)
		}
		s.twice("amina", item+"/withdraw", url.Values{"version": {"4"}, "use": {"court"}, "reason": {"afraid"}}, "use in court")
		s.twice("amina", item+"/withdraw", url.Values{"version": {"5"}, "reason": {"forged"}}, "Nothing that is public names it", "cannot be undone")
		if text := s.show("amina", item, "forged", "consent taken back"); strings.Contains(text, "Black out") {
			t.Error("what was withdrawn can be worked on")
		}
		s.mustBeWhole(t, "E-2026-0001", Received, Viewed, Downloaded, Redacted, Redacted, Edited, ConsentWithdrawn, Withdrawn)
	})
}

// TestRoutesRefuse: who may not, is told nothing; what is wrong is said.
func TestRoutesRefuse(t *testing.T) {
	s := newSite(t, dbtest.SQLite(t))
	veiled, err := s.Add(t.Context(), boris, "L-2026-0002", filing())
	if err != nil {
		t.Fatal(err)
	}
	if text := s.show("boris", "/desk/evidence/"+veiled.Ref, "Boris, The office"); strings.Contains(text, "Reviewer") {
		t.Error("one's own name is veiled")
	}
	s.show("other", "/desk/evidence/"+veiled.Ref, "Boris, The office") // an editor
	entrances["syria"] = actor("syria", 9, desk.Verifier, "SY")
	if text := s.show("syria", "/desk/evidence/"+veiled.Ref, "Reviewer A"); strings.Contains(text, "Boris") {
		t.Error("a veiled name shows")
	}
	f := filing()
	f.Partners = No
	own := s.mustAdd(t, amina, f)
	s.show("boris", "/desk/evidence/"+own.Ref, "Content kept by another organisation", "Amina, A group")
	s.show("boris", "/desk/leads/L-2026-0001/evidence", "Content kept by another organisation")
	for path, want := range map[string]int{
		"/desk/evidence/E-2026-0002": 404, "/desk/evidence/E-2026-0009": 404, "/desk/leads/L-2026-0001/evidence": 404, "/desk/leads/L-2026-0001/evidence/new": 404, "/desk/evidence/E-2026-0002/edit": 404,
		"/desk/evidence/E-2026-0002/preview/" + strings.Repeat("a", 64): 404, "/desk/evidence/E-2026-0002/file/" + strings.Repeat("a", 64): 404,
	} {
		if res, body := s.ask("other", "GET", path, "", nil); res.StatusCode != want {
			t.Errorf("%s from elsewhere: %d %.200s", path, res.StatusCode, body)
		}
	}
	if res, _ := s.ask("boris", "GET", "/desk/evidence/"+own.Ref+"/edit", "", nil); res.StatusCode != 403 {
		t.Errorf("editing another's own: %d", res.StatusCode)
	}
	for _, act := range []string{"capture", "withdraw", "redact", "picture", "origin", "grade", "raise"} {
		if res, _ := s.post("boris", "/desk/evidence/"+own.Ref+"/"+act, url.Values{"version": {"1"}, "reason": {"x"}}); res.StatusCode != 403 {
			t.Errorf("%s of another's own: %d", act, res.StatusCode)
		}
	}
	if res, body := s.upload("amina", map[string]string{"kind": "file", "class": "M", "title": "x", "observed": "yesterday"}, "", nil); res.StatusCode != 422 || !strings.Contains(body, "A day, a month or a year alone is fine") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if res, body := s.upload("amina", fill(File, ClassMedia, "no file"), "", nil); res.StatusCode != 422 || !strings.Contains(body, "Choose the file.") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	lost := fill(Account, ClassFirstHand, "By telephone")
	lost["same"] = "E-2026-0777"
	if res, body := s.upload("amina", lost, "", nil); res.StatusCode != 422 || !strings.Contains(body, "By telephone") || !strings.Contains(body, "E-2026-0777") {
		t.Errorf("a source that is not there: %d %s", res.StatusCode, body)
	}
	if res, _ := s.upload("amina", map[string]string{"title": strings.Repeat("x", maxFields+1)}, "", nil); res.StatusCode != 413 {
		t.Errorf("an endless field: %d", res.StatusCode)
	}
	items, err := ItemsOf(t.Context(), s.db.Reader(), 1)
	if err != nil || len(items) != 1 {
		t.Errorf("%d items, %v", len(items), err)
	}
}

// TestEveryRoute walks every route as every role, in the country of an item and
// in another one, for an item everybody may open, one that consent keeps inside,
// and one that is not there.
func TestEveryRoute(t *testing.T) {
	s := newSite(t, dbtest.SQLite(t))
	open, file := s.mustAddFile(t, amina, "a.txt", []byte("text"))
	if err := s.db.Write(t.Context(), func(tx db.Tx) error { // its bytes are those of a page too
		return insertCapture(t.Context(), tx, &Capture{Item: open.ID, Body: file.Digest, BodySize: file.Size, Hops: []Hop{{N: 1}}})
	}); err != nil {
		t.Fatal(err)
	}
	f := filing()
	f.Partners = No
	kept := s.mustAdd(t, amina, f)
	inside := actor("inside", 7, desk.Contributor, "IR")
	entrances["inside"] = inside
	walkers := map[string]desk.Role{"inside": desk.Contributor}
	for _, role := range desk.Roles() {
		for _, country := range []string{"IR", "SY"} {
			name := string(role) + country
			entrances[name], walkers[name] = actor(name, 8, role, country), role
		}
	}
	asked := 0
	for _, rt := range NewWeb(s.Service, staff{}).Routes() {
		for name, role := range walkers {
			for _, ref := range []string{open.Ref, kept.Ref, "E-2026-0999"} {
				path := strings.NewReplacer("leads/{ref}", "leads/L-2026-0001", "{ref}", ref, "{digest}", file.Digest).Replace(rt.Path)
				form := url.Values{page.FormToken: {s.tokenOf(name)}, "version": {"99"}, "kind": {"link"}, "digest": {file.Digest}}
				res, body := s.ask(name, rt.Method, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
				asked++
				want, aboutCase := "done", strings.Contains(rt.Path, "leads")
				switch {
				case !role.Gives(rt.Needs):
					want = "403"
				case strings.HasSuffix(name, "SY"), !aboutCase && ref == "E-2026-0999":
					want = "404"
				case !aboutCase && name != "inside" && ownActs.MatchString(rt.Path):
					want = "403" // what a source was promised is kept by those who did
				case aboutCase || rt.Path == "/desk/evidence/{ref}" || name == "inside" || ref == open.Ref: // theirs
				default:
					want = "403" // what consent keeps to one organisation
				}
				if name == "inside" && (strings.Contains(rt.Path, "{digest}") || strings.HasSuffix(path, "/picture")) && ref == kept.Ref {
					want = "404" // it has no such file
				}
				got := fmt.Sprint(res.StatusCode)
				if res.StatusCode == 200 || res.StatusCode == 303 || res.StatusCode == 422 || res.StatusCode == 400 {
					got = "done" // or said what to mend
				}
				if got != want {
					t.Errorf("%s %s as %s: %d, want %s: %.200s", rt.Method, path, name, res.StatusCode, want, body)
				}
			}
		}
	}
	t.Logf("%d requests", asked)
}

// ownActs are the routes for those alone who filed an item.
var ownActs = regexp.MustCompile(`/(edit|redact|picture|raise|withdraw)$`)

// tokenOf is the form's token of anybody, whether or not they see a form.
func (s *site) tokenOf(who string) string {
	m := hmac.New(sha256.New, []byte(who))
	m.Write([]byte("form"))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:18])
}

// TestLinkInTheBrowser: a page is captured when it is filed; when that fails the
// item stands all the same.
func TestLinkInTheBrowser(t *testing.T) {
	n := newInternet(t, http.HandlerFunc(leads))
	s := newSite(t, dbtest.SQLite(t), func(o *Options) { o.Capturer = n.capturer() })
	form := fill(Link, ClassNews, "A page")
	form["url"] = "https://news.example.org/to?/story"
	res, body := s.upload("amina", form, "", nil)
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	item := res.Header.Get("Location")
	s.show("amina", item, "the page captured", "https://news.example.org/story", "certificate by", "certificate not valid", "captured", "Download the captured page", "Download the WARC file")
	_, shown := s.ask("amina", "GET", item, "", nil)
	s.handsOut("amina", regexp.MustCompile(`href="(`+item+`/captured/[0-9a-f]{64})"`).FindAllStringSubmatch(string(shown), -1))
	if _, body := s.ask("reads", "GET", item, "", nil); bytes.Contains(body, []byte("/captured/")) {
		t.Error("a reader is shown what they may not take away")
	}
	form["url"] = "http://nobody.example.org/"
	res, _ = s.upload("amina", fill(Account, ClassFirstHand, "By telephone"), "voice.ogg", strings.NewReader("OggS"))
	s.show("amina", res.Header.Get("Location"), "By telephone", "voice.ogg") // a file beside what somebody tells
	res, _ = s.upload("amina", form, "", nil)
	s.show("amina", res.Header.Get("Location"), "The page could not be captured", "Nothing of the page is kept yet", "Nobody knows a host of that name")
	if res, body := s.post("amina", "/desk/evidence/E-2026-0003/capture", url.Values{}); res.StatusCode != 422 || !strings.Contains(body, "Nobody knows a host of that name") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	s.show("amina", "/desk/evidence/E-2026-0003", "could not be captured on 20 May 2026", "Nobody knows a host of that name")
	s.mustBeWhole(t, "E-2026-0003", Received, CaptureFailed, CaptureFailed)
	for _, inward := range []string{"http://127.0.0.1/x", "http://[::ffff:127.0.0.1]/x", "http://169.254.169.254/", "http://10.0.0.1/", "http://[fd00::1]/", "http://localhost/", "http://2130706433/"} {
		form["url"] = inward
		if res, body := s.upload("amina", form, "", nil); res.StatusCode != 422 || !strings.Contains(body, "leads into no private network") {
			t.Errorf("%s: %d", inward, res.StatusCode)
		}
	}
}

// handsOut follows the links to a captured page and its WARC file: both are to be
// stored, and neither is ever shown.
func (s *site) handsOut(who string, links [][]string) {
	s.t.Helper()
	if len(links) != 2 {
		s.t.Fatalf("links to the page and to its WARC file: %q", links)
	}
	for i, name := range []string{"E-2026-0001-", ".warc.gz"} {
		res, body := s.ask(who, "GET", links[i][1], "", nil)
		h := res.Header
		if res.StatusCode != 200 || h.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment; ") || !strings.Contains(h.Get("Content-Disposition"), name) ||
			h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || h.Get("X-Content-Type-Options") != "nosniff" || blob.DigestOf(body).String() != path.Base(links[i][1]) {
			s.t.Errorf("%d %v", res.StatusCode, h)
		}
	}
}

func FuzzMoment(f *testing.F) {
	for _, s := range []string{"2026-05-20 14:30", "2026-05-20T14:30Z", "٢٠٢٦-٠٥", "2026", "yesterday", "2026-13-01", " 2026-05-20  14 UTC"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, precision, ok := ParseMoment(s)
		if (at == nil) != (precision == "") {
			t.Fatal(at, precision)
		}
		again, same, ok2 := ParseMoment(FormatMoment(at, precision))
		if ok && (!ok2 || same != precision || (at != nil && *again != *at)) {
			t.Errorf("%q", s)
		}
	})
}

func FuzzBoxes(f *testing.F) {
	f.Add("1, 2, 3, 4\n5 6 7 8")
	f.Add("٠ ٠ ٢ 3")
	f.Add("-1,2,3,4")
	f.Fuzz(func(t *testing.T, s string) {
		boxes, ok := readBoxes(s, ReasonName)
		for _, b := range boxes {
			if !ok || b.X < 0 || b.W > 1<<20 {
				t.Errorf("%q: %+v", s, b)
			}
		}
	})
}
