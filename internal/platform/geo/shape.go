package geo

// Ring is a closed line of longitude and latitude in degrees; the first point
// is not repeated at the end.
type Ring [][2]float64

// Polygon is an outer ring followed by its holes.
type Polygon []Ring

// Shape is the outline of a country or a first-level unit.
type Shape struct {
	Code        string // alpha-2, unit id for Level1, or X-GOLAN for the Golan
	Name        string // English name in the source
	Approximate bool   // split by the nearest town: draw dashed, with a note
	Polygons    []Polygon
}

// Area is a disputed area, to be hatched over the outlines.
type Area struct {
	ID         string
	Name       string   // neutral name
	Parties    []string // states and entities with a claim
	Controlled string   // who administers it in fact
	Note       string
	CountUnder string // code under which a record here is counted
	Polygons   []Polygon
}
