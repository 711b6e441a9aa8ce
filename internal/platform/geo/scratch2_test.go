package geo

import (
	"fmt"
	"sort"
	"testing"
)

func TestScratch2(t *testing.T) {
	rows := areaRows(t)
	cnt := map[string]int{}
	p := func(name string, m *Matcher, dump bool) {
		s := evaluate(m, rows, func(r areaRow, res Result) {
			for _, x := range res.Matches {
				if x.Confidence == None && dump {
					cnt[r.country+" | "+x.Token+" | "+fmt.Sprint(x.Options, x.Elsewhere, x.Outside)+" | "+r.area]++
				}
			}
		})
		fmt.Printf("%s: rows %d national %d full(strict) %d full(vague ok) %d any %d tokens %d hit %d (%.1f%%) vague %d ambiguous %d %v\n", name, s.rows, s.national, s.full, s.fullVague, s.any, s.tokens, s.hit, 100*float64(s.hit)/float64(s.tokens), s.vague, s.options, s.byConf)
	}
	p("plain", newPlainMatcher(), true)
	p("shipped", NewMatcher(nil), false)
	var k []string
	for x := range cnt {
		k = append(k, x)
	}
	sort.Slice(k, func(i, j int) bool { return k[i] < k[j] })
	for _, x := range k {
		fmt.Println(cnt[x], x)
	}
}
func TestScratch3(t *testing.T) {
	m := newPlainMatcher()
	seen := map[string]int{}
	for _, r := range areaRows(t) {
		res := m.Match(r.country, r.area)
		for _, x := range append(res.Matches, res.Except...) {
			if x.Confidence == Fuzzy {
				u, _ := UnitByID(x.Unit)
				seen[fmt.Sprintf("%s | %s => %s %s [%d] in %s parent=%s out=%v part=%v opt=%v || %.90s", r.country, x.Token, u.ID, u.Name, u.Level, u.Parent, x.ParentNamed, x.Outside, x.Part, x.Options, r.area)]++
			}
		}
	}
	var k []string
	for x := range seen {
		k = append(k, x)
	}
	sort.Strings(k)
	for _, x := range k {
		fmt.Println(seen[x], x)
	}
}
