package sheet

import (
	"encoding/xml"
	"fmt"
	"sort"
	"strings"
)

// linkRange is a hyperlink over one cell or several, counted from zero.
type linkRange struct {
	row, col, lastRow, lastCol int
	rel, location              string
}

// annotateSteps bounds the work of laying links over cells: ranges may cover
// whole sheets and each other.
const annotateSteps = 10_000_000

func (s *sheetReader) readLink(t xml.StartElement) error {
	if len(s.links) >= maxRels {
		return linksError()
	}
	from, to, isRange := strings.Cut(attr(t, "ref"), ":")
	l := linkRange{rel: relID(t), location: attr(t, "location")}
	var ok bool
	if l.row, l.col, ok = parseRef(from); !ok {
		return damaged(fmt.Sprintf("a link lies on %.20q, which is no cell", from), nil)
	}
	l.lastRow, l.lastCol = l.row, l.col
	if isRange {
		if l.lastRow, l.lastCol, ok = parseRef(to); !ok {
			return damaged(fmt.Sprintf("a link lies on %.20q, which is no cell", to), nil)
		}
	}
	s.links = append(s.links, l)
	return nil
}

func linksError() error {
	return &Error{Code: CodeTooManyLinks, Detail: "too many links", Expected: fmt.Sprintf("at most %d links in one sheet", maxRels)}
}

// annotate puts links and comments on the cells of rows that were kept.
func (s *sheetReader) annotate(part string) error {
	rels, err := s.w.rels(part)
	if err != nil {
		return err
	}
	targets := make(map[string]string, len(rels))
	for _, r := range rels {
		targets[r.id] = r.target
	}
	steps := 0
	for _, l := range s.links {
		link := targets[l.rel]
		if l.location != "" {
			link += "#" + l.location
		}
		if link == "" {
			continue
		}
		for i := s.find(l.row); i < len(s.rows) && s.rows[i].Line-1 <= l.lastRow; i++ {
			cells := s.rows[i].Cells
			for c := l.col; c <= l.lastCol && c < len(cells); c++ {
				if steps++; steps > annotateSteps {
					return linksError()
				}
				if cells[c].Text == "" && (l.lastRow > l.row || l.lastCol > l.col) {
					continue // a link over an area is seen where there is text
				}
				if err := s.charge(link); err != nil {
					return err
				}
				cells[c].Link = link
			}
			if steps++; steps > annotateSteps {
				return linksError()
			}
		}
	}
	return s.comments(rels)
}

// find gives the index of the first kept row at or after row, from zero.
func (s *sheetReader) find(row int) int {
	return sort.Search(len(s.rows), func(i int) bool { return s.rows[i].Line-1 >= row })
}

// comments reads notes and threaded comments. Programs that write threads
// also leave a note for older programs, with a preface; the thread is better.
func (s *sheetReader) comments(rels []rel) error {
	threads := map[[2]int]bool{}
	for _, kind := range []string{"threadedComment", "comments"} {
		element := strings.TrimSuffix(kind, "s")
		for _, r := range rels {
			if r.kind != kind || r.external {
				continue
			}
			p, err := s.w.archive.open(r.target)
			if err != nil {
				return err
			}
			err = p.each(func(t xml.StartElement) error {
				if t.Name.Local != element {
					return nil
				}
				return s.comment(p, t, threads)
			})
			p.close()
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sheetReader) comment(p *part, t xml.StartElement, threads map[[2]int]bool) error {
	threaded := t.Name.Local == "threadedComment"
	row, col, ok := parseRef(attr(t, "ref"))
	text, big := "", false
	err := p.each(func(t xml.StartElement) error {
		if t.Name.Local != "text" {
			return p.skip()
		}
		var err error
		if threaded {
			text, big, err = p.text()
		} else {
			text, big, err = p.rich()
		}
		return err
	})
	if err != nil {
		return err
	}
	s.row, s.column = row+1, col+1
	i := s.find(row)
	if !ok || text == "" && !big || !threaded && threads[[2]int{row, col}] || i == len(s.rows) || s.rows[i].Line != row+1 || col >= s.w.lim.Columns {
		return nil // a comment beside the table: on a blank row, or too far right
	}
	cells := s.rows[i].Cells
	if more := col + 1 - len(cells); more > 0 {
		if s.w.cells += more; s.w.cells > s.w.lim.Cells {
			return cellsError(s.w.lim, row+1)
		}
		cells = append(cells, make([]Cell, more)...)
		s.rows[i].Cells = cells
	}
	c := &cells[col]
	if threaded && c.Comment != "" {
		text = c.Comment + "\n" + text
	}
	if big || len(text) > s.w.lim.CellBytes {
		return s.fail(CodeCellTooBig, "the comment has more than "+size(int64(s.w.lim.CellBytes)), "a shorter comment")
	}
	if threaded {
		threads[[2]int{row, col}] = true
	}
	c.Comment = text
	return s.charge(text)
}
