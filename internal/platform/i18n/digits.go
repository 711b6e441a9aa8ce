package i18n

import (
	"strings"
	"unicode"
)

// Digit is the value of a decimal digit in any script, -1 for other letters.
// Unicode keeps the ten digits of a script together, zero first.
func Digit(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r < 128 || !unicode.Is(unicode.Nd, r):
		return -1
	case r >= '𝟎' && r <= '𝟿': // five alphabets without a gap
		return int(r-'𝟎') % 10
	}
	zero := r
	for zero > 0 && unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
		zero--
	}
	return int(r - zero)
}

// LatinDigits writes the digits of any script as 0 to 9: people may type their
// own.
func LatinDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if d := Digit(r); d >= 0 {
			return rune('0' + d)
		}
		return r
	}, s)
}
