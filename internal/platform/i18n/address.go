package i18n

import (
	"io/fs"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// prefixes are the tags that stand in addresses: every language with a base
// file except the source language.
var prefixes = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	entries, err := fs.ReadDir(base, "texts")
	if err != nil {
		return out // the directory is embedded: cannot fail
	}
	for _, e := range entries {
		if tag := strings.TrimSuffix(e.Name(), ".json"); tag != Source {
			out[tag] = true
		}
	}
	return out
})

// FromPath splits the language off an address path: "/ar/a/b" is ("ar",
// "/a/b"). A path without a known prefix is in the source language. It never
// fails and rest always begins with one slash, so that it can never be read as
// the address of another host.
func FromPath(path string) (lang, rest string) {
	if path == "" || path[0] != '/' {
		path = "/" + path
	}
	first, more, found := strings.Cut(path[1:], "/")
	if !prefixes()[first] {
		return Source, "/" + strings.TrimLeft(path, "/")
	}
	if !found {
		return first, "/"
	}
	return first, "/" + strings.TrimLeft(more, "/")
}

// Unprefixed takes the tag of the source language off a path that has it,
// though its addresses carry none: "/en/a" is "/a". ok is false for any other
// path. Like the rest of FromPath the result begins with one slash.
func Unprefixed(path string) (rest string, ok bool) {
	first, more, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if first != Source {
		return "", false
	}
	return "/" + strings.TrimLeft(more, "/"), true
}

// Path is the address of a path in a language: the inverse of FromPath.
func Path(lang, path string) string {
	if path == "" || path[0] != '/' {
		path = "/" + path
	}
	if !prefixes()[lang] {
		return path
	}
	return "/" + lang + path
}

// Offer picks the language to offer a reader of the current language: the
// first that the Accept-Language header wants and we have. ok is false when
// the reader already has what they want or wants nothing we have. The header
// is never used to redirect.
func (c *Catalogue) Offer(acceptLanguage, current string) (Lang, bool) {
	if acceptLanguage == "" || len(acceptLanguage) > 400 {
		return Lang{}, false
	}
	tags, weights, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return Lang{}, false
	}
	for i, tag := range tags {
		b, _ := tag.Base()
		if weights[i] == 0 {
			continue
		}
		if b.String() == current {
			return Lang{}, false
		}
		if t := c.texts[b.String()]; t != nil {
			return t.Lang, true
		}
	}
	return Lang{}, false
}
