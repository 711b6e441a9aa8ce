package geo

import (
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
)

func TestEqualEarth(t *testing.T) {
	// values of the published projection for radius 1
	for _, c := range []struct{ lon, lat, x, y float64 }{
		{0, 0, 0, 0}, {180, 0, 2.7066299836, 0}, {0, 90, 0, 1.3173627591}, {0, -90, 0, -1.3173627591},
	} {
		x, y := EqualEarth(c.lon, c.lat)
		if math.Abs(x-c.x) > 1e-6 || math.Abs(y-c.y) > 1e-6 {
			t.Errorf("EqualEarth(%v, %v) = %v, %v, want %v, %v", c.lon, c.lat, x, y, c.x, c.y)
		}
	}
	// it keeps areas: a small cell's area over cos(lat) is the same everywhere
	cell := func(lat float64) float64 {
		const d = 1e-3
		x0, y0 := EqualEarth(10, lat)
		x1, y1 := EqualEarth(10+d, lat)
		x2, y2 := EqualEarth(10, lat+d)
		return math.Abs((x1-x0)*(y2-y0)-(x2-x0)*(y1-y0)) / math.Cos(lat*math.Pi/180)
	}
	for lat := -80.0; lat <= 80; lat += 10 {
		if r := cell(lat) / cell(0); math.Abs(r-1) > 1e-3 {
			t.Errorf("at %v the area is off by %v", lat, r)
		}
	}
}

// parsePath reads back what Path writes.
func parsePath(t *testing.T, d string) [][][2]float64 {
	t.Helper()
	var rings [][][2]float64
	var ring [][2]float64
	var x, y, sx, sy float64
	i := 0
	num := func() (float64, bool) {
		for i < len(d) && d[i] == ' ' {
			i++
		}
		start := i
		dot := false
		for i < len(d) && (d[i] >= '0' && d[i] <= '9' || d[i] == '.' && !dot || d[i] == '-' && i == start) {
			dot = dot || d[i] == '.'
			i++
		}
		if i == start {
			return 0, false
		}
		var f float64
		if _, err := fmt.Sscan(d[start:i], &f); err != nil {
			t.Fatalf("number %q at %d in %.80q", d[start:i], start, d)
		}
		return f, true
	}
	for i < len(d) {
		cmd := d[i]
		i++
		if cmd == 'z' {
			rings = append(rings, ring)
			ring = nil
			x, y = sx, sy
			continue
		}
		for first := true; ; first = false {
			a, ok := num()
			if !ok {
				if first {
					t.Fatalf("command %c without a number at %d", cmd, i)
				}
				break
			}
			switch cmd {
			case 'h':
				x += a
			case 'v':
				y += a
			case 'm', 'l':
				b, ok := num()
				if !ok {
					t.Fatalf("half a pair at %d", i)
				}
				x, y = x+a, y+b
				if cmd == 'm' && first {
					sx, sy = x, y
				}
			default:
				t.Fatalf("command %c", cmd)
			}
			ring = append(ring, [2]float64{x, y})
		}
	}
	if ring != nil {
		t.Fatal("path does not close")
	}
	return rings
}

// plain passes degrees through.
type plain struct{}

func (plain) Project(lon, lat float64) (x, y float64) { return lon, lat }

func TestPath(t *testing.T) {
	square := Polygon{{{0, 0}, {10, 0}, {10, 0.0001}, {10, 5}, {10, 10}, {0, 10}}}
	if got := Path([]Polygon{square}, plain{}, 1, 0); got != "m0 0h10v10h-10z" {
		t.Errorf("square: %q", got)
	}
	hole := Polygon{square[0], {{2.25, 2}, {4, 2}, {4, 4}}}
	if got := Path([]Polygon{hole}, plain{}, 2, 0); got != "m0 0h10v10h-10zm2.25 2h1.75v2z" {
		t.Errorf("hole: %q", got)
	}
	tiny := Polygon{{{20, 20}, {20.2, 20}, {20.2, 20.2}}}
	if got := Path([]Polygon{square, tiny}, plain{}, 1, 1); strings.Count(got, "m") != 1 {
		t.Errorf("tiny island kept: %q", got)
	}
	if got := Path([]Polygon{tiny}, plain{}, 1, 1); got == "" {
		t.Error("the only ring was dropped")
	}
	if got := Path(nil, plain{}, 1, 0); got != "" {
		t.Errorf("nothing: %q", got)
	}
	if got := Path([]Polygon{{{{1, 1}, {1, 1}, {1, 1}}}}, plain{}, 1, 0); got != "" {
		t.Errorf("a point: %q", got)
	}
}

func TestPathReadsBack(t *testing.T) {
	p, h := FitWorld(1000)
	for _, s := range World(110) {
		d := Path(s.Polygons, p, 1, 0)
		for _, ring := range parsePath(t, d) {
			for _, q := range ring {
				if q[0] < -0.2 || q[0] > 1000.2 || q[1] < -0.2 || q[1] > h+0.2 {
					t.Fatalf("%s: point %v outside the picture", s.Code, q)
				}
			}
		}
	}
	// the largest ring of Brazil, point for point
	for _, s := range World(110) {
		if s.Code != "BR" {
			continue
		}
		rings := parsePath(t, Path(s.Polygons, p, 1, 0))
		for _, q := range rings[0] {
			near := math.Inf(1)
			for _, r := range s.Polygons[0][0] {
				x, y := p.Project(r[0], r[1])
				near = math.Min(near, math.Hypot(x-q[0], y-q[1]))
			}
			if near > 0.08 {
				t.Errorf("BR: %v is %.2f away from any point of the outline", q, near)
			}
		}
	}
}

func TestWorldPaths(t *testing.T) {
	paths := WorldPaths(1000)
	var sb strings.Builder
	dots := 0
	for _, p := range paths {
		sb.WriteString(p.D)
		if p.D == "" {
			dots++
		}
	}
	var out strings.Builder
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, sb.String()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d shapes and %d dots, %d bytes of path data, %d compressed, picture 1000 x %d", len(paths)-dots, dots, sb.Len(), out.Len(), WorldHeight(1000))
	if sb.Len() > 80_000 {
		t.Errorf("path data of the world grew to %d bytes", sb.Len())
	}
	if dots < 60 {
		t.Errorf("%d dots", dots)
	}
}

func TestFitCountry(t *testing.T) {
	for _, code := range []string{"RU", "FJ", "NZ", "IN", "MM", "IR", "US", "CL", "GL", "KI"} {
		var shapes []Shape
		for _, s := range World(50) {
			if s.Code == code {
				shapes = append(shapes, s)
			}
		}
		p := FitCountry(shapes, 600, 400)
		minX, maxX, minY, maxY := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
		for _, s := range shapes {
			for _, poly := range s.Polygons {
				for _, ring := range poly {
					for i, q := range ring {
						x, y := p.Project(q[0], q[1])
						minX, maxX, minY, maxY = math.Min(minX, x), math.Max(maxX, x), math.Min(minY, y), math.Max(maxY, y)
						r := ring[(i+1)%len(ring)]
						if x2, _ := p.Project(r[0], r[1]); math.Abs(x2-x) > 250 {
							t.Errorf("%s: edge %v %v runs across the picture", code, q, r)
						}
					}
				}
			}
		}
		if minX < -1 || maxX > 601 || minY < -1 || maxY > 401 {
			t.Errorf("%s: outside the picture: %.1f..%.1f, %.1f..%.1f", code, minX, maxX, minY, maxY)
		}
		if maxX-minX < 590 && maxY-minY < 390 {
			t.Errorf("%s: does not fill the picture: %.1f x %.1f", code, maxX-minX, maxY-minY)
		}
	}
	if x, y := FitCountry(nil, 100, 100).Project(0, 0); math.Abs(x-50) > 1e-9 || math.Abs(y-50) > 1e-9 {
		t.Errorf("empty: %v %v", x, y)
	}
}

func BenchmarkWorldPaths(b *testing.B) {
	World(110)
	for b.Loop() {
		worldPathCache.Delete(1000)
		WorldPaths(1000)
	}
}
