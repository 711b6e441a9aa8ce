package evidence

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const maxName = 120 // letters of a file's name that are kept

// CleanName is the name of a stranger's file as text to be shown: its last part,
// without controls of any kind, those of direction and the invisible ones
// included, so that it reads as what it is. It is never used as a path.
func CleanName(name string) string {
	name = strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/")
	name = name[strings.LastIndexByte(name, '/')+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp), r == utf8.RuneError, unicode.Is(unicode.Variation_Selector, r):
			return -1
		}
		return r
	}, name)
	name = norm.NFC.String(strings.Join(strings.Fields(name), " "))
	name = strings.TrimLeft(name, ". ")
	if letters := []rune(name); len(letters) > maxName {
		ext := []rune(path.Ext(name))
		if len(ext) > 12 {
			ext = nil
		}
		name = strings.TrimRight(string(letters[:maxName-len(ext)]), " ") + string(ext)
	}
	if strings.Trim(name, ". ") == "" {
		return "file"
	}
	return name
}
