package atlas

import "testing"

// BenchmarkPage renders pages without any cache over the imported sheet.
func BenchmarkPage(b *testing.B) {
	r := imported(b)
	for _, p := range []string{"/countries", "/countries/IR", "/countries/IN", "/years/2025", "/years/2025/where", "/years/2025/why", "/years/2025/how", "/trends", "/map",
		"/pictures/year/2025.svg", "/pictures/map/2025.svg", "/pictures/matrix/all.svg", "/pictures/country-map/IN.svg"} {
		b.Run(p[1:], func(b *testing.B) {
			for b.Loop() {
				if w := r.get(b, p); w.Code != 200 {
					b.Fatal(w.Code)
				}
			}
		})
	}
}

// BenchmarkPNG paints one picture.
func BenchmarkPNG(b *testing.B) {
	r := imported(b)
	for _, kind := range []string{"year", "map", "causes"} {
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				r.atlas.shelf = newShelf(0)
				if w := r.get(b, "/pictures/"+kind+"/2025.png"); w.Code != 200 {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
