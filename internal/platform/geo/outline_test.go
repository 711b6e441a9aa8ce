package geo

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func shapeAt(shapes []Shape, lon, lat float64) string {
	for _, s := range shapes {
		if Contains(s.Polygons, lon, lat) {
			return s.Code
		}
	}
	return ""
}

// The points of the reference data, over the outlines as embedded.
func TestOutlinePoints(t *testing.T) {
	head, rows := readTable(t, filepath.Join(sharedDir(t), "geo", "outline_tests.csv"))
	pass := map[int]int{}
	for _, r := range rows {
		lon, lat := number(t, r[head["lon"]]), number(t, r[head["lat"]])
		want := r[head["expected"]]
		for _, detail := range []int{110, 50} {
			if got := shapeAt(World(detail), lon, lat); got == want {
				pass[detail]++
			} else if r[head["place"]] != "Tawang (Arunachal)" || detail == 50 {
				t.Errorf("%s at %d m: in %q, want %q", r[head["place"]], detail, got, want)
			}
		}
		if hit := r[head["disputed_areas_hit"]]; hit != "" {
			found := false
			for _, a := range Disputed() {
				found = found || a.ID == hit && Contains(a.Polygons, lon, lat)
			}
			if !found {
				t.Errorf("%s: not in disputed area %s", r[head["place"]], hit)
			}
		}
	}
	t.Logf("%d points: %d right at 110 m, %d at 50 m", len(rows), pass[110], pass[50])
}

func TestLevel1Points(t *testing.T) {
	head, rows := readTable(t, filepath.Join(sharedDir(t), "geo", "admin1_current_tests.csv"))
	pass := 0
	for _, r := range rows {
		want := r[head["expected"]]
		got, _ := UnitAt(want[:2], number(t, r[head["lon"]]), number(t, r[head["lat"]]))
		switch {
		case got == want:
			pass++
		case r[head["place"]] == "Mombasa" && got == "":
			// the island is smaller than the outline's grain: known
		default:
			t.Errorf("%s: in %q, want %q", r[head["place"]], got, want)
		}
	}
	t.Logf("%d of %d points right", pass, len(rows))
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A planar tool that meets a spherical ring quietly loses Finland, Iceland or
// Greenland. Areas in thousands of square kilometres, land with inland water.
func TestAreas(t *testing.T) {
	known := map[string]float64{"FI": 338, "IS": 103, "GL": 2166, "RU": 17098, "CA": 9985, "US": 9525, "NO": 385, "IN": 3287,
		"CN": 9597, "BR": 8516, "AU": 7692, "CD": 2345, "DZ": 2382, "SD": 1861, "IR": 1648, "UA": 604, "MM": 677, "ET": 1104,
		"NZ": 268, "FJ": 18, "EH": 266, "SE": 450, "KZ": 2725, "CY": 9.25, "SO": 638, "IL": 22, "XK": 10.9}
	for _, detail := range []int{110, 50} {
		seen := 0
		for _, s := range World(detail) {
			want, ok := known[s.Code]
			if !ok {
				continue
			}
			seen++
			got := AreaKm2(s.Polygons) / 1000
			slack := 0.06
			if detail == 110 {
				slack = 0.16
			}
			if want < 50 {
				slack = 0.30
			}
			if math.Abs(got-want)/want > slack {
				t.Errorf("%s at %d m: %.1f thousand km², want about %.1f", s.Code, detail, got, want)
			}
		}
		if seen != len(known) {
			t.Errorf("at %d m only %d of %d countries found", detail, seen, len(known))
		}
		total := 0.0
		for _, s := range World(detail) {
			total += AreaKm2(s.Polygons)
		}
		if land := total / 1e6; land < 143 || land > 152 {
			t.Errorf("all land at %d m: %.1f million km²", detail, land)
		}
	}
}

// Rings are cut at the antimeridian: an edge that runs across the map would
// draw a line through every ocean.
func TestNoEdgeCrossesTheMap(t *testing.T) {
	for _, detail := range []int{110, 50} {
		for _, s := range World(detail) {
			for _, p := range s.Polygons {
				for _, ring := range p {
					if len(ring) < 3 {
						t.Errorf("%s at %d m: ring of %d points", s.Code, detail, len(ring))
					}
					for i, a := range ring {
						b := ring[(i+1)%len(ring)]
						if math.Abs(a[0]-b[0]) > 180 && a[1] > -85 {
							t.Errorf("%s at %d m: edge from %v to %v", s.Code, detail, a, b)
						}
						if math.Abs(a[0]) > 180.001 || math.Abs(a[1]) > 90.001 {
							t.Errorf("%s at %d m: point %v outside the globe", s.Code, detail, a)
						}
					}
				}
			}
		}
	}
}

func TestLevel1Shapes(t *testing.T) {
	list := Level1Countries()
	if len(list) != 102 {
		t.Errorf("%d countries, want 102", len(list))
	}
	total, known, approximate := 0, 0, 0
	for _, c := range list {
		shapes := Level1(c)
		if len(shapes) == 0 {
			t.Errorf("%s: no shapes", c)
		}
		for _, s := range shapes {
			total++
			if _, ok := UnitByID(s.Code); ok {
				known++
			} else if !strings.Contains(s.Code, "~") {
				t.Logf("%s %q is no unit", s.Code, s.Name)
			}
			if s.Approximate {
				approximate++
			}
			if AreaKm2(s.Polygons) <= 0 {
				t.Errorf("%s has no area", s.Code)
			}
		}
	}
	t.Logf("%d shapes, %d of them units, %d approximate", total, known, approximate)
	if approximate < 100 || known < 2000 {
		t.Errorf("%d shapes: %d units, %d approximate", total, known, approximate)
	}
	for _, c := range []string{"TW", "HK", "MO"} {
		if s := Level1(c); len(s) != 1 {
			t.Errorf("%s has %d shapes", c, len(s))
		}
	}
	for _, s := range Level1("CN") {
		if s.Code == "CN-TW" || s.Code == "CN-HK" || s.Code == "CN-MO" {
			t.Errorf("CN still draws %s", s.Code)
		}
	}
	if Level1("ZZ") != nil {
		t.Error("ZZ has shapes")
	}
}

func TestDisputed(t *testing.T) {
	areas := Disputed()
	if len(areas) != 28 {
		t.Fatalf("%d areas, want 28", len(areas))
	}
	for _, a := range areas {
		if a.Name == "" || len(a.Parties) == 0 || len(a.Polygons) == 0 {
			t.Errorf("%s is incomplete: %+v", a.ID, a)
		}
		if a.CountUnder != "" {
			if _, ok := ByCode(a.CountUnder); !ok {
				t.Errorf("%s counts under %q", a.ID, a.CountUnder)
			}
		}
	}
}
