package placename

import "strings"

// directions turns the compass words of other languages into English.
var directions = map[string]string{
	"pashchim": "west", "paschim": "west", "paschimi": "west", "purba": "east", "purbi": "east", "purvi": "east", "purb": "east", "purva": "east",
	"uttar": "north", "uttara": "north", "dakshin": "south", "dakshina": "south", "dakkhin": "south",
	"nord": "north", "sud": "south", "est": "east", "ouest": "west", "norte": "north", "sul": "south", "sur": "south",
	"este": "east", "leste": "east", "oeste": "west", "nor": "north", "northern": "north", "southern": "south", "eastern": "east", "western": "west",
	"shamal": "north", "shimal": "north", "shamali": "north", "shomali": "north", "janub": "south", "janubi": "south", "jonubi": "south",
	"sharq": "east", "sharqi": "east", "gharb": "west", "gharbi": "west", "utara": "north", "selatan": "south", "timur": "east", "barat": "west",
	"severo": "north", "bac": "north", "centre": "central", "center": "central", "madhya": "central", "tengah": "central", "wasat": "central",
}

// Directions returns the normalised name with its compass words in English,
// put first: "nord kivu" and "kivu nord" give "north kivu". Names without one
// come back as they are.
func Directions(name string) string {
	w := strings.Fields(name)
	if len(w) < 2 {
		return name
	}
	for _, at := range []int{0, len(w) - 1} {
		e := directions[w[at]]
		if e == "" {
			continue
		}
		rest := append(append([]string{}, w[:at]...), w[at+1:]...)
		return e + " " + strings.Join(rest, " ")
	}
	return name
}
