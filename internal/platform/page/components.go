package page

import (
	"math"
	"sort"
)

// The components are named templates fed with the types below: {{template
// "ui.strip" .Strip}}. Words come in as finished strings, so that a component
// knows no domain.

// State is one of the five states of the look: told apart by texture, colour
// and word.
type State string

// The states. Up is the plain line.
const (
	Cut     State = "c"
	Slow    State = "s"
	Blocked State = "b"
	Unsure  State = "u"
	Up      State = "r"
)

// StateWord is a word with the texture of its state before it ("ui.state").
type StateWord struct {
	State State
	Text  string
	Bold  bool
}

// Class is the swatch's class.
func (s StateWord) Class() string {
	if s.State == Cut || s.State == "" {
		return "st"
	}
	return "st " + string(s.State)
}

// Flag is a four-state answer ("ui.flag"): Yes, No, Unknown (asked, not
// learnt) and NotAsked.
type Flag string

// The four answers, as stored.
const (
	Yes      Flag = "yes"
	No       Flag = "no"
	Unknown  Flag = "unknown"
	NotAsked Flag = "not_asked"
)

// Known maps any other text to NotAsked.
func (f Flag) Known() Flag {
	switch f {
	case Yes, No, Unknown:
		return f
	}
	return NotAsked
}

// Mark is a stretch of a strip, as shares of its length (0 to 1).
type Mark struct {
	From, To float64
	State    State
	Half     bool // part of the country: a low mark
	Band     bool // in the thin band under the line (blocks beside cuts)
}

// Strip is the line with gaps ("ui.strip"). Label says the same in words;
// without it the drawing is hidden from assistive technology, for strips whose
// row already says everything.
type Strip struct {
	Label string
	Tall  bool // 28 px with a band, for a year; otherwise 14 px
	Marks []Mark
	Ticks []Tick
	Known float64 // share of the length that has been, 0 for all of it: nothing is drawn of what is to come
}

// Tick is a light upright rule at a share of the length; Text labels it in an
// axis ("ui.axis").
type Tick struct {
	At   float64
	Text string
}

// Lines are the stretches where the plain line shows: outside every mark, as far as
// anything is known.
func (s Strip) Lines() [][2]float64 {
	var busy [][2]float64
	for _, m := range s.Marks {
		if !m.Band && m.To > m.From {
			busy = append(busy, [2]float64{clamp(m.From), clamp(m.To)})
		}
	}
	sort.Slice(busy, func(i, j int) bool { return busy[i][0] < busy[j][0] })
	var out [][2]float64
	at, end := 0.0, 1.0
	if s.Known > 0 {
		end = clamp(s.Known)
	}
	for _, b := range busy {
		if to := min(b[0], end); to > at+1e-4 {
			out = append(out, [2]float64{at, to})
		}
		at = max(at, b[1])
	}
	if at < end-1e-4 {
		out = append(out, [2]float64{at, end})
	}
	return out
}

// Drawn are the marks in drawing order: textures first, cuts last, so that the
// paper round a cut breaks what lies beside it.
func (s Strip) Drawn() []Mark {
	out := make([]Mark, 0, len(s.Marks))
	for _, m := range s.Marks {
		m.From, m.To = clamp(m.From), clamp(m.To)
		if m.To > m.From {
			out = append(out, m)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].State != Cut && out[j].State == Cut })
	return out
}

// Top and High are the y and the height of a mark in pixels.
func (s Strip) Top(m Mark) int { y, _ := s.box(m); return y }

// High is the height of a mark in pixels.
func (s Strip) High(m Mark) int { _, h := s.box(m); return h }

func (s Strip) box(m Mark) (y, h int) {
	switch {
	case s.Tall && m.Band:
		return 20, 8 // two whole rows of dots
	case s.Tall && m.Half:
		return 5, 8
	case s.Tall:
		return 0, 18
	case m.Half:
		return 4, 6
	}
	return 0, 14
}

// Mid is the y of the line.
func (s Strip) Mid() int {
	if s.Tall {
		return 9
	}
	return 7
}

func clamp(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return min(max(x, 0), 1)
}

// Span is the width of a mark.
func (m Mark) Span() float64 { return m.To - m.From }

// Row is one place of a list ("ui.rows" takes Rows): name, strip, number;
// below it since when, and one sentence.
type Row struct {
	Name, Of    string // the place and what it lies in
	Href        string
	Count       string
	Strip       Strip
	When, Note  string
	StateOfName *StateWord
}

// Rows is a list of rows under one axis.
type Rows struct {
	Axis  []Tick
	Items []Row
	Start int // number of the first row, for a list that goes on
	Key   []StateWord
}

// YearRow is a year of a country ("ui.years" takes Years).
type YearRow struct {
	Year, Count string
	Strip       Strip
}

// Years are ten years as ten strips.
type Years struct {
	Axis     []Tick
	CountKey string // head of the count column, a finished text
	Items    []YearRow
	Key      []StateWord
}

// Fact is a line of "what we know, and how" ("ui.facts" takes Facts). Flag,
// when set, is the answer.
type Fact struct {
	Question, Answer, How string
	Flag                  Flag
	State                 *StateWord
	Links                 []Link
}

// Facts is the table of facts; Short leaves out its heads and the column How.
type Facts struct {
	Head  [3]string
	Items []Fact
	Short bool
}

// Bar is a row of a bar table ("ui.bars" takes BarTable). Shares are of the
// longest bar.
type Bar struct {
	Label, Value, Prev string
	Href               string
	Share, PrevShare   float64
	State              State // "" draws in ink: counts are ink
}

// BarTable is a table whose last cell is the bar; a thin mark is last year.
type BarTable struct {
	Caption                   string
	LabelHead, Head, PrevHead string
	Items                     []Bar
}

// HasPrev tells whether the table compares with the year before.
func (t BarTable) HasPrev() bool { return t.PrevHead != "" }

// Step is a rung of the ladder ("ui.ladder" takes []Step).
type Step struct {
	Text, Note string
	Done, Now  bool
}

// Picture is a chart frame ("ui.picture"): both drawings, links to the files,
// and the table that says the same. Src is the path without ending: .svg,
// .narrow.svg, .png and .csv follow it. The fragment #ground leaves the ground of
// the drawing out (chart.Ground), so that it stands on that of the page. In lite mode the table stands alone.
type Picture struct {
	Src                     string
	Alt                     string
	Width, Height           int
	NarrowWidth, NarrowHigh int
	Title                   string // shown in lite mode, where nobody sees the picture's own
	Head                    []string
	Rows                    [][]string
	Source                  string
	NoPNG                   bool
}

// Pages are the links between pages of a list ("ui.pages").
type Pages struct {
	Prev, Next *Link
	Now        string // where we are, as a text
}

// Cite is how to cite a record ("ui.cite").
type Cite struct {
	Text  string
	Links []Link
}

// Apart is what a page shows beside what it counts, marked so that nobody takes
// the one for the other.
type Apart struct {
	Title, Text string
	Items       []ApartItem
}

// ApartItem is a line of it.
type ApartItem struct{ Name, Href, Note string }
