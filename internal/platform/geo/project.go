package geo

import "math"

// Projector turns a longitude and latitude in degrees into picture
// coordinates: x to the right, y downwards.
type Projector interface {
	Project(lon, lat float64) (x, y float64)
}

// Equal Earth, Šavrič, Patterson and Jenny 2018: polynomial coefficients.
const (
	eeA1 = 1.340264
	eeA2 = -0.081106
	eeA3 = 0.000893
	eeA4 = 0.003796
)

// Extent of the Equal Earth world in its own units (radius 1): half width at
// the equator and half height at the pole.
var (
	eeHalfWidth, _  = EqualEarth(180, 0)
	_, eeHalfHeight = EqualEarth(0, 90)
)

// EqualEarth projects degrees to the Equal Earth plane for a sphere of radius
// 1: x within about ±2.7066, y within about ±1.3173, y upwards. It keeps areas.
func EqualEarth(lon, lat float64) (x, y float64) {
	l := lon * math.Pi / 180
	t := math.Asin(math.Sqrt(3) / 2 * math.Sin(lat*math.Pi/180))
	t2 := t * t
	t6 := t2 * t2 * t2
	d := eeA1 + 3*eeA2*t2 + t6*(7*eeA3+9*eeA4*t2)
	x = 2 * math.Sqrt(3) * l * math.Cos(t) / (3 * d)
	y = t * (eeA1 + eeA2*t2 + t6*(eeA3+eeA4*t2))
	return x, y
}

// worldFit is Equal Earth scaled to a picture.
type worldFit struct{ scale, cx, cy float64 }

func (f worldFit) Project(lon, lat float64) (x, y float64) {
	x, y = EqualEarth(lon, lat)
	return f.cx + x*f.scale, f.cy - y*f.scale
}

// FitWorld returns the Equal Earth projection of the whole globe on a picture
// of this width, and the height the picture must have.
func FitWorld(width float64) (p Projector, height float64) {
	s := width / (2 * eeHalfWidth)
	height = 2 * eeHalfHeight * s
	return worldFit{scale: s, cx: width / 2, cy: height / 2}, height
}

// countryFit is an equirectangular projection true at the middle latitude.
type countryFit struct {
	lon0, lat0 float64 // centre
	kx, ky     float64 // units per degree
	cx, cy     float64
}

func (f countryFit) Project(lon, lat float64) (x, y float64) {
	d := lon - f.lon0
	if d > 180 {
		d -= 360
	} else if d < -180 {
		d += 360
	}
	return f.cx + d*f.kx, f.cy - (lat-f.lat0)*f.ky
}

// FitCountry returns an equirectangular projection, true at the shapes' middle
// latitude, that fits them into width × height and centres them. Shapes that
// lie on both sides of the antimeridian (Russia, Fiji) are kept together.
// Without any point it returns a projection of the whole globe.
func FitCountry(shapes []Shape, width, height float64) Projector {
	west, east, south, north, ok := extent(shapes)
	if !ok {
		west, east, south, north = -180, 180, -90, 90
	}
	lat0 := (south + north) / 2
	cos := math.Cos(lat0 * math.Pi / 180)
	if cos < 0.05 {
		cos = 0.05
	}
	w, h := math.Max((east-west)*cos, 1e-6), math.Max(north-south, 1e-6)
	k := math.Min(width/w, height/h)
	lon0 := (west + east) / 2
	if lon0 > 180 {
		lon0 -= 360
	}
	return countryFit{lon0: lon0, lat0: lat0, kx: k * cos, ky: k, cx: width / 2, cy: height / 2}
}
