package geo

// Temporary: replaced part by part.

// World returns country outlines; detail is 110 or 50.
func World(detail int) []Shape { return nil }

// Level1 returns a country's first-level outlines.
func Level1(country string) []Shape { return nil }

// Disputed returns the disputed areas.
func Disputed() []Area { return nil }

// Path renders polygons as SVG path data.
func Path(polys []Polygon, p Projector, precision int, minArea float64) string { return "" }

// ShapePath is ready path data.
type ShapePath struct {
	Code, Name, D string
}

// WorldPaths returns the world in Equal Earth at this width.
func WorldPaths(width int) []ShapePath { return nil }

func extent(shapes []Shape) (west, east, south, north float64, ok bool) { return 0, 0, 0, 0, false }
