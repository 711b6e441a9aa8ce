package geo

import "keepiton/internal/platform/geo/placename"

// relation of a chunk to the text before it.
type relation byte

const (
	relList   relation = ',' // one more of a list
	relAnd    relation = '&' // joined by "and"
	relIn     relation = 'i' // the container of what stands before: "X in Y", "X of Y"
	relNear   relation = 'n' // a landmark: "near Y", "along Y"
	relOwner  relation = 's' // what follows lies in what stood before: "Y's X"
	relIncl   relation = '+' // examples of what stands before: "including X"
	relInside relation = '(' // inside brackets or after a dash
	relSlash  relation = '/'
)

// chunk is a run of words that may name one place.
type chunk struct {
	from, to int // words
	rel      relation
	joint    string // the joining word, normalised: "of", "in"
	segment  int    // number of the part between hard separators
	except   bool   // the text takes this out
	locked   bool   // a protected name: never split or trimmed
}

// joints are words that stand between names.
var joints = map[string]relation{
	"and": relAnd, "or": relAnd, "but": relAnd, "plus": relAnd, "et": relAnd, "und": relAnd,
	"in": relIn, "of": relIn, "within": relIn, "across": relIn, "throughout": relIn, "at": relIn, "inside": relIn,
	"from": relIn, "on": relIn, "for": relIn, "dans": relIn,
	"near": relNear, "around": relNear, "along": relNear, "with": relNear, "between": relNear, "beside": relNear,
	"border": relNear, "borders": relNear, "bordering": relNear, "towards": relNear,
	"including": relIncl, "include": relIncl, "includes": relIncl, "especially": relIncl, "particularly": relIncl,
	"specifically": relIncl, "namely": relIncl, "notably": relIncl, "mainly": relIncl, "mostly": relIncl, "aka": relIncl,
	"like": relIncl, "such": relIncl, "primarily": relIncl, "viz": relIncl, "eg": relIncl,
}

// exceptions open what the text takes out.
var exceptions = map[string]bool{
	"except": true, "excluding": true, "excepting": true, "barring": true, "sauf": true, "excepto": true, "save": true,
}

// isException reports whether an exception opens at word i, and how many
// words it takes.
func isException(ws []word, i int) int {
	next := func(k int) string {
		if i+k < len(ws) {
			return ws[i+k].norm
		}
		return ""
	}
	switch n := ws[i].norm; {
	case exceptions[n]:
		if next(1) == "for" {
			return 2
		}
		return 1
	case n == "but" && next(1) == "for", n == "other" && next(1) == "than", n == "apart" && next(1) == "from",
		n == "but" && next(1) == "not", n == "aside" && next(1) == "from", n == "outside" && next(1) == "of":
		return 2
	case n == "outside":
		return 1
	}
	return 0
}

// chunks cuts the words at separators and joints, after protecting names that
// contain them. protect(i) returns how many words from i on form one name
// with a joint inside, or 0.
func chunks(ws []word, protect func(i int) int) []chunk {
	var out []chunk
	cur := chunk{from: -1, rel: relList}
	segment, except, depth, exceptDepth := 0, false, 0, 0
	flush := func(to int) {
		if cur.from >= 0 && to > cur.from {
			cur.to = to
			out = append(out, cur)
		}
		cur = chunk{from: -1, rel: relList}
	}
	for i := 0; i < len(ws); i++ {
		w := ws[i]
		if w.sep != sepSpace && w.sep != sepHyphen {
			flush(i)
			cur.rel = relationOf(w.sep)
			switch w.sep {
			case sepHard:
				segment++
				except = false
			case sepOpen:
				depth++
			case sepClose:
				depth = max(0, depth-1)
				if except && depth < exceptDepth {
					except = false
				}
			}
		}
		if n := isException(ws, i); n > 0 {
			flush(i)
			except, exceptDepth = true, depth
			i += n - 1
			continue
		}
		if n := protect(i); n > 0 {
			if cur.from < 0 {
				cur.from = i
			}
			cur.segment, cur.except = segment, except
			if cur.from == i {
				cur.locked = true
			}
			i += n - 1
			continue
		}
		if rel, ok := joints[w.norm]; ok && !borderArea(ws, i) {
			flush(i)
			cur.rel, cur.joint = rel, w.norm
			continue
		}
		if cur.from < 0 {
			cur.from, cur.segment, cur.except = i, segment, except
		}
		if w.bare != "" && i+1 < len(ws) && rank(ws[i+1].sep) < rank(sepComma) {
			flush(i + 1)
			cur.rel = relOwner
		}
	}
	flush(len(ws))
	return out
}

// borderArea reports "border" in "border areas", where it joins nothing.
func borderArea(ws []word, i int) bool {
	return ws[i].norm == "border" && i+1 < len(ws) && placename.IsKind(ws[i+1].norm)
}

func relationOf(sep byte) relation {
	switch sep {
	case sepAmp:
		return relAnd
	case sepOpen, sepDash:
		return relInside
	case sepSlash:
		return relSlash
	}
	return relList
}

// kindLevel is the level a word of kind points at, or -1.
func kindLevel(norm string) int {
	switch norm {
	case "state", "states", "province", "provinces", "region", "regions", "governorate", "governorates", "oblast", "oblasts",
		"krai", "republic", "division", "county", "counties":
		return LevelFirst
	case "district", "districts", "zone", "zones", "raion", "rayon", "zila", "zilla":
		return LevelSecond
	case "city", "cities", "town", "towns", "village", "villages", "township", "townships", "municipality", "tehsil", "taluka", "block", "blocks":
		return LevelLocality
	}
	return -1
}

// filler reports words that may stand beside a name without being part of it.
func filler(norm string) bool { return placename.IsKind(norm) || placename.IsVague(norm) }

// partial words make what follows a part of it.
func partial(norm string) bool {
	if norm != "" && norm[0] >= '0' && norm[0] <= '9' {
		return true
	}
	switch norm {
	case "part", "parts", "portion", "portions", "section", "sections", "pockets", "some", "several", "various", "many", "multiple",
		"numerous", "few", "most", "half", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
		"dozen", "dozens", "other", "others", "selected", "certain", "rural", "urban", "coastal", "border", "areas", "villages", "towns", "targeted",
		"affected", "outskirts", "capital", "third", "bunch", "occupied", "inland", "interior", "remote":
		return true
	}
	return placename.IsCompass(norm)
}

// open words make a chunk that names no place an open set.
func openSet(norm string) bool {
	switch norm {
	case "some", "several", "various", "many", "multiple", "numerous", "few", "most", "other", "others", "another", "certain", "selected",
		"targeted", "affected", "impacted", "major", "nearby", "neighboring", "neighbouring", "adjoining", "adjacent", "surrounding", "hit",
		"held", "controlled", "occupied", "conflict", "crisis", "border", "areas", "places", "locations", "sites", "parts", "campuses",
		"universities", "capitals", "cities", "towns", "villages", "districts", "provinces", "regions", "states", "townships", "counties",
		"sectors", "zones", "jurisdictions", "neighborhoods", "neighbourhoods", "unknown", "unspecified":
		return true
	}
	return norm != "" && norm[0] >= '0' && norm[0] <= '9'
}
