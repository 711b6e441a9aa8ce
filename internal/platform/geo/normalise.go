package geo

import "keepiton/internal/platform/geo/placename"

// Normalise reduces a name to the form in which names are compared: NFKD,
// marks and apostrophes dropped, lower case, "&" read as "and", every other
// run of punctuation one space. Compass and generic words stay: "West Bengal"
// and "Bengal" are two places. It is idempotent.
func Normalise(s string) string { return placename.Normalise(s) }
