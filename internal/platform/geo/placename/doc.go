// Package placename compares spellings of place names: the normal form, the
// words that only say what kind of place it is, the folding of romanised
// spellings and the edit distance. It knows letters, not places; package geo
// and the generator of its tables share it so that both sides of a
// comparison are reduced alike.
package placename
