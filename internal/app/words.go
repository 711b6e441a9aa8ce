package app

import (
	"fmt"
	"strings"

	"keepiton/internal/platform/i18n"
)

// plainWords is the English text of a fault, for the command line.
func plainWords(key string, args []any) string {
	c, err := catalogue()
	if err != nil {
		return key
	}
	return c.For(i18n.Source).T(key, args...)
}

// counted is a number of things in words: 1 row, 2 rows.
func counted(n int, thing string) string {
	switch stem, y := strings.CutSuffix(thing, "y"); {
	case n == 1:
	case strings.HasSuffix(thing, "s"):
		thing += "es"
	case y:
		thing = stem + "ies"
	default:
		thing += "s"
	}
	return fmt.Sprint(n, " ", thing)
}
