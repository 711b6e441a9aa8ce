package app

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"keepiton/internal/dispute"
	"keepiton/internal/incident"
	"keepiton/internal/platform/db/dbtest"
)

// TestCasesInTheBrowser is TestPagesInTheBrowser for the pages of cases: axe, a
// narrow screen, Arabic, French, dark, and without pictures.
func TestCasesInTheBrowser(t *testing.T) {
	t.Parallel()
	script := axe(t)
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	lead := c.author.file("title", "وادي كيش، إنترنت الهاتف")
	c.author.prove(lead)
	c.author.post(lead+"/disagree", "claim", "what", "body", "One shop still took cards until 21:00.")
	c.first.post(lead+"/grade", "claim", "when", "grade", "probable", "note", "two networks")
	c.second.post(lead+"/say", "body", "I am asking the relay whether calls meant the landline.", "mention", itoa(c.editor.p.ID))
	c.first.sign(lead)
	c.author.file("title", "A lead with a rather long name that goes on and on, for the sake of the narrow screens")
	c.editor.post("/desk/filters", "name", "Mine", "query", "mine=1")
	c.editor.post("/desk/releases", "label", "2026-01", "as_of", "2026-01-31")
	ref := x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike("event", "")).Rows[0].Ref
	asked := "/desk/leads/" + x.takeUp(t, c, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
	x.importRows("sheet 2026-07-02.csv", incident.ImportOptions{}, rowLike("area_name", "Isfahan", "event", ""))
	pages := []string{asked, asked + "/sheets", "/desk", "/desk?state=rejected", "/desk/leads/new", lead, lead + "/edit", lead + "/edit?claim=why", lead + "/claims/when", lead + "/claims/how",
		lead + "/sign", lead + "/publish", lead + "/more", "/desk/releases", dispute.DeskPath, "/desk/waiting"}
	ctx, site := deskBrowser(t, x, c.editor)
	for n, prefix := range []string{"", "/ar", "/fr", "/lite/ar"} {
		for i, p := range pages {
			inspect(t, ctx, script, site, prefix, p, (i+n)%2 == 1)
		}
	}
}

// TestCasesByKeyboard takes a lead from the queue to its publication by keys
// alone, in English and in Arabic.
func TestCasesByKeyboard(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "/ar"} {
		x := startDesk(t, dbtest.SQLite(t))
		c := x.crew()
		lead := c.author.file()
		c.author.prove(lead)
		c.first.sign(lead)
		keys := func(list ...string) chromedp.Tasks {
			var out chromedp.Tasks
			for _, k := range list {
				out = append(out, chromedp.KeyEvent(k))
			}
			return out
		}
		answer := func(name string) chromedp.Tasks { // the first answer of a question, by space
			return chromedp.Tasks{chromedp.Focus(`#f-`+name, chromedp.ByQuery), chromedp.KeyEvent(" ")}
		}
		ctx, site := deskBrowser(t, x, c.second)
		var focus, help string
		err := chromedp.Run(ctx,
			chromedp.Navigate(site+prefix+"/desk"),
			keys("j"), chromedp.Evaluate(`document.activeElement.textContent`, &focus), keys("\r"),
			arrived(`location.pathname.endsWith('`+lead+`')`),
			keys("?"), chromedp.Evaluate(`String(document.getElementById('keys').open)`, &help),
			chromedp.Evaluate(`document.activeElement.blur()`, nil),
			keys("s"), arrived(`location.pathname.endsWith('/sign')`),
			answer("looked"), answer("independent"), answer("agree"), answer("other_causes"), answer("against"), answer("once"), answer("safe"),
			chromedp.Focus(`form[action$="/sign"] .doit button`, chromedp.ByQuery), keys("\r"),
			arrived(`location.pathname.endsWith('`+lead+`') && document.getElementById('notice') !== null`))
		if err != nil {
			t.Fatalf("%s %v", prefix, err)
		}
		if !strings.Contains(focus, "Tehran and Karaj") || help != "true" {
			t.Errorf("%s the first key leads to %q; the keys are shown: %s", prefix, focus, help)
		}
		ctx, site = deskBrowser(t, x, c.editor)
		var title string
		err = chromedp.Run(ctx,
			chromedp.Navigate(site+prefix+lead),
			keys("p"), arrived(`location.pathname.endsWith('/publish')`),
			chromedp.Focus(`form[action$="/publish"] .doit button`, chromedp.ByQuery), keys("\r"),
			arrived(`location.pathname.endsWith('`+lead+`') && document.getElementById('notice') !== null`),
			chromedp.Navigate(site+prefix+"/incidents/2026-0001"),
			chromedp.Text(`h1`, &title, chromedp.ByQuery))
		if err != nil || title == "" {
			t.Fatalf("%s %q %v", prefix, title, err)
		}
	}
}

// pressed is a key of a layout: what it gives, and where it lies.
func pressed(key, code string, shift bool) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		down := input.DispatchKeyEvent(input.KeyDown).WithKey(key).WithCode(code).WithText(key)
		if shift {
			down = down.WithModifiers(input.ModifierShift)
		}
		return errors.Join(down.Do(ctx), input.DispatchKeyEvent(input.KeyUp).WithKey(key).WithCode(code).Do(ctx))
	})
}

// TestKeysOfOtherLayouts: an Arabic or Cyrillic layout gives the place of a key, a
// Latin one what the key says.
func TestKeysOfOtherLayouts(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	c := x.crew()
	lead := c.author.file()
	c.author.prove(lead)
	ctx, site := deskBrowser(t, x, c.first)
	for _, l := range []struct {
		layout, j, s, two, help, helpAt string
		wrong                           string // what no layout of these letters may do at the place of s
	}{{"Arabic", "ت", "س", "٢", "؟", "Slash", "o"}, {"Cyrillic", "о", "ы", "2", "?", "Digit7", "o"}, {"Dvorak", "j", "s", "2", "?", "BracketLeft", "o"}} {
		at := func(place string) string {
			if l.layout == "Dvorak" {
				return "KeyZ" // somewhere else
			}
			return place
		}
		var focus, help, stays string
		err := chromedp.Run(ctx,
			chromedp.Navigate(site+"/ar/desk"),
			pressed(l.j, at("KeyJ"), false), chromedp.Evaluate(`document.activeElement.textContent`, &focus),
			pressed(l.help, l.helpAt, true), chromedp.Evaluate(`String(document.getElementById('keys').open)`, &help),
			chromedp.Navigate(site+"/ar"+lead),
			pressed(l.wrong, "KeyS", false), chromedp.Evaluate(`location.pathname`, &stays),
			pressed(l.s, at("KeyS"), false), arrived(`location.pathname.endsWith('/sign')`),
			chromedp.Navigate(site+"/ar"+lead),
			pressed(l.two, "Digit2", false), arrived(`location.pathname.includes('/claims/')`))
		if err != nil || !strings.Contains(focus, "Tehran and Karaj") || help != "true" || !strings.HasSuffix(stays, lead) {
			t.Errorf("%s: j leads to %q; the keys are shown: %s; a Latin o at the place of s leads to %s; %v", l.layout, focus, help, stays, err)
		}
	}
}
