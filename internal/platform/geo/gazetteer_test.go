package geo

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestEmbeddedFilesOpen(t *testing.T) {
	list, err := dataFS.ReadDir("data")
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, f := range list {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
		if embedded(f.Name()) == "" {
			t.Errorf("%s does not open", f.Name())
		}
	}
	t.Logf("%d files, %d bytes in the program", len(list), total)
	if total > 3_500_000 {
		t.Errorf("%d bytes embedded, the limit is 3.5 million", total)
	}
	if embedded("no-such-file.gz") != "" {
		t.Error("a missing file has content")
	}
}

// ISO renumbered Iran's provinces in 2020; tables joined by number put
// Kurdistan's name on Ilam.
func TestIranianCodes(t *testing.T) {
	for id, want := range map[string]string{"IR-12": "Kurdistan", "IR-16": "Ilam", "IR-10": "Isfahan"} {
		u, ok := UnitByID(id)
		if !ok || u.Name != want || u.Country != "IR" || u.Level != LevelFirst {
			t.Errorf("%s = %+v, want %s", id, u, want)
		}
	}
	for id, want := range map[string]string{"IR-12": "كردستان", "IR-10": "أصفهان"} {
		if n, ok := UnitNameIn(id, "ar"); n != want || !ok {
			t.Errorf("%s in Arabic: %q", id, n)
		}
	}
	// the point agrees with the name: Sanandaj lies in Kurdistan
	if code, _ := UnitAt("IR", 47.0, 35.31); code != "IR-12" {
		t.Errorf("Sanandaj lies in %s", code)
	}
	if u, _ := UnitByID("IR-12"); u.Lat < 34.5 || u.Lat > 36.6 || u.Lon < 45.5 || u.Lon > 48.3 {
		t.Errorf("IR-12 at %v, %v", u.Lat, u.Lon)
	}
}

func TestUnits(t *testing.T) {
	for _, c := range []struct {
		country   string
		level, at int
	}{{"IN", 1, 36}, {"IR", 1, 31}, {"UA", 1, 27}, {"IQ", 1, 19}, {"PS", 1, 16}, {"XS", 1, 5}, {"MM", 1, 15}, {"BD", 2, 64}} {
		if got := len(Units(c.country, c.level)); got != c.at {
			t.Errorf("%s level %d: %d units, want %d", c.country, c.level, got, c.at)
		}
	}
	for _, c := range []struct {
		country        string
		level, atLeast int
	}{{"IN", 2, 700}, {"MM", 3, 400}, {"PK", 2, 110}, {"IN", 0, 15}, {"ET", 1, 14}, {"SD", 2, 150}} {
		if got := len(Units(c.country, c.level)); got < c.atLeast {
			t.Errorf("%s level %d: %d units, want at least %d", c.country, c.level, got, c.atLeast)
		}
	}
	if Units("ZZ", 1) != nil {
		t.Error("ZZ has units")
	}
}

// Every id must lead back to its own unit, and every parent must exist.
func TestIDsRoundTrip(t *testing.T) {
	g := gaz()
	seen := make(map[string]bool, len(g.recs))
	levels := map[int]int{}
	for i := range g.recs {
		id := g.id(int32(i))
		if seen[id] {
			t.Errorf("two units are called %s", id)
		}
		seen[id] = true
		if j := g.find(id); j != int32(i) {
			t.Errorf("%s leads to record %d, not %d", id, j, i)
		}
		u := g.unit(int32(i))
		levels[u.Level]++
		if len(u.Parent) > 2 && g.find(u.Parent) < 0 {
			t.Errorf("%s: no parent %s", id, u.Parent)
		}
		if u.Name == "" || strings.ContainsAny(u.Name, "\t|") {
			t.Errorf("%s: name %q", id, u.Name)
		}
	}
	t.Logf("units by level: %v", levels)
	for _, id := range []string{"", "IN", "IN-ZZ", "gn:", "pl:", "pl:IN-JK/", "mm:x/y", "kr:nowhere"} {
		if u, ok := UnitByID(id); ok {
			t.Errorf("%q is a unit: %+v", id, u)
		}
	}
}

func TestRegionMembers(t *testing.T) {
	readCSV(embedded("regions.csv"), 9, func(f []string) {
		for _, id := range strings.Fields(f[3]) {
			if _, ok := UnitByID(id); !ok {
				t.Errorf("%s: no unit %s", f[0], id)
			}
		}
		u, ok := UnitByID(f[0])
		if !ok || u.Level != LevelRegion || u.Name != f[2] {
			t.Errorf("%s = %+v", f[0], u)
		}
		for _, lang := range []string{"ar", "fr"} {
			if name, ok := UnitNameIn(f[0], lang); !ok || name == "" {
				t.Errorf("%s has no name in %s", f[0], lang)
			}
		}
		if f[8] != "general" && f[8] != "seen" {
			t.Errorf("%s: basis %q", f[0], f[8])
		}
	})
	if u, _ := UnitByID("kr:SD-darfur"); len(u.Members) != 5 {
		t.Errorf("Darfur: %v", u.Members)
	}
	if u, _ := UnitByID("kr:IN-kashmir"); len(u.Members) != 10 {
		t.Errorf("Kashmir Valley: %v", u.Members)
	}
}

func TestAliasUnits(t *testing.T) {
	n := 0
	readCSV(embedded("aliases.csv"), 4, func(f []string) {
		n++
		u, ok := UnitByID(f[2])
		if !ok || u.Country != f[0] {
			t.Errorf("%s %q: unit %s", f[0], f[1], f[2])
		}
	})
	if n < 250 {
		t.Errorf("%d aliases", n)
	}
	readCSV(embedded("validity.csv"), 6, func(f []string) {
		if _, ok := UnitByID(f[0]); !ok {
			t.Errorf("validity: no unit %s", f[0])
		}
		if f[4] != "" {
			if _, ok := UnitByID(f[4]); !ok {
				t.Errorf("validity of %s: no unit %s", f[0], f[4])
			}
		}
	})
	readCSV(embedded("country_alias.csv"), 2, func(f []string) {
		if _, ok := ByCode(f[1]); !ok && f[1] != "-" {
			t.Errorf("country alias %q: %q", f[0], f[1])
		}
	})
	readCSV(embedded("names_override.csv"), 3, func(f []string) {
		if got, ok := CountryNameIn(f[0], f[1]); got != f[2] || !ok {
			t.Errorf("override of %s in %s: %q", f[0], f[1], got)
		}
	})
}

// Retired and divided units carry their dates.
func TestValidity(t *testing.T) {
	for id, want := range map[string]Unit{
		"PK-TA": {To: "2018-05-31", Status: "retired"}, "IN-TS": {From: "2014-06-02"}, "IN-LA": {From: "2019-10-31"},
		"ET-SN": {To: "2023-08-19", Status: "retired"}, "kr:IN-kashmir": {Status: "informal"}, "UA-43": {Status: "occupied"},
	} {
		u, ok := UnitByID(id)
		if !ok || u.From != want.From || u.To != want.To || u.Status != want.Status {
			t.Errorf("%s = %+v", id, u)
		}
	}
}

// The population table names first-level units by ISO code and by name: the
// two must agree with ours, or a join somewhere went by number.
func TestNamesAgreeWithPopulationTable(t *testing.T) {
	head, rows := readTable(t, filepath.Join(sharedDir(t), "geo", "admin1_population.csv"))
	checked, apart := 0, 0
	for _, r := range rows {
		id, name := r[head["iso"]], r[head["name"]]
		i := gaz().find(id)
		if i < 0 {
			continue
		}
		checked++
		same := false
		gaz().keys.each(strings.ReplaceAll(Normalise(name), " ", ""), func(j int32) bool { same = same || i == j; return !same })
		if !same {
			apart++
		}
	}
	t.Logf("%d units compared, %d under a spelling we do not list", checked, apart)
	if checked < 700 || apart*5 > checked {
		t.Errorf("%d of %d names disagree", apart, checked)
	}
}

func TestUnitName(t *testing.T) {
	for _, c := range []struct {
		id, lang, want string
		ok             bool
	}{
		{"UA-63", "en", "Kharkiv", true}, {"UA-63", "ru", "Харьковская область", true}, {"UA-63", "ckb", "Kharkiv", false},
		{"mm:MM-11/pha-kant", "my", "ဖားကန့်", true}, {"mm:MM-11/pha-kant", "fr", "Pha Kant", false}, {"no-such", "en", "", false},
		{"IN-JK", "ur", "جموں و کشمیر", true}, {"gn:IN.12.012", "en", "Pulwama", true},
	} {
		if got, ok := UnitNameIn(c.id, c.lang); got != c.want || ok != c.ok {
			t.Errorf("UnitNameIn(%s, %s) = %q, %v, want %q, %v", c.id, c.lang, got, ok, c.want, c.ok)
		}
		if UnitName(c.id, c.lang) != c.want {
			t.Errorf("UnitName(%s, %s) differs", c.id, c.lang)
		}
	}
}

// The whole gazetteer in memory, with every country's near index: what the
// largest possible use costs.
func TestHeap(t *testing.T) {
	if testing.Short() {
		t.Skip("measures memory")
	}
	var before, loaded, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	g := newGazetteer()
	runtime.GC()
	runtime.ReadMemStats(&loaded)
	var near nearCache
	for _, c := range g.codes {
		near.get(g, c)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	mb := func(a, b runtime.MemStats) float64 { return (float64(b.HeapAlloc) - float64(a.HeapAlloc)) / 1e6 }
	t.Logf("gazetteer %.1f MB, near index of all countries another %.1f MB", mb(before, loaded), mb(loaded, after))
	if mb(before, loaded) > 40 {
		t.Errorf("the gazetteer takes %.1f MB", mb(before, loaded))
	}
	runtime.KeepAlive(g)
	runtime.KeepAlive(&near)
}

func BenchmarkLoad(b *testing.B) {
	loadUnitNames()
	for b.Loop() {
		newGazetteer()
	}
}

func BenchmarkUnitByID(b *testing.B) {
	gaz()
	for b.Loop() {
		UnitByID("gn:IN.12.012")
	}
}
