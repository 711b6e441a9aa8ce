package atlas

import (
	"strings"
	"testing"
	"time"
)

func TestSmoke(t *testing.T) {
	r := imported(t)
	for _, p := range []string{"/countries", "/countries?order=name", "/countries/IR", "/countries/IR?year=2022", "/countries/IN", "/countries/MM", "/countries/DE", "/years", "/years/2025", "/years/2016", "/years/2025/where", "/years/2025/why", "/years/2025/how", "/trends", "/map", "/map/IN",
		"/pictures/year/2025.svg", "/pictures/map/2025.svg", "/pictures/map/2025.png", "/pictures/country-map/IN.svg", "/pictures/bars/all.svg", "/pictures/year/2025.csv"} {
		start := time.Now()
		w := r.get(t, p)
		d := time.Since(start)
		t.Log(p, w.Code, w.Body.Len(), r.packed(t, p), d)
		if w.Code != 200 {
			b := w.Body.String()
			if i := strings.Index(b, "<main"); i > 0 {
				b = b[i:]
			}
			t.Error(p, w.Code, b)
		}
	}
}
