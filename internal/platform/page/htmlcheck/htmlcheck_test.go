package htmlcheck

import (
	"strings"
	"testing"
)

const good = `<!doctype html><html lang="ar" dir="rtl"><head><title>T</title><style>a{}</style><script type="application/ld+json">{"a":1}</script></head>
<body><a href="#m">skip</a><main id="m"><h1>One <b>two</b></h1><form><label for="q">Words</label><input id="q" name="q"></form>
<table class="facts wide"><tr><th scope="row">x</th><td>y</td></tr></table><img src="/p.svg" alt="A" width="1" height="1"></main></body></html>`

func TestSelectors(t *testing.T) {
	p, err := Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	for sel, want := range map[string]int{
		"h1": 1, "main h1 b": 1, "h1 main": 0, "table.facts": 1, "table.wide.facts": 1, "table.narrow": 0, ".facts td": 1, "#q": 1,
		"input[name=q]": 1, "input[name]": 1, "input[name=x]": 0, "main input#q[name=q]": 1, "*[scope=row]": 1,
	} {
		if got := len(p.All(sel)); got != want {
			t.Errorf("%s: %d, want %d", sel, got, want)
		}
	}
	if got := p.Text("h1"); got != "One two" {
		t.Errorf("text %q", got)
	}
}

func TestSound(t *testing.T) {
	if wrong := Run([]byte(good), Sound("ar")); len(wrong) > 0 {
		t.Error(wrong)
	}
	for change, want := range map[string]string{
		`<h1>|<h1>a</h1><h1>`:                               "2 of h1",
		`<main|<main style="x"`:                             "style attribute",
		`<main|<main onclick="x"`:                           "handler",
		`src="/p.svg"|src="https://x.example/p.svg"`:        "from elsewhere",
		`alt="A"|alt=""`:                                    "picture without words",
		`for="q"|for="z"`:                                   "without a label",
		`id="q"|id="m"`:                                     "twice",
		`<b>two</b>|site.home.title`:                        "site.home.title",
		`<b>two</b>|{where}`:                                "{where}",
		`href="#m"|href="#nowhere"`:                         "not on the page",
		`href="#m"|href="javascript:x()"`:                   "javascript",
		`type="application/ld+json"|type="text/javascript"`: "a script that runs",
		`<b>two</b>|<script src="/x.js"></script>`:          "a script that runs",
		`{"a":1}|{a}`:                                       "no JSON",
		` dir="rtl"|`:                                       "direction",
		`<title>T|<title> `:                                 "no title",
	} {
		old, now, _ := strings.Cut(change, "|")
		page := strings.Replace(good, old, now, 1)
		wrong := strings.Join(Run([]byte(page), Sound("ar")), "\n")
		if !strings.Contains(wrong, want) {
			t.Errorf("%s: got %q, want %q", change, wrong, want)
		}
	}
}

func TestChecks(t *testing.T) {
	if w := Run([]byte(good), Has("h1"), Not("h2"), Count("td", 1), HasText("td", "y"), HasAttr("input", "name", "q"), Lacks("secret")); len(w) > 0 {
		t.Error(w)
	}
	if w := Run([]byte(good), Has("h2"), Not("h1"), Count("td", 2), HasText("td", "z"), HasAttr("input", "name", "z"), Lacks("One")); len(w) != 6 {
		t.Errorf("%d problems, want 6: %q", len(w), w)
	}
}

// TestPayloads: there are enough, all different, and a vocabulary sees
// each family that gets through.
func TestPayloads(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Payloads() {
		seen[p] = true
	}
	if len(seen) < 200 || len(seen) != len(Payloads()) {
		t.Errorf("%d payloads, %d different", len(Payloads()), len(seen))
	}
	v := Vocabulary{}
	Run([]byte("<style>x</style><p title=\"word\">word</p><a href=\"/word\">x</a>"), v.Learn)
	if wrong := Run([]byte("<style>x</style><a href=\"/other\">x</a><p title=\"\">no</p>"), v.Only); len(wrong) > 0 {
		t.Error(wrong)
	}
	for _, through := range []string{"<svg onload=x>", "<p title=x onfocus=x>", "<a href=\"javascript:x\">x</a>", "<a href=\"//evil.example\">x</a>", "<!-- x -->", "<style>y</style>"} {
		if wrong := Run([]byte("<style>x</style>"+through), v.Only); len(wrong) == 0 {
			t.Errorf("%s looks like a page of ours", through)
		}
	}
	if wrong := Run([]byte("<p>a\u202eb</p>"), Unturned); len(wrong) != 1 {
		t.Error(wrong)
	}
}
