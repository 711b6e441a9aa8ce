package incident

import (
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// untold is what may not be told of an incident: what its confidential sources say,
// addresses and words, and what those said that may not be named any more. An address
// is the same one without its scheme, without "www." and in capitals. Nil is nothing.
type untold struct {
	says      map[string]bool     // as it is written there
	addresses map[string][]string // bare ones, each in the spellings it may have
}

func (u *untold) add(texts ...string) {
	for _, t := range texts {
		if t == "" {
			continue
		}
		if u.says == nil {
			u.says, u.addresses = map[string]bool{}, map[string][]string{}
		}
		u.says[t] = true
		if bare := bareAddress(t); bare != "" && u.addresses[bare] == nil {
			u.addresses[bare] = spellings(bare)
		}
	}
}

// with is what is untold with what some sources say.
func (u *untold) with(list []Source) *untold {
	out := &untold{}
	if u != nil {
		for t := range u.says {
			out.add(t)
		}
	}
	for _, x := range list {
		out.add(x.URL, x.Text)
	}
	return out
}

// beside is what is untold but for what some sources say themselves.
func (u *untold) beside(list []Source) *untold {
	own, out := (*untold)(nil).with(list), &untold{}
	if u != nil {
		for t := range u.says {
			if !own.is(t) {
				out.add(t)
			}
		}
	}
	return out
}

// sources are what is untold, as sources that say it.
func (u *untold) sources() (out []Source) {
	if u.none() {
		return nil
	}
	for _, says := range slices.Sorted(maps.Keys(u.says)) {
		if bareAddress(says) != "" {
			out = append(out, Source{URL: says})
		} else {
			out = append(out, Source{Text: says})
		}
	}
	return out
}

// none tells whether all may be told.
func (u *untold) none() bool { return u == nil || len(u.says) == 0 }

// is tells whether a text is the whole of what may not be told.
func (u *untold) is(text string) bool {
	if u.none() || text == "" {
		return false
	}
	return u.says[text] || u.addresses[bareAddress(text)] != nil
}

// names tells whether a source says what may not be told.
func (u *untold) names(x Source) bool { return u.is(x.URL) || u.is(x.Text) }

// leastTelling is how long, in letters, what a source says has to be before it is taken
// out from the middle of other texts: "Government" is a source, and a word.
const leastTelling = 20

// without puts the mark of what is withheld in the place of texts: where one is the whole
// of it, and within it where it can be nothing else, an address above all.
func (u *untold) without(text string) string {
	if u.is(text) {
		return withheldMark
	}
	return u.withoutSure(text)
}

// withoutSure is [untold.without] but where a text is the whole of what a source says:
// that may be what the field says anyway.
func (u *untold) withoutSure(text string) string { return marked(text, u.spans(text)) }

// inDoc is [untold.withoutSure] of a value that may be a list written as JSON,
// in which some letters are written in other ways.
func (u *untold) inDoc(value string) string {
	var list []map[string]any
	if u.none() || !strings.HasPrefix(value, "[") || json.Unmarshal([]byte(value), &list) != nil {
		return u.withoutSure(value)
	}
	hit := false
	for _, item := range list {
		for k, v := range item {
			if t, ok := v.(string); ok {
				told := u.withoutSure(t)
				item[k], hit = told, hit || told != t
			}
		}
	}
	if !hit {
		return value
	}
	doc, err := json.Marshal(list)
	if err != nil {
		return ""
	}
	return string(doc)
}

// spans lists where what may not be told stands inside a text, as bytes from and to, in
// order and without overlaps: an address with all that goes on in one piece with it.
func (u *untold) spans(text string) [][2]int {
	if u.none() || text == "" {
		return nil
	}
	var found [][2]int
	small := strings.NewReplacer(":443/", "/", ":80/", "/").Replace(strings.ToLower(text))
	for _, list := range u.addresses {
		for _, spelling := range list {
			if !strings.Contains(small, spelling) {
				continue
			}
			for _, at := range addressIn(spelling).FindAllStringIndex(text, -1) {
				found = append(found, [2]int{at[0], at[1]})
			}
		}
	}
	folded := foldText(text)
	for t := range u.says {
		account := strings.Contains(t, "@") && !strings.ContainsAny(t, " \t\n")
		short := bareAddress(t) == "" && utf8.RuneCountInString(t) < leastTelling
		if short && !account {
			continue
		}
		found = append(found, newPassage(t).in(folded)...)
		if short {
			continue
		}
		for from := 0; ; {
			at := strings.Index(text[from:], t)
			if at < 0 {
				break
			}
			found = append(found, [2]int{from + at, from + at + len(t)})
			from += at + len(t)
		}
	}
	slices.SortFunc(found, func(a, b [2]int) int { return a[0] - b[0] })
	var out [][2]int
	for _, s := range found {
		out = joined(out, s)
	}
	return out
}

var (
	schemeOf    = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://`)
	schemeless  = regexp.MustCompile(`^(www\.)?[^\s./@]+(\.[^\s./@]+)+/\S`)
	wordAtFirst = regexp.MustCompile(`^[a-z0-9_]`)
)

// bareAddress is an address as it is compared; "" for what is none.
func bareAddress(text string) string {
	small := strings.ToLower(strings.TrimSpace(text))
	scheme := schemeOf.FindString(small)
	if strings.ContainsAny(small, " \t\n") || scheme == "" && !strings.HasPrefix(small, "www.") && !schemeless.MatchString(small) {
		return ""
	}
	host, rest, _ := strings.Cut(small[len(scheme):], "/")
	host = strings.TrimSuffix(strings.TrimSuffix(host, ":443"), ":80")
	for _, first := range []string{"www.", "mobile.", "m."} {
		if name := strings.TrimPrefix(host, first); strings.Contains(name, ".") {
			host = name
		}
	}
	host = ownLetters(host)
	if host == "t.me" {
		rest = strings.TrimPrefix(rest, "s/")
	}
	return strings.TrimRight(host+"/"+withoutTracks(rest), "/")
}

// ownLetters is the name of a host in the letters of its language, "xn--" read (RFC
// 5891); what cannot be read stays as it is.
func ownLetters(host string) string {
	if name, err := idna.Punycode.ToUnicode(host); err == nil {
		return name
	}
	return host
}

// withoutTracks is what stands behind the host of an address without what says who passed
// it on, and to which part of the page.
func withoutTracks(rest string) string {
	if page, _, cut := strings.Cut(rest, "#"); cut && strings.Trim(page, "/") != "" {
		rest = page
	}
	path, query, asks := strings.Cut(rest, "?")
	if !asks {
		return rest
	}
	kept := slices.DeleteFunc(strings.Split(query, "&"), func(x string) bool {
		name, _, _ := strings.Cut(x, "=")
		return strings.HasPrefix(name, "utm_") || slices.Contains([]string{"fbclid", "gclid", "igshid", "igsh", "si", "mibextid", "ref_src"}, name)
	})
	if len(kept) == 0 {
		return path
	}
	return path + "?" + strings.Join(kept, "&")
}

// sameAddress tells two spellings of one address.
func sameAddress(a, b string) bool {
	return a == b || bareAddress(a) != "" && bareAddress(a) == bareAddress(b)
}

// spellings are a bare address as it may stand in a text: letters beyond ASCII as they
// are, written as bytes, or a host's as "xn--".
func spellings(bare string) []string {
	out := []string{bare}
	if plain, err := url.PathUnescape(bare); err == nil && utf8.ValidString(plain) {
		out = append(out, strings.ToLower(plain))
	}
	var b strings.Builder
	for i := range len(bare) {
		if bare[i] < utf8.RuneSelf {
			b.WriteByte(bare[i])
		} else {
			b.WriteString(strings.ToLower(url.PathEscape(bare[i : i+1])))
		}
	}
	out = append(out, b.String())
	host, rest, path := strings.Cut(bare, "/")
	if plain, err := idna.Punycode.ToASCII(host); err == nil && plain != host {
		if path {
			plain += "/"
		}
		out = append(out, plain+rest)
	}
	for _, x := range out {
		if strings.HasPrefix(x, "t.me/") {
			out = append(out, "t.me/s/"+x[len("t.me/"):])
		}
		out = append(out, strings.ReplaceAll(x, "&", "&amp;"), strings.ReplaceAll(x, "~", "%7e"))
	}
	return unique(out)
}

// addressIn finds a bare address in texts, with what stands before its name and what
// goes on behind it in one piece.
func addressIn(bare string) *regexp.Regexp {
	begin, end := `(?i)(?:[a-z][a-z0-9+.-]*://)?(?:[a-z0-9_-]+\.)*`, `(?:[a-z0-9/?#&=%._~:@!$'*+()-]*[a-z0-9/=_%-])?`
	if wordAtFirst.MatchString(bare) {
		begin += `\b`
	}
	if !strings.Contains(bare, "/") { // of t.example, but no t.examples
		stop := `\b`
		if bare[len(bare)-1] >= utf8.RuneSelf { // an expression knows ends of words in ASCII alone
			stop = ``
		}
		end = `(?:[/?#:]` + end + `|` + stop + `)`
	}
	host, rest, path := strings.Cut(bare, "/")
	middle := regexp.QuoteMeta(host)
	if path {
		middle += `(?::[0-9]+)?/` + regexp.QuoteMeta(rest)
	}
	return regexp.MustCompile(begin + middle + end)
}
