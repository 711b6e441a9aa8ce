package sheet

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const saveAsUTF8 = `UTF-8; in Excel choose Save As and the type "CSV UTF-8", in LibreOffice Save As with "Edit filter settings" and the character set Unicode (UTF-8), or send the .xlsx file itself`

// decode gives the file's text as UTF-8 without its byte-order mark, or says
// where it stops being text.
func decode(s string) (string, error) {
	switch {
	case strings.HasPrefix(s, "\xFF\xFE"):
		text, err := decodeUTF16(s[2:], 1, 0)
		if err != nil {
			return "", err
		}
		s = text
	case strings.HasPrefix(s, "\xFE\xFF"):
		text, err := decodeUTF16(s[2:], 0, 1)
		if err != nil {
			return "", err
		}
		s = text
	default:
		s = strings.TrimPrefix(s, "\uFEFF")
		if off := firstInvalid(s); off >= 0 {
			if nul := strings.IndexByte(s[:off], 0); nul >= 0 {
				return "", nulError(s, nul)
			}
			return "", encodingError(s, off)
		}
	}
	if nul := strings.IndexByte(s, 0); nul >= 0 {
		return "", nulError(s, nul)
	}
	return s, nil
}

// decodeUTF16 decodes units whose high and low byte stand at hi and lo.
func decodeUTF16(s string, hi, lo int) (string, error) {
	var b strings.Builder
	b.Grow(len(s)/2 + len(s)/8)
	unit := func(i int) rune { return rune(s[i+hi])<<8 | rune(s[i+lo]) }
	fail := func(what string) error {
		line, col := locate(b.String())
		return &Error{Code: CodeBadUTF16, Line: line, Column: col, Detail: what, Expected: saveAsUTF8}
	}
	i := 0
	for ; i+1 < len(s); i += 2 {
		r := unit(i)
		if utf16.IsSurrogate(r) {
			if i+3 >= len(s) {
				return "", fail("the UTF-16 text ends in the middle of a character")
			}
			if r = utf16.DecodeRune(r, unit(i+2)); r == utf8.RuneError {
				return "", fail("half a character in UTF-16 text")
			}
			i += 2
		}
		b.WriteRune(r)
	}
	if i < len(s) {
		return "", fail("the UTF-16 text ends in the middle of a character")
	}
	return b.String(), nil
}

// firstInvalid gives the offset of the first byte that is not UTF-8, or -1.
func firstInvalid(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

func nulError(s string, off int) error {
	line, col := locate(s[:off])
	e := &Error{Code: CodeNUL, Line: line, Column: col, Detail: "a zero byte, which no text has", Expected: saveAsUTF8}
	if sample := s[:min(len(s), 4096)]; strings.Count(sample, "\x00") > len(sample)/4 {
		e.Detail += "; the file looks like UTF-16 (Unicode text) without its mark"
	} else {
		e.Detail += "; the file may be damaged or no table at all"
	}
	return e
}

// encodingError guesses which encoding the byte at off was written in. It is
// a guess from frequencies, good enough to tell a person what to look for.
func encodingError(s string, off int) error {
	line, col := locate(s[:off])
	e := &Error{Code: CodeNotUTF8, Line: line, Column: col, Expected: saveAsUTF8}
	var c1, high, letters, multi int
	sample := s[max(0, off-32<<10):min(len(s), off+32<<10)]
	for i := 0; i < len(sample); {
		c := sample[i]
		r, n := utf8.DecodeRuneInString(sample[i:])
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			letters++
		case c < utf8.RuneSelf:
		case r != utf8.RuneError || n > 1:
			multi++
		case c < 0xA0:
			c1++
		default:
			high++
		}
		i += n
	}
	what := fmt.Sprintf("the byte 0x%02X is not UTF-8", s[off])
	switch {
	case off+utf8.UTFMax > len(s) && !utf8.FullRuneInString(s[off:]):
		e.Code, what = CodeTruncated, "the file ends in the middle of a character, so its end is missing"
		e.Expected = "the whole file; copy or download it again"
	case multi > c1+high:
		what += ", though most of the text is; two encodings were mixed or the file is damaged"
	case c1+high > letters:
		what += "; the text looks like an older encoding of its script (for Arabic Windows-1256, for Cyrillic Windows-1251, for Chinese GBK)"
	case c1 > 0:
		what += fmt.Sprintf("; the text looks like Windows-1252 (Excel's plain CSV), in which it is %q", windows1252(s[off]))
	default:
		what += fmt.Sprintf("; the text looks like ISO-8859-1 or Windows-1252 (Excel's plain CSV), in which it is %q", windows1252(s[off]))
	}
	e.Detail = what
	return e
}

// windows1252 decodes one byte; 0x80 to 0x9F are where it leaves ISO-8859-1.
func windows1252(c byte) rune {
	const table = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"
	if c < 0x80 || c > 0x9F {
		return rune(c)
	}
	return []rune(table)[c-0x80]
}
