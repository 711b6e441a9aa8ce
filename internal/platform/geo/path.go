package geo

import (
	"math"
	"strconv"
	"sync"
)

// Path renders polygons as compact relative SVG path data ("m…z" parts).
// Coordinates are rounded to precision decimals (0 to 3), points that fall
// together are dropped, and so are rings smaller than minArea in square
// picture units, except that the largest ring of the call is always kept when
// it has three points. An empty result means nothing was large enough to see.
func Path(polys []Polygon, p Projector, precision int, minArea float64) string {
	b := builder{unit: math.Pow10(max(0, min(precision, 3))), digits: max(0, min(precision, 3))}
	var largest [][2]int64
	largestArea := -1.0
	for _, poly := range polys {
		for i, ring := range poly {
			pts := b.project(ring, p)
			if len(pts) < 3 {
				continue
			}
			area := math.Abs(shoelace(pts)) / (b.unit * b.unit)
			if i == 0 && area > largestArea {
				largest, largestArea = pts, area
			}
			if area < minArea || area == 0 {
				if i == 0 {
					break // its holes go with it
				}
				continue
			}
			b.ring(pts)
		}
	}
	if len(b.out) == 0 && largest != nil {
		b.ring(largest)
	}
	return string(b.out)
}

type builder struct {
	unit   float64
	digits int
	out    []byte
	x, y   int64 // where the pen is
}

// project rounds a ring to the grid and drops repeated points and points in
// the middle of a straight run.
func (b *builder) project(ring Ring, p Projector) [][2]int64 {
	pts := make([][2]int64, 0, len(ring))
	for _, q := range ring {
		x, y := p.Project(q[0], q[1])
		pt := [2]int64{int64(math.Round(x * b.unit)), int64(math.Round(y * b.unit))}
		if n := len(pts); n > 0 && pts[n-1] == pt {
			continue
		}
		if n := len(pts); n > 1 && straight(pts[n-2], pts[n-1], pt) {
			pts[n-1] = pt
			continue
		}
		pts = append(pts, pt)
	}
	for len(pts) > 1 && pts[0] == pts[len(pts)-1] {
		pts = pts[:len(pts)-1]
	}
	return pts
}

// straight reports whether b lies on the way from a to c.
func straight(a, b, c [2]int64) bool {
	ux, uy, vx, vy := b[0]-a[0], b[1]-a[1], c[0]-b[0], c[1]-b[1]
	return ux*vy == uy*vx && ux*vx+uy*vy > 0
}

func shoelace(pts [][2]int64) float64 {
	var s int64
	for i, a := range pts {
		c := pts[(i+1)%len(pts)]
		s += a[0]*c[1] - c[0]*a[1]
	}
	return float64(s) / 2
}

func (b *builder) ring(pts [][2]int64) {
	first := len(b.out) == 0
	b.out = append(b.out, 'm')
	if first {
		b.x, b.y = 0, 0
	}
	start := pts[0]
	b.pair(start, true)
	for _, pt := range pts[1:] {
		dx, dy := pt[0]-b.x, pt[1]-b.y
		switch {
		case dx == 0:
			b.out = append(b.out, 'v')
			b.number(dy, true)
		case dy == 0:
			b.out = append(b.out, 'h')
			b.number(dx, true)
		default:
			if c := b.last(); c != 'l' && c != 'm' {
				b.out = append(b.out, 'l')
				b.pair(pt, true)
			} else {
				b.pair(pt, false)
			}
		}
		b.x, b.y = pt[0], pt[1]
	}
	b.out = append(b.out, 'z')
	b.x, b.y = start[0], start[1] // z returns the pen
}

// last is the command in force: the last letter written.
func (b *builder) last() byte {
	for i := len(b.out) - 1; i >= 0; i-- {
		if c := b.out[i]; c >= 'a' && c <= 'z' {
			return c
		}
	}
	return 0
}

func (b *builder) pair(pt [2]int64, afterLetter bool) {
	b.number(pt[0]-b.x, afterLetter)
	b.number(pt[1]-b.y, false)
	b.x, b.y = pt[0], pt[1]
}

// number writes n units as a decimal without needless zeros; a minus sign is
// its own separator.
func (b *builder) number(n int64, afterLetter bool) {
	if !afterLetter && n >= 0 {
		b.out = append(b.out, ' ')
	}
	if n < 0 {
		b.out = append(b.out, '-')
		n = -n
	}
	unit := int64(b.unit)
	whole, frac := n/unit, n%unit
	if whole > 0 || frac == 0 {
		b.out = strconv.AppendInt(b.out, whole, 10)
	}
	if frac > 0 {
		b.out = append(b.out, '.')
		digits := strconv.FormatInt(frac, 10)
		for i := len(digits); i < b.digits; i++ {
			b.out = append(b.out, '0')
		}
		for len(digits) > 0 && digits[len(digits)-1] == '0' {
			digits = digits[:len(digits)-1]
		}
		b.out = append(b.out, digits...)
	}
}

// ShapePath is a shape as ready path data.
type ShapePath struct {
	Code, Name  string
	Approximate bool
	D           string  // SVG path data
	X, Y        float64 // where a dot or a label goes
}

var worldPathCache sync.Map // width -> []ShapePath

// WorldPaths returns the world at 110 m detail in Equal Earth at this width,
// one decimal, ordered by code, without Antarctica. It ends with the
// territories that are too small to see: their D is empty and X, Y is where
// their dot goes. Computed once per width.
func WorldPaths(width int) []ShapePath {
	width = max(100, min(width, 4000))
	if v, ok := worldPathCache.Load(width); ok {
		return v.([]ShapePath)
	}
	p, _ := FitWorld(float64(width))
	var out []ShapePath
	seen := map[string]bool{}
	minArea := 0.6 * float64(width) / 1000
	for _, s := range World(110) {
		if s.Code == "AQ" {
			continue
		}
		seen[s.Code] = true
		sp := ShapePath{Code: s.Code, Name: s.Name, D: Path(s.Polygons, p, 1, minArea)}
		if c, ok := ByCode(s.Code); ok {
			sp.X, sp.Y = p.Project(c.Lon, c.Lat)
		}
		out = append(out, sp)
	}
	for _, c := range Countries() {
		if !seen[c.Code] && c.Code != "AQ" && (c.Lat != 0 || c.Lon != 0) {
			sp := ShapePath{Code: c.Code, Name: c.Name}
			sp.X, sp.Y = p.Project(c.Lon, c.Lat)
			out = append(out, sp)
		}
	}
	worldPathCache.Store(width, out)
	return out
}

// WorldHeight is the height of the picture that WorldPaths draws.
func WorldHeight(width int) int {
	_, h := FitWorld(float64(max(100, min(width, 4000))))
	return int(math.Ceil(h))
}

// DisputedPaths renders the disputed areas in a projection.
func DisputedPaths(p Projector, precision int, minArea float64) []ShapePath {
	var out []ShapePath
	for _, a := range Disputed() {
		if d := Path(a.Polygons, p, precision, minArea); d != "" {
			out = append(out, ShapePath{Code: a.ID, Name: a.Name, D: d})
		}
	}
	return out
}
