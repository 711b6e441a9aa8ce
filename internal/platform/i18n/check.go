package i18n

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

var placeholder = regexp.MustCompile(`\{[a-z][a-z0-9_]*\}`)

// Check names every gap of the catalogue, one line each: keys missing in a
// language or unknown to the source language, placeholders that differ, plural
// forms that the language needs and does not have. An empty list means whole.
func Check(c *Catalogue) []string {
	var out []string
	src := c.texts[Source]
	for _, l := range c.langs {
		t := c.texts[l.Tag]
		need := pluralForms(l.Tag)
		for key, m := range t.messages {
			if _, ok := src.messages[key]; !ok {
				out = append(out, fmt.Sprintf("%s: %s: not in %s", l.Tag, key, Source))
				continue
			}
			out = append(out, checkMessage(l.Tag, key, m, src.messages[key], need)...)
		}
		for key := range src.messages {
			if _, ok := t.messages[key]; !ok {
				out = append(out, fmt.Sprintf("%s: %s: missing", l.Tag, key))
			}
		}
	}
	sort.Strings(out)
	return out
}

func checkMessage(tag, key string, m, src message, need []string) []string {
	var out []string
	if m.plain() != src.plain() && len(need) > 1 {
		out = append(out, fmt.Sprintf("%s: %s: plural in one language, not in the other", tag, key))
	}
	want := names(src["other"])
	if !m.plain() {
		for _, f := range need {
			if strings.TrimSpace(m[f]) == "" {
				out = append(out, fmt.Sprintf("%s: %s: plural form %q missing", tag, key, f))
			}
		}
	}
	for form, text := range m {
		got := names(text)
		// A form for one or two things may say the number as a word.
		if form == "zero" || form == "one" || form == "two" {
			if !slices.Contains(got, "{n}") && slices.Contains(want, "{n}") {
				got = append(got, "{n}")
				slices.Sort(got)
			}
		}
		if !slices.Equal(got, want) {
			out = append(out, fmt.Sprintf("%s: %s (%s): placeholders %v, in %s %v", tag, key, form, got, Source, want))
		}
		if strings.TrimSpace(text) == "" {
			out = append(out, fmt.Sprintf("%s: %s (%s): empty", tag, key, form))
		}
	}
	return out
}

func names(s string) []string {
	set := map[string]bool{}
	for _, p := range placeholder.FindAllString(s, -1) {
		set[p] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// pluralForms finds the forms a language uses by asking the library what it
// picks for many numbers; its rule table itself is not exported.
func pluralForms(tag string) []string {
	lt := language.Make(tag)
	b := goi18n.NewBundle(language.English)
	probe := &goi18n.Message{ID: "p", Zero: "zero", One: "one", Two: "two", Few: "few", Many: "many", Other: "other"}
	if err := b.AddMessages(lt, probe); err != nil {
		return []string{"other"}
	}
	loc := goi18n.NewLocalizer(b, tag)
	found := map[string]bool{"other": true}
	numbers := []int{1000, 10000, 100000, 1000000, 2000000, 1000001}
	for i := range 201 {
		numbers = append(numbers, i)
	}
	for _, n := range numbers {
		if s, err := loc.Localize(&goi18n.LocalizeConfig{MessageID: "p", PluralCount: n}); err == nil {
			found[s] = true
		}
	}
	var out []string
	for _, f := range forms {
		if found[f] {
			out = append(out, f)
		}
	}
	return out
}
