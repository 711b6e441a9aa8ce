package sheet

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// dateShape says what of a moment a number format shows.
type dateShape uint8

const (
	notDate   dateShape = iota
	dateDay             // a day, perhaps with a time
	dateClock           // a time only
	dateSpan            // a duration, such as [h]:mm
)

// builtinDate gives the shape of the number formats that workbooks name by
// number only: ECMA-376 part 1, 18.8.30, with the East Asian ones (27-36,
// 50-58), which are dates in each of their languages.
func builtinDate(id int) dateShape {
	switch {
	case id >= 14 && id <= 17, id == 22, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return dateDay
	case id >= 18 && id <= 21, id == 45, id == 47, id >= 32 && id <= 35, id == 55, id == 56:
		return dateClock
	case id == 46:
		return dateSpan
	}
	return notDate
}

// customDate finds the shape of a number format written out, such as
// `[$-409]d\-mmm\-yy;@`. Only its first section counts: the others are for
// negative numbers, zero and text.
func customDate(code string) dateShape {
	shape := notDate
	day := false
	last := byte(0) // the last letter group that means something
	months := 0     // groups of m that are months as far as is known
	asMonth := false
	for i := 0; i < len(code); i++ {
		switch c := lower(code[i]); c {
		case ';':
			i = len(code)
		case '\\', '_', '*':
			i++
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return notDate
			}
			i += end + 1
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return notDate
			}
			if in := strings.ToLower(code[i+1 : i+end]); in != "" && strings.Trim(in, in[:1]) == "" && strings.Contains("hms", in[:1]) {
				shape, last = dateSpan, in[0]
			}
			i += end
		case 'y', 'd', 'h', 's', 'm':
			n := i
			for n+1 < len(code) && lower(code[n+1]) == c {
				n++
			}
			if c == 's' && last == 'm' && asMonth {
				months-- // m before s is minutes, as is m after h
			}
			if asMonth = c == 'm' && last != 'h'; asMonth {
				months++
			}
			day = day || c == 'y' || c == 'd'
			if shape == notDate {
				shape = dateClock
			}
			last, i = c, n
		case 'a':
			switch rest := strings.ToLower(code[i:min(len(code), i+5)]); {
			case rest == "am/pm":
				i += 4
			case strings.HasPrefix(rest, "a/p"):
				i += 2
			case strings.HasPrefix(rest, "aaa"): // the day of the week in Japanese
				shape, day = dateDay, true
			}
		case 'g':
			if len(code) >= i+7 && strings.EqualFold(code[i:i+7], "general") {
				return notDate
			}
		case '0', '#', '?':
			// Digits belong to a number, except fractions of a second.
			if last != 's' {
				return notDate
			}
		}
	}
	if shape == dateClock && (day || months > 0) {
		return dateDay
	}
	return shape
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c |= 0x20
	}
	return c
}

// number gives the text of a numeric cell. raw is what the file holds.
func number(raw string, shape dateShape, epoch1904 bool) (text string, kind Kind) {
	raw = strings.TrimSpace(raw)
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil || strings.Trim(raw, "0123456789+-.eE") != "" || math.IsInf(f, 0) {
		return raw, KindText // not a number after all; what it is, somebody else must judge
	}
	if shape != notDate {
		if text, kind, ok := moment(f, shape, epoch1904); ok {
			return text, kind
		}
	}
	return decimal(raw, f), KindNumber
}

// decimal writes a number without exponent. Whole numbers keep all the digits
// that the file has; others are the shortest that are the same 64-bit float.
func decimal(raw string, f float64) string {
	if f == 0 {
		return "0"
	}
	if !strings.ContainsAny(raw, ".eE") {
		sign := ""
		if raw[0] == '-' {
			sign = "-"
		}
		return sign + strings.TrimLeft(raw, "+-0")
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// moment turns a serial number into ISO text. The 1900 system counts a 29
// February 1900 that never was (serial 60); that day has no ISO text.
func moment(f float64, shape dateShape, epoch1904 bool) (string, Kind, bool) {
	const dayMillis = 86_400_000
	const maxSerial = 2_958_466 // 1 January 10000 in the 1900 system
	if f >= maxSerial || f <= -maxSerial {
		return "", 0, false
	}
	ms := int64(math.Round(f * dayMillis))
	if shape == dateSpan || shape == dateClock && ms >= 0 && ms < dayMillis {
		return clockText(ms), KindTime, true
	}
	if ms < 0 {
		return "", 0, false
	}
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	day := ms / dayMillis
	switch {
	case epoch1904:
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case day == 0 || day == 60:
		return "", 0, false
	case day < 60:
		base = base.AddDate(0, 0, 1)
	}
	t := base.AddDate(0, 0, int(day)).Add(time.Duration(ms%dayMillis) * time.Millisecond)
	if t.Year() > 9999 {
		return "", 0, false
	}
	layout := "2006-01-02"
	switch rest := ms % dayMillis; {
	case rest%1000 != 0:
		layout = "2006-01-02T15:04:05.000"
	case rest != 0:
		layout = "2006-01-02T15:04:05"
	}
	return t.Format(layout), KindDate, true
}

// clockText writes a time of day or a duration: 9:05:00, 49:30:00, -0:10:00.
func clockText(ms int64) string {
	sign := ""
	if ms < 0 {
		sign, ms = "-", -ms
	}
	s := ms / 1000
	text := fmt.Sprintf("%s%d:%02d:%02d", sign, s/3600, s/60%60, s%60)
	if ms%1000 != 0 {
		text += fmt.Sprintf(".%03d", ms%1000)
	}
	return text
}

// isoDate checks the text of a cell that is stored as an ISO date (t="d").
func isoDate(s string) (string, Kind) {
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04:05", "2006-01-02T15:04", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			if _, offset := t.Zone(); offset != 0 {
				break // a moment elsewhere; leave it to those who know the place
			}
			if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 && t.Nanosecond() == 0 {
				return t.Format("2006-01-02"), KindDate
			}
			if t.Nanosecond() != 0 {
				return t.Format("2006-01-02T15:04:05.000"), KindDate
			}
			return t.Format("2006-01-02T15:04:05"), KindDate
		}
	}
	return s, KindText
}

// styles reads which cell formats are dates: one shape per cell format.
func (a *archive) styles(name string) ([]dateShape, error) {
	const maxFormats = 70_000 // programs stop at 65,490
	p, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer p.close()
	custom := map[int]dateShape{}
	var ids []int
	inCells := false
	err = p.each(func(t xml.StartElement) error {
		switch t.Name.Local {
		case "numFmt":
			if id, err := strconv.Atoi(attr(t, "numFmtId")); err == nil && len(custom) < maxFormats {
				custom[id] = customDate(attr(t, "formatCode"))
			}
		case "cellXfs":
			inCells = true
		case "cellStyleXfs", "cellStyles", "dxfs":
			inCells = false
		case "xf":
			if inCells && len(ids) < maxFormats {
				id, err := strconv.Atoi(attr(t, "numFmtId"))
				if err != nil {
					id = 0
				}
				ids = append(ids, id)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	shapes := make([]dateShape, len(ids))
	for i, id := range ids {
		shape, ok := custom[id]
		if !ok {
			shape = builtinDate(id)
		}
		shapes[i] = shape
	}
	return shapes, nil
}

// sharedStrings is the workbook's table of texts. A text over the cell limit
// is remembered as big and refused where a cell uses it, so that the message
// can name that cell.
type sharedStrings struct {
	text []string
	big  map[int]bool
}

func (a *archive) sharedStrings(name string) (sharedStrings, error) {
	ss := sharedStrings{big: map[int]bool{}}
	p, err := a.open(name)
	if err != nil {
		return ss, err
	}
	defer p.close()
	err = p.each(func(t xml.StartElement) error {
		if t.Name.Local != "si" {
			return nil
		}
		if len(ss.text) >= a.lim.Cells {
			return cellsError(a.lim, 0)
		}
		s, big, err := p.rich()
		if err != nil {
			return err
		}
		if big {
			ss.big[len(ss.text)] = true
		}
		ss.text = append(ss.text, s)
		return nil
	})
	return ss, err
}

// rich reads a text made of runs, up to the end of the element just started.
// Phonetic guides (rPh) repeat the text for reading aloud and are left out.
func (p *part) rich() (s string, big bool, err error) {
	var b strings.Builder
	err = p.each(func(t xml.StartElement) error {
		switch t.Name.Local {
		case "t":
			run, tooBig, err := p.text()
			if err != nil {
				return err
			}
			if big = big || tooBig || b.Len()+len(run) > p.a.lim.CellBytes; !big {
				b.WriteString(run)
			}
			return nil
		case "rPh", "rPr":
			return p.skip()
		}
		return nil
	})
	if big {
		return "", true, err
	}
	return unescape(b.String()), false, err
}

// unescape undoes _xHHHH_, with which ECMA-376 (part 1, 22.9.2.19) writes what
// XML cannot hold, above all CR. Halves of a character are put together; NUL
// and lone halves stay as they are written.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, ok := escaped(s[i:])
		if !ok {
			b.WriteByte(s[i])
			i++
			continue
		}
		n := 7
		if utf16.IsSurrogate(r) {
			low, ok := escaped(s[i+7:])
			if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
				n = 14
			} else {
				r = 0
			}
		}
		if r == 0 {
			b.WriteString(s[i : i+7])
		} else {
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// escaped reads one _xHHHH_ at the start of s.
func escaped(s string) (rune, bool) {
	if len(s) < 7 || s[0] != '_' || s[1] != 'x' || s[6] != '_' || strings.Trim(s[2:6], "0123456789abcdefABCDEF") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 32)
	return rune(n), err == nil
}
