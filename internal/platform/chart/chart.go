package chart

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Width is one of the two widths of a picture, margins included.
type Width int

// The widths in pixels.
const (
	Wide   Width = 1120
	Narrow Width = 392
)

// margin is the picture's own margin at either side.
const margin = 16

// Head is what every chart carries. Title, Subtitle and Source should never be
// empty.
type Head struct {
	Title    string // the finding
	Subtitle string // the measure
	Desc     string // the drawing in words, for those who cannot see it
	Source   string // with release and date
	Note     string // what was counted and what was left out
	Lang     string // language tag
	RTL      bool   // the language runs from right to left
	Number   func(n int) string
}

// num writes a whole number in the chart's language.
func (h Head) num(n int) string {
	if h.Number != nil {
		return h.Number(n)
	}
	return strconv.Itoa(n)
}

// State is how something is filled.
type State string

// The states; Ink is for counts.
const (
	Ink     State = ""
	Cut     State = "c"
	Slow    State = "s"
	Blocked State = "b"
	Unsure  State = "u"
)

// Shade is a count as a shade of ink, 1 (few) to 5 (most), for areas of a map.
func Shade(n int) State { return State(rune('0' + min(max(n, 1), 5))) }

// Chart is a drawing with a table that says the same.
type Chart interface {
	// Table gives the head and the rows of the twin table.
	Table() (head []string, rows [][]string)
	head() Head
	draw(c *canvas)
}

// SVG draws a chart as a file of its own.
func SVG(ch Chart, w Width) []byte {
	c := paint(ch, w, estimate{})
	return c.svg()
}

// Size is the width and height in pixels of the SVG a chart makes.
func Size(ch Chart, w Width) (width, height int) {
	return int(w), int(paint(ch, w, estimate{}).height() + .5)
}

// paint lets a chart draw itself.
func paint(ch Chart, w Width, m meter) *canvas {
	h := ch.head()
	c := &canvas{head: h, width: float64(w), w: float64(w) - 2*margin, narrow: w == Narrow, rtl: h.RTL, meter: m}
	c.top()
	ch.draw(c)
	c.bottom()
	return c
}

// Edition is what the numbers of a chart were counted from.
type Edition struct{ Label, AsOf string }

// sourceColumns follow the twin table in a file of its own. Their names are the
// same in every language, for programs.
var sourceColumns = []string{"title", "measure", "source", "release", "as_of"}

// CSV writes the twin table. A table that has left its picture still says what
// it is: title and source stand in every row, where no parser stumbles over
// them as it would over a line before the head. Cells that a spreadsheet would
// take for a formula get an apostrophe before them.
func CSV(w io.Writer, ch Chart, of Edition) error {
	h := ch.head()
	head, rows := ch.Table()
	lines := [][]string{slices.Concat(head, sourceColumns)}
	for _, row := range rows {
		lines = append(lines, slices.Concat(row, []string{h.Title, h.Subtitle, h.Source, of.Label, of.AsOf}))
	}
	out := csv.NewWriter(w)
	for _, row := range lines {
		safe := make([]string, len(row))
		for i, cell := range row {
			if cell != "" && strings.ContainsRune("=+@\t\r", rune(cell[0])) || len(cell) > 1 && cell[0] == '-' && (cell[1] < '0' || cell[1] > '9') {
				cell = "'" + cell
			}
			safe[i] = cell
		}
		if err := out.Write(safe); err != nil {
			return fmt.Errorf("chart.CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("chart.CSV: %w", err)
	}
	return nil
}

// plain writes a value without grouping, for tables that machines read.
func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
