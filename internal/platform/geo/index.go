package geo

import (
	"slices"
	"sort"
	"strings"
	"sync"

	"keepiton/internal/platform/geo/placename"
)

// keyIndex finds records by squashed name. It stores 64-bit hashes of the
// keys, not the keys: with some 300,000 keys a false meeting is a matter of
// one in sixty million lookups, and half the memory is saved.
type keyIndex struct {
	hashes []uint64
	recs   []int32
}

func hash64(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 32 // FNV's upper half is the better one: mix it down
	return h * 0x9e3779b97f4a7c15
}

// forms calls do with every key a name answers to: whole, without words of
// kind, without the article.
func forms(name string, do func(key string)) {
	n := placename.Normalise(name)
	if n == "" {
		return
	}
	whole := strings.ReplaceAll(n, " ", "")
	do(whole)
	if !strings.Contains(n, " ") {
		return
	}
	bare := placename.StripKinds(n)
	if bare != n {
		do(strings.ReplaceAll(bare, " ", ""))
	}
	if cut := placename.StripArticle(bare); cut != bare {
		do(strings.ReplaceAll(cut, " ", ""))
	}
	if turned := placename.Directions(bare); turned != bare {
		do(strings.ReplaceAll(turned, " ", ""))
	}
}

// names calls do with the record's names and spellings.
func (r *rec) names(do func(name string)) {
	do(r.name)
	if strings.ContainsAny(r.name, "(/") || r.alts != "" {
		list := append([]string{r.name}, strings.Split(r.alts, "|")...)
		for _, n := range placename.Variants(list)[1:] {
			if n != "" {
				do(n)
			}
		}
	}
}

func (x *keyIndex) build(g *gazetteer) {
	type entry struct {
		h uint64
		r int32
	}
	list := make([]entry, 0, 2*len(g.recs))
	for i := range g.recs {
		start := len(list)
		spell := forms
		if g.recs[i].kind == kindRegion {
			// a region answers to its listed names alone: "Papua region" is
			// not "Papua"
			spell = func(name string, do func(string)) { do(placename.Squash(name)) }
		}
		g.recs[i].names(func(name string) {
			spell(name, func(key string) {
				h := hash64(key)
				for _, e := range list[start:] {
					if e.h == h {
						return
					}
				}
				list = append(list, entry{h, int32(i)})
			})
		})
	}
	elide := strings.NewReplacer(" l’", " ", " d’", " ", " l'", " ", " d'", " ")
	eachUnitName(func(id, name string) {
		if i, ok := g.byID[id]; ok {
			list = append(list, entry{hash64(placename.Squash(name)), i})
			n := placename.Normalise(elide.Replace(name))
			if bare := placename.StripKinds(n); bare != n {
				list = append(list, entry{hash64(strings.ReplaceAll(bare, " ", "")), i})
			}
		}
	})
	sort.Slice(list, func(a, b int) bool {
		if list[a].h != list[b].h {
			return list[a].h < list[b].h
		}
		return list[a].r < list[b].r
	})
	x.hashes, x.recs = make([]uint64, 0, len(list)), make([]int32, 0, len(list))
	for i, e := range list {
		if i > 0 && e == list[i-1] {
			continue
		}
		x.hashes, x.recs = append(x.hashes, e.h), append(x.recs, e.r)
	}
	x.markDuplicates(g)
}

// markDuplicates flags localities that share a key with another locality of
// the same first-level unit: their ids need a point to be their own.
func (x *keyIndex) markDuplicates(g *gazetteer) {
	for i := 0; i < len(x.hashes); {
		j := i + 1
		for j < len(x.hashes) && x.hashes[j] == x.hashes[i] {
			j++
		}
		for a := i; a < j; a++ {
			for b := a + 1; b < j; b++ {
				p, q := &g.recs[x.recs[a]], &g.recs[x.recs[b]]
				if p.kind == kindLocality && q.kind == kindLocality && p.country == q.country && p.first == q.first {
					p.dup, q.dup = true, true
				}
			}
		}
		i = j
	}
}

// each calls do for every record with this key, until do says stop.
func (x *keyIndex) each(key string, do func(rec int32) bool) {
	h := hash64(key)
	for i := sort.Search(len(x.hashes), func(i int) bool { return x.hashes[i] >= h }); i < len(x.hashes) && x.hashes[i] == h; i++ {
		if !do(x.recs[i]) {
			return
		}
	}
}

// nearKey is one spelling that near matches are tried against.
type nearKey struct {
	key     string
	letters uint32 // set of letters, to skip hopeless pairs cheaply
	rec     int32
}

// soundKey is the hash of a folded spelling and its record.
type soundKey struct {
	h   uint64
	rec int32
}

// nearIndex holds one country's spellings for near matches: administrative
// units by first letter, and every record by its fold.
type nearIndex struct {
	byLetter map[byte][]nearKey
	sounds   []soundKey // sorted
}

// sameSound calls do for the records with this fold.
func (n *nearIndex) sameSound(fold string, do func(rec int32)) {
	h := hash64(fold)
	for i := sort.Search(len(n.sounds), func(i int) bool { return n.sounds[i].h >= h }); i < len(n.sounds) && n.sounds[i].h == h; i++ {
		do(n.sounds[i].rec)
	}
}

// nearCache builds a country's nearIndex when it is first needed.
type nearCache struct {
	mu   sync.Mutex
	done map[string]*nearIndex
}

func (c *nearCache) get(g *gazetteer, country string) *nearIndex {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.done[country]; n != nil {
		return n
	}
	n := &nearIndex{byLetter: map[byte][]nearKey{}}
	s := g.span[country]
	for i := s[0]; i < s[1]; i++ {
		n.add(g, int32(i))
	}
	for _, i := range g.regionOf[country] {
		n.add(g, i)
	}
	n.pack()
	if c.done == nil {
		c.done = map[string]*nearIndex{}
	}
	c.done[country] = n
	return n
}

func (n *nearIndex) add(g *gazetteer, i int32) {
	r := &g.recs[i]
	r.names(func(name string) {
		forms(name, func(key string) {
			if fold := placename.Fold(g.codes[r.country], key); len(fold) >= 3 {
				n.sounds = append(n.sounds, soundKey{hash64(fold), i})
			}
			if r.kind != kindLocality && len(key) >= 5 && key[0] < 0x80 {
				n.byLetter[key[0]] = append(n.byLetter[key[0]], nearKey{key, letters(key), i})
			}
		})
	})
}

// pack sorts the sounds, drops repeats and gives spare memory back.
func (n *nearIndex) pack() {
	sort.Slice(n.sounds, func(a, b int) bool {
		if n.sounds[a].h != n.sounds[b].h {
			return n.sounds[a].h < n.sounds[b].h
		}
		return n.sounds[a].rec < n.sounds[b].rec
	})
	n.sounds = append([]soundKey(nil), slices.Compact(n.sounds)...)
	for c, keys := range n.byLetter {
		n.byLetter[c] = append([]nearKey(nil), keys...)
	}
}

// letters is the set of a key's bytes a-z.
func letters(key string) uint32 {
	var m uint32
	for i := 0; i < len(key); i++ {
		if c := key[i] - 'a'; c < 26 {
			m |= 1 << c
		}
	}
	return m
}
