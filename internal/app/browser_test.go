package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"keepiton/internal/incident"
)

// browser starts Chromium, or skips the test, saying so, where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the browser half is skipped")
	}
	profile, err := os.MkdirTemp("", "keepiton-browser-*")
	if err != nil {
		t.Fatal(err)
	}
	// The browser writes to its profile for a moment after it was told to end.
	t.Cleanup(func() { os.RemoveAll(profile) })
	opts := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.UserDataDir(profile)}
	for _, f := range []string{"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync", "hide-scrollbars"} {
		opts = append(opts, chromedp.Flag(f, true))
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, close := chromedp.NewContext(ctx)
	t.Cleanup(close)
	ctx, cancel := context.WithTimeout(ctx, 8*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// axe is the accessibility checker's script.
func axe(t *testing.T) string {
	t.Helper()
	path := os.Getenv("KEEPITON_AXE")
	if path == "" {
		t.Skip("KEEPITON_AXE does not name axe.min.js: the accessibility half is skipped")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

const runAxe = `axe.run(document, {runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}})
  .then(r => JSON.stringify(r.violations.map(v => ({id: v.id, n: v.nodes.length, where: v.nodes[0].html.slice(0, 200)}))))`

// TestPagesInTheBrowser opens every kind of page in three languages, light and
// dark, on a narrow screen: no violation of WCAG 2.2 AA, nothing wider than the
// screen, the right direction, the skip link first on the keyboard.
func TestPagesInTheBrowser(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	script := axe(t)
	addr := startSite(t)
	for _, prefix := range []string{"", "/ar", "/fr", "/lite", "/lite/ar"} {
		for i, p := range publicPages() {
			inspect(t, ctx, script, "http://"+addr, prefix, p, i%2 == 1)
		}
	}
}

// inspect opens a page on a narrow screen: no violation of WCAG 2.2 AA, nothing
// wider than the screen, the right direction, the skip link first on the keyboard.
func inspect(t *testing.T, ctx context.Context, axe, site, prefix, path string, dark bool) {
	t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	url := site + prefix + path
	var result, dir, first string
	var width int64
	err := chromedp.Run(ctx,
		chromedp.EmulateViewport(320, 800),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.Navigate(url),
		chromedp.Evaluate(`document.documentElement.dir`, &dir),
		chromedp.Evaluate(`document.documentElement.scrollWidth`, &width),
		chromedp.Evaluate(axe, nil),
		chromedp.Evaluate(runAxe, &result, chromedp.EvalAsValue, awaitPromise),
		chromedp.KeyEvent("\t"),
		chromedp.Evaluate(`document.activeElement.getAttribute('href') || ''`, &first))
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	var violations []struct {
		ID    string
		N     int
		Where string
	}
	if err := json.Unmarshal([]byte(result), &violations); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	for _, v := range violations {
		t.Errorf("%s%s (%s): %s, %d times: %s", prefix, path, scheme, v.ID, v.N, v.Where)
	}
	if width > 320 {
		t.Errorf("%s%s is %d pixels wide on a screen of 320", prefix, path, width)
	}
	if rtl := strings.Contains(prefix, "ar"); (dir == "rtl") != rtl {
		t.Errorf("%s%s has the direction %q", prefix, path, dir)
	}
	if !strings.HasPrefix(first, "#") {
		t.Errorf("%s%s: the first stop of the keyboard is %q, not the skip link", prefix, path, first)
	}
	if os.Getenv(shows) != "" {
		shot(t, ctx, "narrow"+prefix+path)
		if err := chromedp.Run(ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
			t.Fatal(err)
		}
		shot(t, ctx, "wide"+prefix+path)
	}
}

// brokenWords lists the words of a page that go on in another line without a
// hyphen or another joint before the break.
const brokenWords = `(() => {
  const out = [], walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT), range = document.createRange();
  for (let node; node = walk.nextNode();) {
    if (!node.parentElement.checkVisibility() || node.parentElement.closest('option, pre')) continue;
    for (const word of node.data.matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
      range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1) out.push(word[0]);
    }
  }
  return out.join(' ') })()`

// TestNoWordBreaks: on a narrow screen words stay whole on the page that
// compares editions, also those in the name of a sheet and in heads of columns.
func TestNoWordBreaks(t *testing.T) {
	ctx := browser(t)
	const label = "accessnow_stop_sheet_2022"
	addr := startSiteWith(t, func(s *incident.Service) error {
		_, err := s.CutRelease(t.Context(), label, "2026-05-20")
		return err
	})
	for _, prefix := range []string{"", "/ar", "/fr"} {
		for _, scheme := range []string{"light", "dark"} {
			var broken string
			var width int64
			err := chromedp.Run(ctx,
				chromedp.EmulateViewport(320, 800),
				emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
				chromedp.Navigate("http://"+addr+prefix+"/data/compare?year=2022&to=record&from="+label),
				chromedp.WaitVisible("table.tot td", chromedp.ByQuery),
				chromedp.Evaluate(brokenWords, &broken),
				chromedp.Evaluate(`document.documentElement.scrollWidth`, &width))
			if err != nil {
				t.Fatal(err)
			}
			if broken != "" || width > 320 {
				t.Errorf("%s in the %s: %d pixels wide, these words are broken: %s", prefix, scheme, width, broken)
			}
		}
	}
}

// TestNewcomer finds, with links and forms alone, how many shutdowns Iran had
// in 2022, what for, and where a fact comes from.
func TestNewcomer(t *testing.T) {
	ctx := browser(t)
	addr := startSite(t)
	var heading, count, sources string
	err := chromedp.Run(ctx,
		chromedp.EmulateViewport(1200, 900),
		chromedp.Navigate("http://"+addr+"/"),
		chromedp.Click(`nav a[href="/incidents"]`, chromedp.ByQuery),
		chromedp.WaitVisible(`select[name=country]`, chromedp.ByQuery),
		chromedp.SetValue(`select[name=country]`, "IR", chromedp.ByQuery),
		chromedp.SetValue(`select[name=year]`, "2022", chromedp.ByQuery),
		chromedp.Click(`main form button`, chromedp.ByQuery),
		arrived(`location.search.includes('country=IR')`),
		chromedp.Text(`main h1`, &heading, chromedp.ByQuery),
		chromedp.Text(`main`, &count, chromedp.ByQuery),
		chromedp.Click(`main a[href^="/incidents/2022-"]`, chromedp.ByQuery),
		arrived(`location.pathname.startsWith('/incidents/2022-')`),
		chromedp.Text(`main`, &sources, chromedp.ByQuery))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(heading, "Iran") || !strings.Contains(count, fmt.Sprint("At least 21 shutdowns")) {
		t.Errorf("the list says %q, %.200q", heading, count)
	}
	if !strings.Contains(sources, "Sources") || !strings.Contains(sources, "Cause") {
		t.Errorf("the incident says %.300q", sources)
	}
}

func awaitPromise(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// arrived waits until the browser has finished the page it was sent to. While
// it changes pages there is nothing to ask, so a failed question is asked again.
func arrived(condition string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for range 150 {
			var there bool
			err := chromedp.Evaluate(condition+` && document.readyState === 'complete'`, &there).Do(ctx)
			if err == nil && there {
				return nil
			}
			if err := chromedp.Sleep(100 * time.Millisecond).Do(ctx); err != nil {
				return err
			}
		}
		return errors.New("the browser did not get to " + condition)
	})
}
