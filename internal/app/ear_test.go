package app

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/i18n"
)

// ear is somebody who hears a page: they know roles, names, descriptions and states
// of what is there, in the order in which a screen reader tells it, and act on what
// they heard by the keyboard.
type ear struct {
	t   *testing.T
	ctx context.Context
	x   *i18n.Texts
	all []heard
}

// heard is one thing on a page as it is told.
type heard struct {
	role, name, description string
	state                   map[string]string
	id, parent              string
	dom                     cdp.BackendNodeID
}

// tree is the answer of the browser, as far as we ask for it: its library refuses
// words newer browsers know.
type tree struct {
	Nodes []struct {
		ID          string `json:"nodeId"`
		Parent      string `json:"parentId"`
		Ignored     bool   `json:"ignored"`
		Role        told   `json:"role"`
		Name        told   `json:"name"`
		Description told   `json:"description"`
		Properties  []struct {
			Name  string `json:"name"`
			Value told   `json:"value"`
		} `json:"properties"`
		DOM cdp.BackendNodeID `json:"backendDOMNodeId"`
	} `json:"nodes"`
}

type told struct {
	Value any `json:"value"`
}

func (v told) String() string {
	if v.Value == nil {
		return ""
	}
	return fmt.Sprint(v.Value)
}

// listen hears the whole page.
func (e *ear) listen() {
	e.t.Helper()
	e.all = nil
	err := chromedp.Run(e.ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		var page tree
		err := cdp.Execute(ctx, "Accessibility.getFullAXTree", nil, &page)
		for _, n := range page.Nodes {
			if n.Ignored {
				continue
			}
			h := heard{n.Role.String(), n.Name.String(), n.Description.String(), map[string]string{}, n.ID, n.Parent, n.DOM}
			for _, p := range n.Properties {
				h.state[p.Name] = p.Value.String()
			}
			e.all = append(e.all, h)
		}
		return err
	}))
	if err != nil {
		e.t.Fatal(err)
	}
}

// rawKey is a key of the catalogue that nobody should ever hear.
var rawKey = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)+$`)

// understood holds a page to what a listener needs.
func (e *ear) understood(where string) {
	e.t.Helper()
	e.listen()
	top, level, mains := 0, 0, 0
	for _, h := range e.all {
		switch h.role {
		case "RootWebArea":
			if h.name == "" {
				e.t.Errorf("%s has no title", where)
			}
		case "main":
			mains++
		case "heading":
			var n int
			fmt.Sscan(h.state["level"], &n)
			if n == 1 {
				top++
			}
			if n > level+1 {
				e.t.Errorf("%s: the heading %q is of level %d after level %d", where, h.name, n, level)
			}
			if h.name == "" {
				e.t.Errorf("%s: a heading without words", where)
			}
			level = n
		case "radiogroup", "table", "navigation", "group":
			if h.name == "" && h.role != "group" && h.role != "table" {
				e.t.Errorf("%s: %s without a name", where, h.role)
			}
		}
		if h.state["focusable"] == "true" && h.role != "RootWebArea" && h.role != "main" && strings.TrimSpace(h.name) == "" {
			e.t.Errorf("%s: %s that can be reached has no name", where, h.role)
		}
		if rawKey.MatchString(h.name) && h.role != "StaticText" && h.role != "InlineTextBox" && h.role != "link" {
			e.t.Errorf("%s: %s is called %q", where, h.role, h.name)
		}
		if h.state["invalid"] == "true" && h.description == "" {
			e.t.Errorf("%s: %s %q is wrong, and nothing says why", where, h.role, h.name)
		}
	}
	if top != 1 || mains != 1 {
		e.t.Errorf("%s: %d headings of the first level, %d main parts", where, top, mains)
	}
}

// find is the first thing of a role whose name begins with some words.
func (e *ear) find(role, name string) *heard {
	e.t.Helper()
	for i, h := range e.all {
		if h.role == role && strings.HasPrefix(h.name, name) {
			return &e.all[i]
		}
	}
	var there []string
	for _, h := range e.all {
		if h.role == role {
			there = append(there, h.name)
		}
	}
	e.t.Fatalf("there is no %s called %q; there are %q", role, name, there)
	return nil
}

func (e *ear) focus(h *heard) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		return dom.Focus().WithBackendNodeID(h.dom).Do(ctx)
	})
}

// press reaches something and presses a key on it.
func (e *ear) press(role, name, key string) {
	e.t.Helper()
	if err := chromedp.Run(e.ctx, e.focus(e.find(role, name)), chromedp.KeyEvent(key)); err != nil {
		e.t.Fatalf("%s %q: %v", role, name, err)
	}
}

// write fills a field in.
func (e *ear) write(role, name, text string) {
	e.t.Helper()
	err := chromedp.Run(e.ctx, e.focus(e.find(role, name)), chromedp.KeyEvent("a", chromedp.KeyModifiers(input.ModifierCtrl)), chromedp.ActionFunc(func(ctx context.Context) error {
		return input.InsertText(text).Do(ctx)
	}))
	if err != nil {
		e.t.Fatalf("%s %q: %v", role, name, err)
	}
}

// at waits until the browser is somewhere and hears the page.
func (e *ear) at(condition, where string) {
	e.t.Helper()
	if err := chromedp.Run(e.ctx, arrived(condition)); err != nil {
		e.t.Fatalf("%s: %v", where, err)
	}
	e.understood(where)
}

// told asks that something was announced: a status, or an alert.
func (e *ear) told(where string) {
	e.t.Helper()
	for _, h := range e.all {
		if h.role == "status" || h.role == "alert" {
			return
		}
	}
	e.t.Errorf("%s: what was done is not announced", where)
}

// TestPathByEar takes a lead from the empty form to its public page as somebody does
// who hears the pages, in English and in Arabic: every step by role and name alone.
func TestPathByEar(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "ar"} {
		t.Run(lang, func(t *testing.T) {
			x := startDesk(t, dbtest.SQLite(t))
			c := x.crew()
			prefix := map[string]string{"en": "", "ar": "/ar"}[lang]
			texts := x.frame.shell.Words(lang)
			hear := func(v *visitor) (*ear, string) {
				ctx, site := deskBrowser(t, x, v)
				return &ear{t: t, ctx: ctx, x: texts}, site
			}
			open := func(e *ear, site, path, where string) {
				t.Helper()
				if err := chromedp.Run(e.ctx, chromedp.Navigate(site+prefix+path)); err != nil {
					t.Fatal(err)
				}
				e.at(`true`, where)
			}

			author, site := hear(c.author)
			open(author, site, "/desk", "the queue")
			author.press("link", texts.T("verify.nav.new"), "\r")
			author.at(`location.pathname.endsWith('/leads/new')`, "the form")
			author.press("button", texts.T("verify.new.button"), "\r") // empty
			author.at(`document.querySelector('.err') !== null`, "the form with mistakes")
			if h := author.find("textbox", texts.T("verify.ask.title")); h.state["invalid"] != "true" || h.description == "" {
				t.Errorf("the title is missing, and the field does not say so: %+v", h)
			}
			author.told("the form with mistakes")
			author.write("textbox", texts.T("verify.ask.title"), "Tehran, mobile internet")
			author.write("textbox", texts.T("verify.ask.countries"), "Iran")
			author.write("textbox", texts.T("verify.ask.area"), "Tehran")
			author.write("textbox", texts.T("verify.ask.start"), "2026-01-08")
			author.press("combobox", texts.T("verify.ask.method"), kb.ArrowDown)
			author.press("button", texts.T("verify.new.button"), "\r")
			author.at(`/L-2026-0001$/.test(location.pathname)`, "the case")
			author.told("the case")
			lead := "/desk/leads/L-2026-0001"
			c.author.prove(lead)
			open(author, site, lead+"/evidence/new", "the form of evidence")
			open(author, site, lead+"/claims/when", "a claim")
			open(author, site, lead, "the case with evidence")
			for _, v := range []*visitor{c.first, c.second} {
				signer, site := hear(v)
				open(signer, site, lead, "the case of who signs")
				signer.press("link", texts.T("verify.do.sign"), "\r")
				signer.at(`location.pathname.endsWith('/sign')`, "the page to sign")
				for _, q := range []string{"looked", "independent", "agree", "other_causes", "against", "once", "safe"} {
					group := texts.T("verify.check." + q)
					signer.answer(group)
				}
				signer.press("button", texts.T("verify.sign.button"), "\r")
				signer.at(`location.pathname.endsWith('`+lead+`')`, "the case after a signature")
				signer.told("the case after a signature")
			}
			editor, site := hear(c.editor)
			open(editor, site, lead, "the case of the editor")
			editor.press("link", texts.T("verify.do.publish"), "\r")
			editor.at(`location.pathname.endsWith('/publish')`, "the page to publish")
			editor.press("button", texts.T("verify.publish.button"), "\r")
			editor.at(`location.pathname.endsWith('`+lead+`')`, "the published case")
			editor.told("the published case")
			x.settled()
			open(editor, site, "/incidents/2026-0001", "the public page")
		})
	}
}

// answer chooses the first answer of a question that is heard by its name.
func (e *ear) answer(question string) {
	e.t.Helper()
	under := map[string]bool{}
	for i, h := range e.all {
		if (h.role == "group" || h.role == "radiogroup") && strings.Contains(h.name, question) {
			under[h.id] = true
		}
		if under[h.parent] {
			under[h.id] = true
		}
		if h.role == "radio" && under[h.id] {
			if err := chromedp.Run(e.ctx, e.focus(&e.all[i]), chromedp.KeyEvent(" ")); err != nil {
				e.t.Fatal(err)
			}
			return
		}
	}
	e.t.Fatalf("no question is heard as %q", question)
}
