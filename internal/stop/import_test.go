package stop

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/shared"
)

const combined = "accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv"

func newRecord(t testing.TB, d *db.DB) *incident.Service {
	t.Helper()
	s, err := incident.NewService(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func readSheets(t testing.TB, s *incident.Service, path string) []incident.SheetEdition {
	t.Helper()
	places, err := s.Matcher(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	r := Reader{Taxonomy: s.Taxonomy(), Places: places}
	sheets, refused, err := r.File(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range refused {
		t.Errorf("refused: %v", &x)
	}
	return sheets
}

func importFile(t testing.TB, s *incident.Service, path string) incident.Account {
	t.Helper()
	accounts, err := s.Import(context.Background(), readSheets(t, s, path), incident.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return accounts[0]
}

// goldenYear is one year of the reference's file of expected counts.
type goldenYear struct {
	Rows      int                      `json:"rows"`
	Countries int                      `json:"countries"`
	CarriedIn int                      `json:"carried_in"`
	Ongoing   int                      `json:"ongoing_status"`
	Cause     map[string]int           `json:"actual_cause"`
	Region    map[string]int           `json:"region"`
	Extent    map[string]int           `json:"extent"`
	Network   map[string]int           `json:"network"`
	Type      map[string]int           `json:"type"`
	Scope     map[string]int           `json:"geo_scope"`
	Reason    map[string]int           `json:"gov_justification"`
	OrderedBy map[string]int           `json:"ordered_by"`
	HRAbuse   goldenPair               `json:"hr_abuse_yes"`
	Violence  goldenPair               `json:"violence_yes"`
	Election  goldenPair               `json:"election_yes"`
	Conflict  goldenPair               `json:"conflict"`
	Protests  goldenPair               `json:"protests"`
	Exam      goldenPair               `json:"exam"`
	Twitter   goldenPair               `json:"x_twitter_yes"`
	Top       []incident.RankedCountry `json:"top_countries"`
}

type goldenPair struct{ Rows, Countries int }

func golden(t testing.TB) map[string]goldenYear {
	t.Helper()
	raw, err := os.ReadFile(shared.Path(t, "data", "stop", "golden_counts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Combined struct {
			Years map[string]goldenYear `json:"by_count_year"`
		} `json:"combined_2016_2025"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Combined.Years
}

// TestCombinedSheet imports the coalition's combined sheet and holds the
// record against every published count.
func TestCombinedSheet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newRecord(t, d)
		path := shared.Path(t, "data", "stop", combined)
		acc := importFile(t, s, path)
		if got := len(acc.Rows); got != 2102 {
			t.Errorf("rows read: %d, want 2102", got)
		}
		if n, m := acc.Count(incident.New), acc.Count(incident.Merged); n != 1892 || m != 210 {
			t.Errorf("incidents %d, carried-over rows %d; want 1892 and 210", n, m)
		}
		checkGolden(t, s, incident.RecordEdition)
		again := importFile(t, s, path)
		if !again.Already || again.Count(incident.Unchanged) != 2102 {
			t.Errorf("second import: already %v, unchanged %d", again.Already, again.Count(incident.Unchanged))
		}
	})
}

func checkGolden(t *testing.T, s *incident.Service, edition int64) {
	t.Helper()
	for year, want := range golden(t) {
		var y int
		json.Unmarshal([]byte(year), &y)
		got, err := s.Figures(context.Background(), edition, y)
		if err != nil {
			t.Fatal(err)
		}
		same(t, year+" totals", []int{got.Shutdowns, got.Countries, got.CarriedIn, got.Ongoing}, []int{want.Rows, want.Countries, want.CarriedIn, want.Ongoing})
		same(t, year+" cause", got.By["actual_cause"], want.Cause)
		same(t, year+" region", got.By["region"], want.Region)
		same(t, year+" extent", got.By["extent"], want.Extent)
		same(t, year+" network", got.By["network"], want.Network)
		same(t, year+" type", got.By["type"], want.Type)
		same(t, year+" scope", got.By["geo_scope"], want.Scope)
		same(t, year+" reason", got.By["gov_justification"], want.Reason)
		same(t, year+" ordered by", got.By["ordered_by"], want.OrderedBy)
		same(t, year+" top countries", got.TopCountries, want.Top)
		pair := func(t incident.Tally) goldenPair { return goldenPair{t.Shutdowns, t.Countries} }
		same(t, year+" hr abuse", pair(got.Flags["hr_abuse"]), want.HRAbuse)
		same(t, year+" violence", pair(got.Flags["violence"]), want.Violence)
		same(t, year+" election", pair(got.Flags["election"]), want.Election)
		same(t, year+" twitter", pair(got.Services["twitter"]), want.Twitter)
		cause := func(k string) goldenPair {
			return goldenPair{got.By["actual_cause"][k], got.CountriesBy["actual_cause"][k]}
		}
		same(t, year+" conflict", cause("Conflict"), want.Conflict)
		same(t, year+" protests", cause("Protests"), want.Protests)
		same(t, year+" exams", cause("Exam cheating"), want.Exam)
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) {
		t.Errorf("%s:\n got %s\nwant %s", what, a, b)
	}
}
