// Package htmlcheck checks rendered pages in tests: a few selectors, composable
// checks, and one that holds for every page of the site ([Sound]).
//
// A check gets a parsed page and returns what is wrong, one line each; nothing
// means that all is well. Checks are joined by passing several to [Run].
//
// Selectors know a tag, .class, #id, [attr], [attr=value] and the descendant
// blank: "main table.facts th", "a[rel=next]", "form input[name=q]". They know
// nothing else, on purpose.
package htmlcheck

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/net/html"
)

// Page is a parsed page with its bytes.
type Page struct {
	Raw  []byte
	root *html.Node
}

// Check tells what is wrong with a page, one line each.
type Check func(p *Page) []string

// Parse reads a page.
func Parse(raw []byte) (*Page, error) {
	root, err := html.Parse(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("htmlcheck.Parse: %w", err)
	}
	return &Page{raw, root}, nil
}

// Run parses a page and applies checks to it.
func Run(raw []byte, checks ...Check) []string {
	p, err := Parse(raw)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, c := range checks {
		out = append(out, c(p)...)
	}
	return out
}

// All finds the elements a selector chooses, in the order of the page.
func (p *Page) All(selector string) []*html.Node {
	var parts []part
	for _, s := range strings.Fields(selector) {
		parts = append(parts, parsePart(s))
	}
	var out []*html.Node
	walk(p.root, func(n *html.Node) {
		if n.Type == html.ElementNode && matches(n, parts) {
			out = append(out, n)
		}
	})
	return out
}

// Text is the text of the first element a selector chooses, white space
// folded; "" when there is none.
func (p *Page) Text(selector string) string {
	list := p.All(selector)
	if len(list) == 0 {
		return ""
	}
	return Text(list[0])
}

// Text is the text inside a node, white space folded. What a style or script
// element holds is no text.
func Text(n *html.Node) string {
	var b strings.Builder
	walk(n, func(n *html.Node) {
		if n.Type == html.TextNode && !(n.Parent != nil && (n.Parent.Data == "style" || n.Parent.Data == "script")) {
			b.WriteString(n.Data)
			b.WriteByte(' ')
		}
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

// Attr is the value of an attribute, "" when it is not there.
func Attr(n *html.Node, name string) string {
	v, _ := attr(n, name)
	return v
}

// Links lists the addresses of all links.
func (p *Page) Links() []string {
	var out []string
	for _, a := range p.All("a") {
		out = append(out, Attr(a, "href"))
	}
	return out
}

// Has wants at least one element.
func Has(selector string) Check {
	return func(p *Page) []string {
		if len(p.All(selector)) == 0 {
			return []string{"no " + selector}
		}
		return nil
	}
}

// Not wants no element.
func Not(selector string) Check {
	return func(p *Page) []string {
		if n := len(p.All(selector)); n > 0 {
			return []string{fmt.Sprintf("%d of %s, want none", n, selector)}
		}
		return nil
	}
}

// Count wants so many elements.
func Count(selector string, want int) Check {
	return func(p *Page) []string {
		if n := len(p.All(selector)); n != want {
			return []string{fmt.Sprintf("%d of %s, want %d", n, selector, want)}
		}
		return nil
	}
}

// HasText wants an element whose text contains want.
func HasText(selector, want string) Check {
	return func(p *Page) []string {
		list := p.All(selector)
		for _, n := range list {
			if strings.Contains(Text(n), want) {
				return nil
			}
		}
		got := ""
		if len(list) > 0 {
			got = Text(list[0])
		}
		return []string{fmt.Sprintf("no %s says %q; the first of %d says %.200q", selector, want, len(list), got)}
	}
}

// HasAttr wants an element with an attribute of that value.
func HasAttr(selector, name, want string) Check {
	return func(p *Page) []string {
		var got []string
		for _, n := range p.All(selector) {
			v, ok := attr(n, name)
			if ok && v == want {
				return nil
			}
			got = append(got, v)
		}
		return []string{fmt.Sprintf("no %s with %s=%q; there are %.300q", selector, name, want, got)}
	}
}

// Lacks wants bytes that nowhere hold a text.
func Lacks(text string) Check {
	return func(p *Page) []string {
		if i := bytes.Index(p.Raw, []byte(text)); i >= 0 {
			return []string{fmt.Sprintf("holds %q: …%.80s…", text, p.Raw[max(0, i-30):min(len(p.Raw), i+50)])}
		}
		return nil
	}
}

// part is one step of a selector.
type part struct {
	tag, id string
	classes []string
	attrs   [][2]string // name and value; value "" with any set
	any     []bool
}

func parsePart(s string) part {
	var p part
	for s != "" {
		switch s[0] {
		case '.', '#':
			end := 1 + strings.IndexAny(s[1:]+".", ".#[")
			if s[0] == '.' {
				p.classes = append(p.classes, s[1:end])
			} else {
				p.id = s[1:end]
			}
			s = s[end:]
		case '[':
			end := strings.IndexByte(s, ']')
			if end < 0 {
				return p
			}
			name, value, given := strings.Cut(s[1:end], "=")
			p.attrs = append(p.attrs, [2]string{name, strings.Trim(value, `"'`)})
			p.any = append(p.any, !given)
			s = s[end+1:]
		default:
			end := strings.IndexAny(s+".", ".#[")
			p.tag = s[:end]
			s = s[end:]
		}
	}
	return p
}

// matches tells whether a node ends the path of a selector.
func matches(n *html.Node, parts []part) bool {
	if len(parts) == 0 || !parts[len(parts)-1].fits(n) {
		return false
	}
	rest := parts[:len(parts)-1]
	for up := n.Parent; up != nil && len(rest) > 0; up = up.Parent {
		if up.Type == html.ElementNode && rest[len(rest)-1].fits(up) {
			rest = rest[:len(rest)-1]
		}
	}
	return len(rest) == 0
}

func (p part) fits(n *html.Node) bool {
	if p.tag != "" && p.tag != "*" && p.tag != n.Data {
		return false
	}
	if p.id != "" && Attr(n, "id") != p.id {
		return false
	}
	have := " " + Attr(n, "class") + " "
	for _, c := range p.classes {
		if !strings.Contains(have, " "+c+" ") {
			return false
		}
	}
	for i, want := range p.attrs {
		v, ok := attr(n, want[0])
		if !ok || !p.any[i] && v != want[1] {
			return false
		}
	}
	return true
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func walk(n *html.Node, do func(*html.Node)) {
	do(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, do)
	}
}
