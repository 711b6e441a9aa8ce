package geo

import "math"

// Contains reports whether a point in degrees lies in one of the polygons
// (even-odd rule, planar; outlines are cut at the antimeridian already).
func Contains(polys []Polygon, lon, lat float64) bool {
	for _, p := range polys {
		if inPolygon(p, lon, lat) {
			return true
		}
	}
	return false
}

func inPolygon(p Polygon, lon, lat float64) bool {
	in := false
	for _, ring := range p {
		n := len(ring)
		for i := 0; i < n; i++ {
			a, b := ring[i], ring[(i+n-1)%n]
			if (a[1] > lat) != (b[1] > lat) && lon < (b[0]-a[0])*(lat-a[1])/(b[1]-a[1])+a[0] {
				in = !in
			}
		}
	}
	return in
}

// At returns the code of the world outline that a point lies in, at 50 m
// detail, or "" at sea.
func At(lon, lat float64) string {
	for _, s := range World(50) {
		if Contains(s.Polygons, lon, lat) {
			return s.Code
		}
	}
	return ""
}

// UnitAt returns the code of the country's first-level outline that a point
// lies in, and whether that outline is approximate.
func UnitAt(country string, lon, lat float64) (code string, approximate bool) {
	for _, s := range Level1(country) {
		if Contains(s.Polygons, lon, lat) {
			return s.Code, s.Approximate
		}
	}
	return "", false
}

// earthRadius is the mean radius in kilometres.
const earthRadius = 6371.0088

// AreaKm2 is the area of polygons on the sphere in square kilometres, holes
// taken away. Edges are taken as straight in longitude and sine of latitude.
func AreaKm2(polys []Polygon) float64 {
	total := 0.0
	for _, p := range polys {
		for i, ring := range p {
			a := math.Abs(ringArea(ring))
			if i > 0 {
				a = -a
			}
			total += a
		}
	}
	return total
}

func ringArea(ring Ring) float64 {
	const rad = math.Pi / 180
	sum := 0.0
	for i := range ring {
		a, b := ring[i], ring[(i+1)%len(ring)]
		sum += (b[0] - a[0]) * rad * (2 + math.Sin(a[1]*rad) + math.Sin(b[1]*rad))
	}
	return sum * earthRadius * earthRadius / 2
}

// extent is the box round shapes. Shapes on both sides of the antimeridian
// give an east beyond 180 when that box is the smaller one.
func extent(shapes []Shape) (west, east, south, north float64, ok bool) {
	west, east, south, north = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	west2, east2 := west, east // with western longitudes moved by a full turn
	for _, s := range shapes {
		for _, p := range s.Polygons {
			for _, ring := range p {
				for _, q := range ring {
					ok = true
					west, east = math.Min(west, q[0]), math.Max(east, q[0])
					south, north = math.Min(south, q[1]), math.Max(north, q[1])
					x := q[0]
					if x < 0 {
						x += 360
					}
					west2, east2 = math.Min(west2, x), math.Max(east2, x)
				}
			}
		}
	}
	if east2-west2 < east-west {
		return west2, east2, south, north, ok
	}
	return west, east, south, north, ok
}
