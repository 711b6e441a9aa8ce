package incident

import (
	"context"
	"sort"
	"strings"
)

// FindPassages lists where each of some passages stands in a text, as bytes from and
// to, in order and without overlaps, in whatever spelling: capitals, accents however
// they are written, forms of one letter, the Arabic stretcher, letters nobody sees.
// Unlike a passage that is withheld from the record it is found inside words too:
// what protects a person rather takes out too much. The text is read once however
// many passages there are; an ended ctx ends it.
func FindPassages(ctx context.Context, text string, passages []string) ([][][2]int, error) {
	folded := foldText(text)
	starts := make([]int, 0, len(folded)+1) // of each letter in flat
	var b strings.Builder
	for _, l := range folded {
		starts = append(starts, b.Len())
		b.WriteRune(l.r)
	}
	flat := b.String()
	starts = append(starts, len(flat))
	out := make([][][2]int, len(passages))
	for n, what := range passages {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		letters := newPassage(what).letters
		bare := strings.Trim(string(letters), " ") // but for signs around it
		for from := 0; bare != "" && strings.Contains(flat[from:], bare); {
			at := from + strings.Index(flat[from:], bare)
			first, last := sort.SearchInts(starts, at), sort.SearchInts(starts, at+len(bare))-1
			out[n] = joined(out[n], [2]int{folded[first].from, folded[last].to})
			from = starts[first+1]
		}
	}
	return out, nil
}

// joined adds a span to spans in order, as one with the last where they overlap.
func joined(list [][2]int, span [2]int) [][2]int {
	if n := len(list); n > 0 && span[0] < list[n-1][1] {
		list[n-1][1] = max(list[n-1][1], span[1])
		return list
	}
	return append(list, span)
}
