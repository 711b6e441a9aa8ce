package geo

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sharedDir finds the shared reference data: KEEPITON_SHARED, or ../shared
// beside the repository.
func sharedDir(tb testing.TB) string {
	tb.Helper()
	dirs := []string{os.Getenv("KEEPITON_SHARED"), filepath.Join("..", "..", "..", "..", "shared")}
	for _, d := range dirs {
		if d == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(d, "data")); err == nil {
			return filepath.Join(d, "data")
		}
	}
	tb.Skip("shared data not found")
	return ""
}

func readTable(tb testing.TB, path string) (head map[string]int, rows [][]string) {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Skipf("shared data not found: %v", err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	head = map[string]int{}
	for i, h := range all[0] {
		head[strings.TrimPrefix(strings.TrimSpace(h), "\ufeff")] = i
	}
	return head, all[1:]
}

const stopCombined = "accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv"

type areaRow struct{ country, area string }

// areaRows are the record's rows with an area, by matched country.
func areaRows(tb testing.TB) []areaRow {
	head, rows := readTable(tb, filepath.Join(sharedDir(tb), "stop", stopCombined))
	var out []areaRow
	for _, r := range rows {
		area := r[head["area_name"]]
		codes := SplitCountries(r[head["country"]])
		if strings.TrimSpace(area) == "" || len(codes) == 0 {
			continue
		}
		code, ok := MatchCountry(codes[len(codes)-1])
		if !ok {
			tb.Errorf("country %q not known", codes[len(codes)-1])
			continue
		}
		out = append(out, areaRow{code, area})
	}
	return out
}

// score counts a run over the sub-national rows.
type score struct {
	rows, national, full, fullVague, any int
	tokens, hit, vague, options          int
	byConf                               map[Confidence]int
}

func evaluate(m *Matcher, rows []areaRow, miss func(areaRow, Result)) score {
	s := score{byConf: map[Confidence]int{}}
	for _, r := range rows {
		res := m.Match(r.country, r.area)
		named := len(res.Matches) + len(res.Except)
		if res.Nationwide {
			s.national++
			continue
		}
		s.rows++
		all, allButVague, some := true, true, false
		for _, x := range append(append([]Match{}, res.Matches...), res.Except...) {
			s.byConf[x.Confidence]++
			s.tokens++
			switch x.Confidence {
			case None:
				all, allButVague = false, false
				if len(x.Options) > 0 {
					s.options++
				}
			case Vague:
				all = false
				s.vague++
			default:
				some = true
				s.hit++
			}
		}
		if named > 0 && all {
			s.full++
		}
		if some && allButVague {
			s.fullVague++
		}
		if some {
			s.any++
		}
		if !allButVague && miss != nil {
			miss(r, res)
		}
	}
	return s
}
