package placename

import "strings"

// Fold reduces a squashed Latin-script key to a coarse sound key, so that
// romanisations of one name meet: Poonch and Punch, Shopian and Shupiyan,
// Hudaydah and Hodeida. Country switches on the habits of one romanisation:
// in MM voiced and unvoiced consonants and r and y fall together (Hpakant and
// Pha Kant, Rathedaung and Ya The Daung). It is meant for comparing inside
// one country only; an equal fold is a suggestion, never an identity. Keys in
// other scripts come back unchanged.
func Fold(country, key string) string {
	for i := 0; i < len(key); i++ {
		if key[i] >= 0x80 {
			return key
		}
	}
	s := key
	if country == "MM" {
		s = foldBurma.Replace(burmaR(s))
	}
	s = foldPairs.Replace(s)
	s = foldVowels.Replace(s)
	return trimFold(s)
}

// Digraphs of aspiration and palatalisation come in both orders in Burmese
// romanisation (hp, ph; ht, th); South Asian and Arabic h after a stop is
// often left out.
var foldPairs = strings.NewReplacer(
	"tch", "c", "chh", "c", "sch", "s", "tsh", "c",
	"ch", "c", "sh", "s", "zh", "z", "kh", "k", "gh", "g", "ph", "p", "bh", "b", "dh", "d", "th", "t",
	"hp", "p", "ht", "t", "hk", "k", "hs", "s", "hm", "m", "hn", "n", "hl", "l", "jh", "j", "ts", "s",
	"ck", "k", "q", "k", "x", "ks", "w", "v", "dz", "z",
)

var foldVowels = strings.NewReplacer(
	"iyya", "ia", "iya", "ia", "aya", "aia", "ya", "ia", "yu", "iu", "yo", "iu",
	"oo", "u", "ou", "u", "oe", "u", "ee", "i", "ea", "i", "ei", "i", "ai", "i", "ay", "i", "ey", "i", "ae", "i",
	"ie", "i", "aa", "a", "au", "u", "av", "u", "uu", "u", "ii", "i", "y", "i", "o", "u", "e", "i",
)

var foldBurma = strings.NewReplacer(
	"hp", "p", "ph", "p", "hk", "k", "kh", "k", "hs", "s", "ht", "t", "th", "t", "dh", "t",
	"aing", "aing", "ine", "aing", "oung", "aung", "awng", "aung", "ong", "aung",
	"g", "k", "d", "t", "b", "p", "z", "s", "r", "y",
)

// burmaR drops the r that British spelling uses to lengthen a vowel.
func burmaR(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == 'r' && i > 0 && (s[i-1] == 'a' || s[i-1] == 'o') && (i+1 == len(s) || !isVowel(s[i+1])) {
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

func isVowel(c byte) bool {
	switch c {
	case 'a', 'e', 'i', 'o', 'u', 'y':
		return true
	}
	return false
}

// trimFold collapses doubled letters and drops one final h and one final vowel.
func trimFold(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if len(b) > 0 && b[len(b)-1] == s[i] {
			continue
		}
		b = append(b, s[i])
	}
	if n := len(b); n > 3 && b[n-1] == 'h' {
		b = b[:n-1]
	}
	if n := len(b); n > 3 && isVowel(b[n-1]) {
		b = b[:n-1]
	}
	return string(b)
}
