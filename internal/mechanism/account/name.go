package account

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Bounds of a name, in letters.
const (
	minName = 2
	maxName = 60
)

// cleanName is a name as it may be shown: one line, no letters that nobody sees
// or that turn the writing round.
func cleanName(name string) (string, error) {
	name = strings.Join(strings.FieldsFunc(norm.NFC.String(name), unicode.IsSpace), " ")
	n := 0
	for _, r := range name {
		n++
		if !unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' { // joiners belong to some scripts
			return "", fault.Mend(fault.Field{Name: "name", Key: "account.name_letters"})
		}
	}
	if n < minName || n > maxName {
		return "", fault.Mend(fault.Field{Name: "name", Key: "account.name_length", Args: []any{"least", minName, "most", maxName}})
	}
	return name, nil
}

// handleOf is a name as it is compared at the door: nobody may take one that
// differs in capitals, in blanks or in the form of its letters alone.
func handleOf(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(name))
}

// capitals are those that look like a Latin one, whatever their small letter looks
// like.
var capitals = strings.NewReplacer("А", "A", "В", "B", "Е", "E", "К", "K", "М", "M", "Н", "H", "О", "O", "Р", "P", "С", "C", "Т", "T", "У", "Y", "Х", "X",
	"Α", "A", "Β", "B", "Ε", "E", "Ζ", "Z", "Η", "H", "Ι", "I", "Κ", "K", "Μ", "M", "Ν", "N", "Ο", "O", "Ρ", "P", "Τ", "T", "Υ", "Y", "Χ", "X")

// twins are small letters and digits that look like others, beside the others: those
// of the scripts that people here write in.
var twins = func() map[rune]rune {
	out := map[rune]rune{}
	for _, pair := range [][2]string{
		{"авекмнорстухѕіјԁԛԝһьгпӏ", "abekmhopctyxsijdqwhbrnl"}, // Cyrillic
		{"αβεηικνορτυχγωμσζ", "abenikvoptuxywuoz"},             // Greek
		{"օսհոցզ", "ouhngq"},       // Armenian
		{"ıłøđħŧƒɑɡ", "ilodhtfag"}, // Latin
		{"0158", "olsb"},
		{"کیىھةۀآأإٱ", "كييهههاااا"}, // Arabic
	} {
		to := []rune(pair[1])
		for i, r := range []rune(pair[0]) {
			out[r] = to[i]
		}
	}
	for _, r := range "і|!i" { // what a capital I looks like
		out[r] = 'l'
	}
	out['ـ'] = -1 // lengthens a line of Arabic
	return out
}()

// skeletonOf is what the eye sees of a name: two names with the same one are taken
// for each other.
func skeletonOf(name string) string {
	bare := strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '|' && r != '!' {
			return -1
		}
		if twin, has := twins[r]; has {
			return twin
		}
		return r
	}, handleOf(capitals.Replace(norm.NFKD.String(name))))
	bare = strings.NewReplacer("rn", "m", "vv", "w", "cl", "d").Replace(bare)
	return strings.Map(func(r rune) rune { // a twin may have one of its own
		if twin, has := twins[r]; has {
			return twin
		}
		return r
	}, bare)
}

// Alike tells whether two names are taken for each other. A text without a letter
// is like none.
func Alike(a, b string) bool {
	bone := skeletonOf(a)
	return bone != "" && bone == skeletonOf(b)
}

// brackets hold what a name says of somebody.
const brackets = "()[]{}<>（）「」【】"

// reserved tells whether a name is taken for one of the program's own, or says of
// somebody in brackets what only the program may say.
func (s *Service) reserved(name string) bool {
	parts := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(brackets, r) })
	for _, own := range s.opt.Reserved {
		bone := skeletonOf(own)
		if skeletonOf(name) == bone {
			return true
		}
		for i, part := range parts {
			if i > 0 && bone != "" && strings.Contains(skeletonOf(part), bone) {
				return true
			}
		}
	}
	return false
}

// checkName refuses a name that looks like one of somebody else, or like one of
// the program's own. person is whose name it becomes, 0 for a newcomer.
func (s *Service) checkName(ctx context.Context, q db.Querier, name string, person int64) error {
	if s.reserved(name) {
		return fault.Mend(fault.Field{Name: "name", Key: "account.name_reserved"})
	}
	list, err := db.Select[Person](ctx, q, `/* account.checkName */ select `+db.Columns[Person]("")+` from person where id <> $1`, person)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(list, func(p Person) bool { return Alike(name, p.Name) }) {
		return fault.Mend(fault.Field{Name: "name", Key: "account.name_taken"})
	}
	return nil
}
