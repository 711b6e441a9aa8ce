package chart

import (
	"bytes"
	"encoding/xml"
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
)

// colours by day and by night; %name% in a rule is replaced.
var dayColours = map[string]string{
	"ink": "#15181b", "paper": "#faf9f5", "soft": "#4b5054", "rule": "#d8d4c8", "cut": "#a3122a", "slow": "#b86a00",
	"block": "#5a3d9e", "unk": "#74787c", "land": "#e9e5d9", "on": "#f1eee5",
	"1": "#ebe8df", "2": "#d3d0c8", "3": "#a9a9a6", "4": "#5c6063", "5": "#15181b", "q4t": "#fff", "q5t": "#fff",
}

var nightColours = map[string]string{
	"ink": "#e8e4da", "paper": "#111416", "soft": "#b4b1a8", "rule": "#33393d", "cut": "#e5484d", "slow": "#e39a35",
	"block": "#a78fec", "unk": "#93989c", "land": "#2a3034", "on": "#1d2326",
	"1": "#1e2326", "2": "#2f3538", "3": "#4d5356", "4": "#a09f99", "5": "#e8e4da", "q4t": "#0b0e10", "q5t": "#0b0e10",
}

// svgRules are the style rules by class, in order; colours make the second
// set, for the night.
var svgRules = []struct {
	class ink
	rule  string
}{
	{black, ".k{fill:%ink%}"}, {white, ".w{fill:%paper%}"}, {soft, ".m{fill:%soft%}"},
	{rules, ".h{stroke:%rule%}"}, {axis, ".x{stroke:%ink%;fill:none}"}, {cutInk, ".c{fill:%cut%}"},
	{gapInk, ".g{fill:%cut%;stroke:%paper%}"}, {dotInk, ".o{fill:%cut%;stroke:%paper%}"},
	{landInk, ".l{fill:%land%;stroke:%paper%}"}, {landOn, ".a{fill:%on%;stroke:%paper%}"},
	{disEdge, ".e{stroke:%ink%}"}, {lineInk, ".y{stroke:%ink%}"}, {ringInk, ".r{fill:%paper%;stroke:%block%}"},
	{"q1", ".q1{fill:%1%}"}, {"q2", ".q2{fill:%2%}"}, {"q3", ".q3{fill:%3%}"}, {"q4", ".q4{fill:%4%}"}, {"q5", ".q5{fill:%5%}"},
	{"n4", "text.n4{fill:%q4t%}"}, {"n5", "text.n5{fill:%q5t%}"},
	{"halo", ".z{stroke:%paper%}"},
	{"sp", ".sp{fill:%slow%}"}, {"bp", ".bp{fill:%block%}"}, {"up", ".up{fill:%unk%}"},
}

// svgFixed are rules without colours.
var svgFixed = []struct {
	class ink
	rule  string
}{
	{slowInk, ".s{fill:url(#s)}"}, {blockInk, ".b{fill:url(#b)}"}, {unkInk, ".u{fill:url(#u)}"}, {disInk, ".d{fill:url(#dd)}"},
	{gapInk, ".g{stroke-width:5;paint-order:stroke}"}, {dotInk, ".o{stroke-width:1.4}"},
	{landInk, ".l{stroke-width:.7}"}, {landOn, ".a{stroke-width:.7}"},
	{lineInk, ".y{fill:none;stroke-width:2;stroke-linejoin:round}"}, {ringInk, ".r{stroke-width:2}"},
	{disEdge, ".e{fill:none;stroke-width:.8;stroke-dasharray:1.6 1.4}"},
	{"halo", ".z{stroke-width:" + num(2*haloRim) + ";paint-order:stroke;stroke-linejoin:round}"},
}

const (
	sansStack  = `system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif`
	serifStack = `Charter,"Bitstream Charter","Iowan Old Style",Georgia,"Noto Serif",serif`
)

// Ground is the fragment that leaves the ground of a drawing out. A page shows
// a picture with it, on its own ground: paper on the screen, white in print,
// where a browser does not tell a picture that it is printed. Without it, as a
// file of its own, a picture keeps its ground.
const Ground = "ground"

// svg writes the canvas.
func (c *canvas) svg() []byte {
	used := c.used()
	var b bytes.Buffer
	w, h := num(c.width), num(c.height())
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg"`)
	if c.head.Lang != "" {
		b.WriteString(` xml:lang="` + esc(c.head.Lang) + `"`)
	}
	b.WriteString(` viewBox="-16 -14 ` + w + " " + h + `" width="` + w + `" height="` + h + `" role="img" aria-labelledby="t desc"><title id="t">` +
		esc(clean(c.head.Title)) + `</title><desc id="desc">` + esc(clean(c.describe())) + `</desc><style>` + c.style(used) + `</style>`)
	c.defs(&b, used)
	b.WriteString(`<rect id="` + Ground + `" class="w" x="-16" y="-14" width="` + w + `" height="` + h + `"/>`)
	for i := range c.ops {
		c.write(&b, i)
	}
	b.WriteString("</svg>")
	return b.Bytes()
}

// describe is the drawing in words: what the caller said, or the texts.
func (c *canvas) describe() string {
	if c.head.Desc != "" {
		return c.head.Desc
	}
	return c.head.Subtitle + ". " + c.head.Source
}

// used collects the classes on the canvas.
func (c *canvas) used() map[ink]bool {
	used := map[ink]bool{white: true}
	for _, o := range c.ops {
		used[o.fill] = true
		if o.kind == opText {
			used[o.face.ink] = true
			if o.face.halo {
				used["halo"] = true
			}
			if o.face.bold {
				used["bold"] = true
			}
		}
	}
	for texture, solid := range map[ink]ink{slowInk: "sp", blockInk: "bp", unkInk: "up", disInk: black} {
		if used[texture] {
			used[solid] = true
		}
	}
	return used
}

// style composes the style element: only classes that occur.
func (c *canvas) style(used map[ink]bool) string {
	serif := serifStack
	if c.rtl {
		serif = `Charter,"Noto Naskh Arabic","Geeza Pro","Traditional Arabic",Georgia,serif`
	}
	body := c.body().size
	s := "text{font:" + num(body) + "px " + sansStack + ";fill:" + dayColours["ink"] + ";font-variant-numeric:tabular-nums}"
	sizes := map[string]bool{}
	for _, o := range c.ops {
		if o.kind != opText {
			continue
		}
		if o.face.serif {
			sizes[".f{font:700 "+num(o.face.size)+"px "+serif+"}"] = true
		} else if o.face.size != body {
			sizes["."+sizeClass(o.face.size)+"{font-size:"+num(o.face.size)+"px}"] = true
		}
	}
	if used["bold"] {
		sizes[".n{font-weight:600}"] = true
	}
	extra := make([]string, 0, len(sizes))
	for rule := range sizes {
		extra = append(extra, rule)
	}
	sort.Strings(extra)
	s += strings.Join(extra, "")
	night := "text{fill:" + nightColours["ink"] + "}"
	for _, r := range svgRules {
		if used[r.class] {
			s += colour(r.rule, dayColours)
			night += colour(r.rule, nightColours)
		}
	}
	for _, r := range svgFixed {
		if used[r.class] {
			s += r.rule
		}
	}
	s += "@media print{.w{fill:#fff}}#" + Ground + ":target{fill:none}"
	return s + "@media screen and (prefers-color-scheme:dark){" + night + "}"
}

func colour(rule string, set map[string]string) string {
	for {
		a, rest, ok := strings.Cut(rule, "%")
		if !ok {
			return rule
		}
		name, b, _ := strings.Cut(rest, "%")
		rule = a + set[name] + b
	}
}

// sizeClass is the class of a text size that is not the common one.
func sizeClass(size float64) string { return "f" + strings.ReplaceAll(num(size), ".", "_") }

// patternTexts are the four textures.
var patternTexts = []struct {
	class ink
	def   string
}{
	{slowInk, `<pattern id="s" width="8" height="4" patternUnits="userSpaceOnUse"><rect width="8" height="2" class="sp"/></pattern>`},
	{blockInk, `<pattern id="b" width="4" height="4" patternUnits="userSpaceOnUse"><circle cx="2" cy="2" r="1.25" class="bp"/></pattern>`},
	{unkInk, `<pattern id="u" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1" height="4" class="up"/></pattern>`},
	{disInk, `<pattern id="dd" width="3" height="3" patternUnits="userSpaceOnUse"><rect width=".8" height="3" class="k"/></pattern>`},
}

// defs writes the textures in use and the paths that are drawn twice.
func (c *canvas) defs(b *bytes.Buffer, used map[ink]bool) {
	b.WriteString("<defs>")
	for _, p := range patternTexts {
		if used[p.class] {
			b.WriteString(p.def)
		}
	}
	clips := 0
	for i, o := range c.ops {
		if o.kind == opPath && o.same == 0 && c.repeated(i) {
			b.WriteString(`<path id="p` + strconv.Itoa(i+1) + `" d="` + esc(o.d) + `"/>`)
		}
		if o.kind == opOpen {
			clips++
			b.WriteString(`<clipPath id="k` + strconv.Itoa(clips) + `"><rect` + attr("x", o.x) + attr("y", o.y) + attr("width", o.w) + attr("height", o.h) + `/></clipPath>`)
		}
	}
	b.WriteString("</defs>")
}

// write writes one op.
func (c *canvas) write(b *bytes.Buffer, i int) {
	o := c.ops[i]
	o.href = ownPath(o.href)
	if o.href != "" {
		b.WriteString(`<a href="` + esc(o.href) + `">`)
	}
	class := ""
	if o.fill != none {
		class = ` class="` + string(o.fill) + `"`
	}
	switch o.kind {
	case opRect:
		c.tag(b, "rect", class+pos("x", o.x)+pos("y", o.y)+attr("width", o.w)+attr("height", o.h), o.title)
	case opLine:
		c.tag(b, "line", class+pos("x1", o.x)+pos("y1", o.y)+pos("x2", o.x+o.w)+pos("y2", o.y+o.h), o.title)
	case opCircle:
		c.tag(b, "circle", class+attr("cx", o.x)+attr("cy", o.y)+attr("r", o.w), o.title)
	case opPath:
		switch {
		case o.same > 0:
			c.tag(b, "use", class+` href="#p`+strconv.Itoa(o.same)+`"`, o.title)
		case c.repeated(i):
			c.tag(b, "use", class+` href="#p`+strconv.Itoa(i+1)+`"`, o.title)
		default:
			c.tag(b, "path", class+` d="`+esc(o.d)+`"`, o.title)
		}
	case opText:
		c.textTag(b, o)
	case opOpen:
		n := 0
		for _, p := range c.ops[:i+1] {
			if p.kind == opOpen {
				n++
			}
		}
		b.WriteString(`<g clip-path="url(#k` + strconv.Itoa(n) + `)">`)
	case opClose:
		b.WriteString(`</g>`)
	}
	if o.href != "" {
		b.WriteString(`</a>`)
	}
}

// ownPath lets only paths of our own site pass as links.
func ownPath(href string) string {
	if !strings.HasPrefix(href, "/") || len(href) > 1 && (href[1] == '/' || href[1] == '\\') {
		return ""
	}
	return href
}

// repeated tells whether a later op draws the path of op i again.
func (c *canvas) repeated(i int) bool {
	for _, o := range c.ops[i+1:] {
		if o.same == i+1 {
			return true
		}
		if o.kind == opPath && o.same == 0 {
			return false
		}
	}
	return false
}

func (c *canvas) tag(b *bytes.Buffer, name, attrs, title string) {
	b.WriteString("<" + name + attrs)
	if title == "" {
		b.WriteString("/>")
		return
	}
	b.WriteString("><title>" + esc(clean(title)) + "</title></" + name + ">")
}

func (c *canvas) textTag(b *bytes.Buffer, o op) {
	var classes []string
	if o.face.serif {
		classes = append(classes, "f")
	} else if o.face.size != c.body().size {
		classes = append(classes, sizeClass(o.face.size))
	}
	if o.face.ink != black {
		classes = append(classes, string(o.face.ink))
	}
	if o.face.halo {
		classes = append(classes, "z")
	}
	if o.face.bold && !o.face.serif {
		classes = append(classes, "n")
	}
	b.WriteString("<text" + pos("x", o.x) + attr("y", o.y))
	if len(classes) > 0 {
		b.WriteString(` class="` + strings.Join(classes, " ") + `"`)
	}
	a := o.align
	if c.rtl && hasRTL(o.text) {
		b.WriteString(` direction="rtl"`)
		a = right - a // start is at the right now
	}
	switch a {
	case middle:
		b.WriteString(` text-anchor="middle"`)
	case right:
		b.WriteString(` text-anchor="end"`)
	}
	b.WriteString(">")
	if o.full != "" {
		b.WriteString("<title>" + esc(o.full) + "</title>")
	}
	b.WriteString(esc(o.text) + "</text>")
}

// hasRTL tells whether a text has a letter of a script from the right.
func hasRTL(s string) bool {
	for _, r := range s {
		if r < 0x590 {
			continue
		}
		p, _ := bidi.LookupRune(r)
		if k := p.Class(); k == bidi.R || k == bidi.AL {
			return true
		}
	}
	return false
}

// num writes a coordinate with at most one decimal.
func num(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	s := strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
	if s == "-0" {
		return "0"
	}
	return s
}

func attr(name string, v float64) string { return " " + name + `="` + num(v) + `"` }

// pos leaves out an attribute whose default is zero.
func pos(name string, v float64) string {
	if s := num(v); s != "0" {
		return " " + name + `="` + s + `"`
	}
	return ""
}

// esc escapes for XML text and attributes and drops what XML does not allow.
func esc(s string) string {
	var b strings.Builder
	ok := strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || r < 0x20 || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, s)
	if err := xml.EscapeText(&b, []byte(ok)); err != nil {
		return "" // a builder cannot fail
	}
	return b.String()
}
