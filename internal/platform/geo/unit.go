package geo

// Levels of a Unit.
const (
	LevelRegion   = 0 // informal or customary region, or a grouping above the first level
	LevelFirst    = 1 // state, province, governorate, oblast
	LevelSecond   = 2 // district, county
	LevelLocality = 3 // township, town, village
)

// Unit is a place inside a country.
type Unit struct {
	ID       string   // stable; forms are listed in doc.go
	Level    int      // LevelRegion .. LevelLocality
	Country  string   // alpha-2
	Parent   string   // id of the unit above, or the country's code at the top
	Name     string   // name in English use
	Lat, Lon float64  // a point inside or near, degrees; both 0 when unknown
	From, To string   // validity, YYYY-MM-DD or YYYY; empty when open or unknown
	Status   string   // "", "retired", "disputed", "occupied" or "informal"
	Members  []string // for a region: ids of the units it consists of
}

// UnitByID returns the unit with this id.
func UnitByID(id string) (Unit, bool) { return gaz().unitByID(id) }

// Units returns the country's units of one level, ordered by id. Level 0
// gives the informal regions. For XS it gives the regions inside Somaliland.
func Units(country string, level int) []Unit { return gaz().units(country, level) }

// UnitName returns the unit's name in a language, or its English name when
// the tables have none in that language; UnitNameIn tells which it was.
func UnitName(id, lang string) string {
	name, _ := UnitNameIn(id, lang)
	return name
}

// UnitNameIn returns the unit's name in a language. ok is false when the
// tables have no name in that language and the English one is returned, or
// when the id is unknown and the name is empty.
func UnitNameIn(id, lang string) (name string, ok bool) { return unitNameIn(id, lang) }

// CountryName returns the country's short name in a language (a BCP 47 tag
// such as "ar" or "fr"), or the English name when the tables have none in it;
// CountryNameIn tells which it was. An unknown code gives "".
func CountryName(code, lang string) string {
	name, _ := CountryNameIn(code, lang)
	return name
}

// CountryNameIn returns the country's short name in a language. ok is false
// when the tables have none and the English name is returned.
func CountryNameIn(code, lang string) (name string, ok bool) { return countryNameIn(code, lang) }
