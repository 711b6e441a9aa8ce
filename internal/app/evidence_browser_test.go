package app

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keepiton/internal/coalition"
	"keepiton/internal/evidence"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db/dbtest"
)

// shows is where screenshots go, when the environment names a directory.
const shows = "KEEPITON_SHOTS"

// exhibit files a picture with a text, takes a name out of it, and asks for more
// to go out, so that its page has something of everything.
func (x *deskSite) exhibit(c crew, lead string) (path string) {
	x.t.Helper()
	ctx, ref := context.Background(), strings.TrimPrefix(lead, "/desk/leads/")
	f := evidence.Filing{Draft: evidence.Draft{Kind: "file", Class: "H", Title: "صورة طابور أمام متجر، and a rather long title for the sake of the narrow screens", Says: "Maryam Rostami of Karaj saw it.\nمریم رستمی هم دید.",
		URL: "https://nowhere.invalid.example/a/long/address/that/has/no/place/to/break/in/it?and=a&long=query", Audience: evidence.Confidential, Precision: "region", Consent: evidence.Consent{Internal: evidence.Yes, Partners: evidence.Yes, Anonymous: evidence.Yes}}}
	it, err := x.work.items.AddFile(ctx, c.author.actor(), ref, f, "a picture with a name that is long enough to be broken.png", bytes.NewReader(aPicture(x.t)))
	if err != nil {
		x.t.Fatal(err)
	}
	next := it.Draft
	next.Audience, next.Precision = evidence.Open, evidence.Exact
	if _, _, err := x.work.items.Edit(ctx, c.author.actor(), it.Ref, it.Version, next); err != nil {
		x.t.Fatal(err)
	}
	return "/desk/evidence/" + it.Ref
}

// TestEvidenceInTheBrowser is TestPagesInTheBrowser for the pages of evidence:
// those to read, and those that show an error or what would be done.
func TestEvidenceInTheBrowser(t *testing.T) {
	t.Parallel()
	script := axe(t)
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	lead := c.author.file()
	item := x.exhibit(c, lead)
	gone := x.exhibit(c, lead)
	it, err := x.work.items.Item(t.Context(), c.author.actor(), strings.TrimPrefix(gone, "/desk/evidence/"))
	if err == nil {
		_, err = x.work.items.Withdraw(t.Context(), c.author.actor(), it.Ref, it.Version, "forged")
	}
	if err != nil {
		t.Fatal(err)
	}
	for who, pages := range map[*visitor][]string{
		c.first:  {item, item + "/edit", item + "/redact", item + "/picture", item + "/withdraw", lead + "/evidence/new", lead + "/evidence"},
		c.second: {item, gone},
	} {
		ctx, site := deskBrowser(t, x, who)
		for n, prefix := range []string{"", "/ar", "/fr", "/lite/ar"} {
			for i, p := range pages {
				inspect(t, ctx, script, site, prefix, p, (i+n)%2 == 1)
				shot(t, ctx, prefix+p+"-"+who.p.Name+"-320")
				wide(t, ctx, site+prefix+p)
			}
		}
	}
	ctx, site := deskBrowser(t, x, c.first)
	for _, prefix := range []string{"", "/ar"} {
		for path, form := range map[string]url.Values{
			lead + "/evidence/new": {"observed": {"yesterday"}, "same": {"E-2026-0999"}},
			item + "/edit":         {"source": {"Z"}},
			item + "/redact":       {"passages": {"maryam\nرستمي"}, "why": {"name"}},
			item + "/picture":      {"boxes": {"100 100 50 80"}, "why": {"person"}},
			item + "/withdraw":     {"reason": {"she is afraid"}},
		} {
			send(t, ctx, site+prefix+path, form)
			here(t, ctx, script, prefix+path+" as it was sent", prefix == "/ar")
			var shown bool
			if err := chromedp.Run(ctx, chromedp.Evaluate(`document.querySelector('#errors, [name=sure]') !== null`, &shown)); err != nil || !shown {
				t.Errorf("%s%s shows neither errors nor what would be done: %v", prefix, path, err)
			}
			shot(t, ctx, prefix+path+"-sent")
		}
	}
}

// TestCustodyOnAPhone: whatever stands in the custody of an item, its page is no wider
// than a narrow screen.
func TestCustodyOnAPhone(t *testing.T) {
	script := axe(t)
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	item := x.exhibit(c, c.author.file())
	long := x.join("MwanaishaNakabuyeKatusiimeOkello", coalition.Grant{Organisation: x.other.Ref, Role: desk.Verifier})
	files, err := x.work.items.Files(t.Context(), long.actor(), strings.TrimPrefix(item, "/desk/evidence/"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	if a := long.get(item + "/file/" + files[0].Digest); a.status != http.StatusOK {
		t.Fatal(a.status)
	}
	ctx, site := deskBrowser(t, x, c.first)
	for _, prefix := range []string{"", "/ar"} {
		inspect(t, ctx, script, site, prefix, item, false)
	}
}

// wide looks at a page on a desk's screen: nothing is wider than it.
func wide(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	var width int64
	if err := chromedp.Run(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(url), chromedp.Evaluate(`document.documentElement.scrollWidth`, &width)); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	if width > 1280 {
		t.Errorf("%s is %d pixels wide on a screen of 1280", url, width)
	}
	shot(t, ctx, url[strings.Index(url[8:], "/")+8:]+"-wide")
}

// send fills the form of a page with values no list or field of it would refuse
// before it is sent, and sends it.
func send(t *testing.T, ctx context.Context, at string, form url.Values) {
	t.Helper()
	var fill strings.Builder
	for name, values := range form {
		fill.WriteString(`(e => { e.type === 'hidden' || e.tagName !== 'SELECT' ? e.value = ` + scripted(values[0]) + ` : (e.add(new Option('', ` + scripted(values[0]) + `)), e.value = ` + scripted(values[0]) + `) })(f.elements[` + scripted(name) + `]);`)
	}
	err := chromedp.Run(ctx, chromedp.EmulateViewport(320, 800), chromedp.Navigate(at),
		chromedp.Evaluate(`window.stale = true; const f = document.querySelector('form.dense'); f.noValidate = true; `+fill.String()+` f.submit()`, nil),
		arrived(`window.stale === undefined && document.readyState === 'complete'`))
	if err != nil {
		t.Fatalf("%s: %v", at, err)
	}
}

// here is what [inspect] looks for, on the page that is open.
func here(t *testing.T, ctx context.Context, axe, what string, rtl bool) {
	t.Helper()
	var result, dir string
	var width int64
	if err := chromedp.Run(ctx, chromedp.Evaluate(axe, nil), chromedp.Evaluate(runAxe, &result, chromedp.EvalAsValue, awaitPromise),
		chromedp.Evaluate(`document.documentElement.dir`, &dir), chromedp.Evaluate(`document.documentElement.scrollWidth`, &width)); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if result != "[]" {
		t.Errorf("%s: %s", what, result)
	}
	if width > 320 || (dir == "rtl") != rtl {
		t.Errorf("%s is %d pixels wide on a screen of 320, its direction is %q", what, width, dir)
	}
}

func scripted(s string) string {
	return "`" + strings.ReplaceAll(s, "`", "") + "`"
}

// shot keeps a picture of the page for people to look at, where they asked for it.
func shot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv(shows)
	if dir == "" {
		return
	}
	var raw []byte
	if err := chromedp.Run(ctx, chromedp.FullScreenshot(&raw, 100)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, strings.NewReplacer("/", "_", "?", "_").Replace(name)+".png"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// aPicture is a PNG of 640 by 480 points with something to see in it.
func aPicture(t testing.TB) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 640, 480))
	for y := range 480 {
		for x := range 640 {
			m.SetGray(x, y, color.Gray{uint8(x*y/900 + x/4)})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
