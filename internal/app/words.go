package app

import (
	"keepiton/internal/platform/i18n"
)

// plainWords is the English text of a fault, for the command line.
func plainWords(key string, args []any) string {
	c, err := i18n.Load(rooms().texts...)
	if err != nil {
		return key
	}
	return c.For(i18n.Source).T(key, args...)
}
