package page

import (
	"fmt"
	"html/template"
	"math"
	"reflect"
	"strconv"
	"strings"

	"keepiton/internal/platform/i18n"
)

type offered = i18n.Lang

func langOf(path string) string {
	lang, _ := i18n.FromPath(path)
	return lang
}

// funcs are the functions of every template, bound to a language and a mode:
//
//	t key pairs…      the text, escaped                {{t "w.cut" "n" 3}}
//	h key pairs…      the text with HTML arguments     {{h "w.see" "link" (link "/x" "here")}}
//	link path text    <a>; path as by the function path
//	path p            address in this language and mode
//	n, days, percent, decimal, list, date, daymonth, month, range, since
//	bdi s             the string in its own direction
//	breaks s          a name with joints (a_b_c), which may break behind each
//	lang, dir, lite, native tag
//	pc x              a share as per cent for drawings  12.3%
//	dict pairs…       a map for components
func (s *Shell) funcs(w Where) template.FuncMap {
	x := s.o.Texts.For(w.Lang)
	return template.FuncMap{
		"t":        x.T,
		"h":        func(key string, args ...any) template.HTML { return richText(x, key, args) },
		"n":        func(v any) string { return number(x, v) },
		"days":     func(v any) string { n, _ := integer(v); return x.Days(n) },
		"percent":  x.Percent,
		"decimal":  x.Decimal,
		"list":     x.List,
		"date":     func(d any, p ...i18n.Precision) string { return x.Date(fmt.Sprint(d), p...) },
		"daymonth": func(d any) string { return x.DayMonth(fmt.Sprint(d)) },
		"month":    x.MonthName,
		"range":    func(a, b any) string { return x.Range(fmt.Sprint(a), fmt.Sprint(b)) },
		"since":    func(d any, p ...i18n.Precision) string { return x.Since(fmt.Sprint(d), p...) },
		"path":     w.URL,
		"link": func(href, text string) template.HTML {
			return template.HTML(`<a href="` + template.HTMLEscapeString(safeHref(w.URL(href))) + `">` +
				template.HTMLEscapeString(text) + `</a>`) //nolint:gosec // escaped above
		},
		"bdi": func(v any) template.HTML {
			return template.HTML("<bdi>" + template.HTMLEscapeString(fmt.Sprint(v)) + "</bdi>") //nolint:gosec // escaped
		},
		"breaks": breaks,
		"lang":   func() string { return x.Lang.Tag },
		"dir":    func() string { return x.Lang.Dir },
		"lite":   func() bool { return w.Lite },
		"native": func(tag string) string { return s.o.Texts.For(tag).Lang.Name },
		"pc":     percentage,
		"dict":   dict,
		"add":    func(a, b int) int { return a + b },
		"last":   func(i, n int) bool { return i == n-1 },
	}
}

// breaks lets a name that is no word break behind its joints: on a narrow
// screen it would break in the middle of a word.
func breaks(v any) template.HTML {
	text := template.HTMLEscapeString(fmt.Sprint(v))
	return template.HTML(strings.ReplaceAll(text, "_", "_<wbr>")) //nolint:gosec // escaped above
}

// integer reads any whole number a page struct may carry.
func integer(v any) (int, bool) {
	r := reflect.ValueOf(v)
	switch {
	case r.CanInt():
		return int(r.Int()), true
	case r.CanUint():
		return int(r.Uint()), true
	}
	return 0, false
}

// number writes a whole number of any type, or one with decimals.
func number(x *i18n.Texts, v any) string {
	if n, ok := integer(v); ok {
		return x.N(n)
	}
	if f, ok := v.(float64); ok {
		if f == math.Trunc(f) {
			return x.Decimal(f, 0)
		}
		return x.Decimal(f, 1)
	}
	return fmt.Sprint(v)
}

// richText fills a text with HTML: its own words and string arguments are
// escaped, template.HTML arguments stand as they are.
func richText(x *i18n.Texts, key string, args []any) template.HTML {
	raw := map[string]string{}
	safeArgs := make([]any, len(args))
	copy(safeArgs, args)
	for i := 1; i < len(args); i += 2 {
		if h, ok := args[i].(template.HTML); ok {
			slot := "\ue000" + strconv.Itoa(i) + "\ue001"
			raw[slot] = string(h)
			safeArgs[i] = slot
		}
	}
	out := template.HTMLEscapeString(x.T(key, safeArgs...))
	for slot, h := range raw {
		out = strings.ReplaceAll(out, slot, h)
	}
	return template.HTML(out) //nolint:gosec // escaped piece by piece
}

// safeHref refuses addresses that run code.
func safeHref(href string) string {
	scheme, _, ok := strings.Cut(href, ":")
	if !ok || strings.ContainsAny(scheme, "/?#") {
		return href
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto", "tel", "sms":
		return href
	}
	return "#"
}

// percentage writes a share (0 to 1) for a drawing; anything else is clamped.
func percentage(x float64) string {
	if math.IsNaN(x) || x < 0 {
		x = 0
	}
	x = min(x, 1)
	return strconv.FormatFloat(math.Round(x*1e4)/1e2, 'f', -1, 64) + "%"
}

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: odd number of arguments")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		k, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: key %v is not a string", pairs[i])
		}
		m[k] = pairs[i+1]
	}
	return m, nil
}
