package htmlcheck

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// Sound holds for every page of the site: one heading of the first rank,
// language and direction, no text left untranslated or unfilled, no style
// attribute, no handler, nothing from another host, no script that runs (but
// for our own files behind the door),
// unique ids, fields with labels, pictures with words, links with a text and
// an address that leads somewhere.
func Sound(lang string) Check {
	return func(p *Page) []string {
		var out []string
		for _, c := range []Check{Count("h1", 1), Count("main", 1), Count("html[lang="+lang+"]", 1), Count("style", 1), Not("base"), Not("iframe")} {
			out = append(out, c(p)...)
		}
		if dir := Attr(p.All("html")[0], "dir"); (dir == "rtl") != rightToLeft[lang] {
			out = append(out, fmt.Sprintf("direction %q for the language %s", dir, lang))
		}
		if strings.TrimSpace(p.Text("title")) == "" {
			out = append(out, "no title")
		}
		ids := map[string]bool{}
		for _, n := range p.All("[id]") {
			if id := Attr(n, "id"); ids[id] {
				out = append(out, "id "+id+" stands there twice")
			} else {
				ids[id] = true
			}
		}
		walk(p.root, func(n *html.Node) { out = append(out, node(p, n, ids)...) })
		return out
	}
}

var rightToLeft = map[string]bool{"ar": true, "fa": true, "ur": true, "ps": true, "ckb": true, "sd": true, "ks": true, "he": true}

// Remains of a catalogue or a template: a key, an unfilled argument, an error
// of a formatter, an address the template refused.
var (
	bareKey  = regexp.MustCompile(`(^|[\s(“«:])(site|page|publish|term|i18n|atlas|feed|app|logbook|coalition|account|desk|said)\.[a-z_]+(\.[a-z_]+)*($|[\s,.)”»:])`)
	unfilled = regexp.MustCompile(`\{[a-z_]+\}`)
	broken   = regexp.MustCompile(`%!|<no value>|ZgotmplZ|<nil>|\[\]string`)
)

// words are the attributes a reader may hear or see.
var words = map[string]bool{"aria-label": true, "alt": true, "title": true, "placeholder": true, "content": true, "value": true}

// node checks one element or text.
func node(p *Page, n *html.Node, ids map[string]bool) []string {
	if n.Type == html.TextNode {
		if n.Parent != nil && (n.Parent.Data == "style" || n.Parent.Data == "script") {
			return nil
		}
		return remains("text", n.Data)
	}
	if n.Type != html.ElementNode {
		return nil
	}
	var out []string
	for _, a := range n.Attr {
		switch {
		case a.Key == "style":
			out = append(out, "style attribute on "+n.Data)
		case strings.HasPrefix(a.Key, "on"):
			out = append(out, "handler "+a.Key+" on "+n.Data)
		case a.Key == "src" || a.Key == "srcset":
			if !local(a.Val) {
				out = append(out, n.Data+" from elsewhere: "+a.Val)
			}
		case words[a.Key]:
			out = append(out, remains(n.Data+" "+a.Key, a.Val)...)
		}
		if broken.MatchString(a.Val) {
			out = append(out, fmt.Sprintf("%s %s holds %.80q", n.Data, a.Key, a.Val))
		}
	}
	return append(out, element(p, n, ids)...)
}

// element checks what each kind of element must have.
func element(p *Page, n *html.Node, ids map[string]bool) []string {
	switch n.Data {
	case "script":
		// Behind the door files of our own may run; in public nothing does.
		if src := Attr(n, "src"); n.FirstChild == nil && src != "" && local(src) && !strings.HasPrefix(src, "data:") && len(p.All("body.inside")) == 1 {
			return nil
		}
		if Attr(n, "type") != "application/ld+json" {
			return []string{"a script that runs"}
		}
		if n.FirstChild == nil || !json.Valid([]byte(n.FirstChild.Data)) {
			return []string{"JSON-LD that is no JSON"}
		}
	case "link":
		if rel := Attr(n, "rel"); rel == "stylesheet" || rel == "preload" || rel == "icon" && !local(Attr(n, "href")) {
			return []string{"loads " + Attr(n, "href")}
		}
	case "img":
		if Attr(n, "alt") == "" || Attr(n, "width") == "" || Attr(n, "height") == "" {
			return []string{"picture without words or size: " + Attr(n, "src")}
		}
	case "input", "select", "textarea":
		return labelled(p, n)
	case "button":
		if Text(n) == "" && Attr(n, "aria-label") == "" {
			return []string{"button without a text"}
		}
	case "a":
		return link(n, ids)
	}
	return nil
}

func labelled(p *Page, n *html.Node) []string {
	if t := Attr(n, "type"); t == "hidden" || t == "submit" || Attr(n, "aria-label") != "" {
		return nil
	}
	for up := n.Parent; up != nil; up = up.Parent {
		if up.Data == "label" {
			return nil
		}
	}
	id := Attr(n, "id")
	if id != "" {
		for _, l := range p.All("label") {
			if Attr(l, "for") == id && Text(l) != "" {
				return nil
			}
		}
	}
	return []string{fmt.Sprintf("field %q without a label", Attr(n, "name"))}
}

func link(n *html.Node, ids map[string]bool) []string {
	href, ok := attr(n, "href")
	switch {
	case !ok || href == "":
		return []string{"link without an address: " + Text(n)}
	case Text(n) == "" && Attr(n, "aria-label") == "":
		return []string{"link without a text: " + href}
	case strings.HasPrefix(href, "#") && !ids[href[1:]]:
		return []string{"link to " + href + ", which is not on the page"}
	case strings.HasPrefix(href, "//"), strings.HasPrefix(strings.ToLower(href), "javascript:"), strings.HasPrefix(strings.ToLower(href), "data:"):
		return []string{"link to " + href}
	}
	return nil
}

func local(address string) bool {
	return strings.HasPrefix(address, "data:") || strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//")
}

func remains(where, s string) []string {
	for _, re := range []*regexp.Regexp{bareKey, unfilled, broken} {
		if m := re.FindString(s); m != "" {
			return []string{fmt.Sprintf("%s holds %q in %.100q", where, strings.TrimSpace(m), strings.TrimSpace(s))}
		}
	}
	return nil
}
