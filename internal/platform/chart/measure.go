package chart

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// meter knows how wide a text will be.
type meter interface {
	width(s string, f face) float64
}

// estimate measures without a font. The advance widths are per mille of the
// size, a little above those of the common system faces; better a label wraps
// too early than that two overlap.
type estimate struct{}

// latin holds the advances of U+0020 to U+007E.
var latin = [95]uint16{
	265, 275, 415, 655, 580, 845, 745, 230, 305, 305, 560, 580, 275, 330, 275, 380,
	580, 580, 580, 580, 580, 580, 580, 580, 580, 580, 275, 275, 580, 580, 580, 445,
	910, 650, 660, 640, 740, 565, 530, 740, 755, 345, 280, 630, 530, 920, 775, 795,
	615, 795, 635, 560, 565, 745, 610, 945, 600, 575, 585, 335, 380, 335, 580, 450,
	290, 570, 625, 490, 625, 575, 350, 625, 630, 265, 265, 540, 265, 950, 630, 615,
	625, 625, 420, 490, 370, 630, 515, 800, 535, 520, 480, 385, 555, 385, 580,
}

func (estimate) width(s string, f face) float64 {
	sum := 0
	for _, r := range s {
		sum += advance(r)
	}
	w := float64(sum) * f.size / 1000
	switch {
	case f.bold && f.serif:
		w *= 1.1
	case f.bold:
		w *= 1.08
	}
	return w
}

// advance is the width of a character in thousandths of the size.
func advance(r rune) int {
	switch {
	case r >= 0x20 && r <= 0x7e:
		return int(latin[r-0x20])
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r == 0xa0 || r == 0x2009:
		return 265
	case r == 0x202f:
		return 200
	case r == '–' || r == '−':
		return 580
	case r == '—' || r == '…':
		return 1000
	case r < 0x250: // Latin with marks
		if unicode.IsUpper(r) {
			return 720
		}
		return 610
	case r < 0x400: // Greek
		return 640
	case r < 0x530: // Cyrillic
		if unicode.IsUpper(r) {
			return 760
		}
		return 640
	case r >= 0x600 && r < 0x780, r >= 0xfb50 && r < 0xfe00, r >= 0xfe70 && r < 0xff00: // Arabic
		return arabic(r)
	case r >= 0x900 && r < 0xe00: // Indic
		return 680
	case r >= 0xe00 && r < 0xf00: // Thai, Lao
		return 640
	case r >= 0x1000 && r < 0x10a0: // Burmese
		return 800
	case r >= 0x1200 && r < 0x1400: // Ethiopic
		return 880
	case r >= 0x1780 && r < 0x1800: // Khmer
		return 760
	case r >= 0x2010 && r < 0x2050: // quotes and points
		return 420
	case r >= 0x2e80: // East Asian, emoji, everything far out
		return 1050
	}
	return 700
}

// arabic tells narrow from broad letters.
func arabic(r rune) int {
	switch r {
	case 'ا', 'أ', 'إ', 'آ', 'ل', 'د', 'ذ', 'ر', 'ز', '،', '؛', '.', 'ء':
		return 360
	case 'س', 'ش', 'ص', 'ض', 'ط', 'ظ', 'ب', 'ت', 'ث', 'ف', 'ق', 'ک', 'ك', 'گ', 'ۓ', 'ے':
		return 720
	}
	return 590
}

// longest is how much of a text is looked at: nobody reads a label of more.
const longest = 1200

// clean makes a stranger's text safe to set: one line, no characters that
// steer direction or are not allowed in XML, of bounded length.
func clean(s string) string {
	if len(s) < 64 && plainASCII(s) {
		return strings.TrimSpace(s)
	}
	var b strings.Builder
	n, space := 0, true
	for _, r := range s {
		if n > longest {
			b.WriteRune('…')
			break
		}
		switch {
		case r == utf8.RuneError, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff, r == 0xfffe, r == 0xffff:
			continue
		case unicode.IsSpace(r) && r != 0xa0 && r != 0x202f:
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		case unicode.IsControl(r), r >= 0xe000 && r <= 0xf8ff:
			continue
		}
		space = false
		n++
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e || s[i] == ' ' && i > 0 && s[i-1] == ' ' {
			return false
		}
	}
	return true
}

// cutText shortens a text to fit, with an ellipsis; "" where not even that fits.
func cutText(m meter, s string, f face, room float64) string {
	r := []rune(s)
	lo, hi := 0, len(r)
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if m.width(strings.TrimRight(string(r[:mid]), " ,;:")+"…", f) <= room+.01 {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	for lo > 0 && lo < len(r) && unicode.In(r[lo], unicode.Mn, unicode.Mc, unicode.Me) {
		lo-- // never part a letter from its marks
	}
	if lo == 0 {
		return ""
	}
	return strings.TrimRight(string(r[:lo]), " ,;:") + "…"
}

// wrap breaks a text into lines of at most room; the last of at most lines
// lines is cut with an ellipsis. Scripts without spaces break at any letter.
func wrap(m meter, s string, f face, room float64, lines int) []string {
	if s == "" || lines < 1 {
		return nil
	}
	var out []string
	line := ""
	words := breaks(m, s, f, room)
	for i, w := range words {
		next := line + w
		if line == "" || m.width(strings.TrimRight(next, " "), f) <= room+.01 {
			line = next
			continue
		}
		if len(out) == lines-1 {
			rest := line + strings.Join(words[i:], "")
			return append(out, cutText(m, rest, f, room))
		}
		out = append(out, strings.TrimRight(line, " "))
		line = w
	}
	return append(out, strings.TrimRight(line, " "))
}

// balance wraps like wrap and then narrows the room as far as the number of
// lines allows, so that no single word is left on the last one.
func balance(m meter, s string, f face, room float64, lines int) []string {
	got := wrap(m, s, f, room, lines)
	if len(got) < 2 || len(got) > 4 || strings.HasSuffix(got[len(got)-1], "…") {
		return got
	}
	lo, hi := room/2, room
	for hi-lo > 2 {
		mid := (lo + hi) / 2
		if try := wrap(m, s, f, mid, lines); len(try) == len(got) && !strings.HasSuffix(try[len(try)-1], "…") && !splits(try, s) {
			got, hi = try, mid
		} else {
			lo = mid
		}
	}
	return got
}

// splits tells whether a wrapped text broke inside a word.
func splits(lines []string, s string) bool { return strings.Join(lines, " ") != s }

// breaks splits a text into the pieces between which a line may end; a piece
// wider than the room is split too.
func breaks(m meter, s string, f face, room float64) []string {
	var out []string
	for _, w := range strings.SplitAfter(s, " ") {
		if m.width(strings.TrimRight(w, " "), f) <= room {
			out = append(out, w)
			continue
		}
		piece := ""
		for _, r := range w {
			joins := unicode.In(r, unicode.Mn, unicode.Mc, unicode.Me)
			if piece != "" && !joins && m.width(piece+string(r), f) > room {
				out = append(out, piece)
				piece = ""
			}
			piece += string(r)
		}
		out = append(out, piece)
	}
	return out
}
