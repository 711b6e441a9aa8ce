package chart

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"github.com/go-fonts/dejavu/dejavusanscondensed"
	"github.com/go-fonts/dejavu/dejavusanscondensedbold"
	"github.com/go-fonts/dejavu/dejavuserifcondensedbold"
	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// ErrScript says that a picture has letters the bundled fonts do not have; draw
// it in English instead.
var ErrScript = errors.New("chart: no font for this script")

// fonts are parsed once, on the first picture.
var fonts = sync.OnceValues(func() ([3]*font.Font, error) {
	var out [3]*font.Font
	for i, raw := range [][]byte{dejavusanscondensed.TTF, dejavusanscondensedbold.TTF, dejavuserifcondensedbold.TTF} {
		f, err := font.ParseTTF(bytes.NewReader(raw))
		if err != nil {
			return out, fmt.Errorf("chart: font %d: %w", i, err)
		}
		out[i] = f.Font
	}
	return out, nil
})

// setter turns text into glyphs. It belongs to one picture: shapers and faces
// are not for concurrent use.
type setter struct {
	faces   [3]*font.Face
	shaper  shaping.HarfbuzzShaper
	para    bidi.Paragraph
	seg     shaping.Segmenter
	rtl     bool
	missing bool
	cache   map[setKey]*setText
}

type setKey struct {
	text        string
	size        float64
	bold, serif bool
}

// setText is one shaped line: runs in the order they stand, left to right.
type setText struct {
	runs  []shaping.Output
	width float64
}

func newSetter(rtl bool) (*setter, error) {
	fs, err := fonts()
	if err != nil {
		return nil, err
	}
	s := &setter{rtl: rtl, cache: map[setKey]*setText{}}
	for i, f := range fs {
		s.faces[i] = font.NewFace(f)
	}
	return s, nil
}

// chain are the faces for a style, first choice first.
func (s *setter) chain(f face) faceChain {
	switch {
	case f.serif:
		return faceChain{s.faces[2], s.faces[1]}
	case f.bold:
		return faceChain{s.faces[1]}
	}
	return faceChain{s.faces[0]}
}

type faceChain []*font.Face

// ResolveFace gives the first face that has a letter.
func (c faceChain) ResolveFace(r rune) *font.Face {
	for _, f := range c {
		if _, ok := f.NominalGlyph(r); ok {
			return f
		}
	}
	return c[len(c)-1]
}

func (s *setter) width(text string, f face) float64 { return s.set(text, f).width }

// set shapes a line: bidirectional runs in visual order (Unicode UAX 9, rule
// L2), letters joined as their script asks.
func (s *setter) set(text string, f face) *setText {
	key := setKey{text, f.size, f.bold, f.serif}
	if got := s.cache[key]; got != nil {
		return got
	}
	runes := []rune(text)
	out := &setText{}
	s.cache[key] = out
	if len(runes) == 0 {
		return out
	}
	base := bidi.LeftToRight
	if s.rtl && hasRTL(text) {
		base = bidi.RightToLeft
	}
	found := s.para.Segment(runes, base)
	runs := make([]bidi.Run, found.NumRuns())
	for i := range runs {
		runs[i] = found.Run(i)
	}
	for _, r := range visual(runs) {
		dir := di.DirectionLTR
		if r.Level%2 == 1 {
			dir = di.DirectionRTL
		}
		parts := s.seg.Split(shaping.Input{Text: runes, RunStart: r.Start, RunEnd: r.End, Direction: dir,
			Size: fixed.Int26_6(f.size * 64), Language: language.NewLanguage("en")}, s.chain(f))
		shaped := make([]shaping.Output, 0, len(parts))
		for _, p := range parts {
			shaped = append(shaped, s.shaper.Shape(p))
		}
		for i := range shaped {
			o := shaped[i]
			if dir == di.DirectionRTL {
				o = shaped[len(shaped)-1-i]
			}
			for _, g := range o.Glyphs {
				if g.GlyphID == 0 {
					s.missing = true
				}
			}
			out.runs = append(out.runs, o)
			out.width += float64(o.Advance) / 64
		}
	}
	return out
}

// visual puts runs into the order in which they stand.
func visual(runs []bidi.Run) []bidi.Run {
	highest := bidi.Level(0)
	for _, r := range runs {
		highest = max(highest, r.Level)
	}
	for level := highest; level >= 1; level-- {
		for i := 0; i < len(runs); i++ {
			j := i
			for j < len(runs) && runs[j].Level >= level {
				j++
			}
			for a, b := i, j-1; a < b; a, b = a+1, b-1 {
				runs[a], runs[b] = runs[b], runs[a]
			}
			i = max(i, j)
		}
	}
	return runs
}
