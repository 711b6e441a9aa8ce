package geo

// Country is one country or territory with a code of its own.
type Country struct {
	Code      string   // ISO 3166-1 alpha-2, or XK (Kosovo), XS (Somaliland)
	Alpha3    string   // ISO 3166-1 alpha-3; XKX for Kosovo, empty for Somaliland
	Numeric   string   // ISO 3166-1 numeric, three digits; empty for private codes
	Name      string   // short English name, see the naming policy in doc.go
	UNName    string   // the name in United Nations use; may equal Name
	M49Region string   // UN M49 region, e.g. "Asia"; empty for Antarctica, Taiwan and private codes
	M49Sub    string   // UN M49 sub-region, e.g. "Western Asia"
	Region    string   // coalition region: africa apac eeca europe lac mena north_america, "" unknown
	Sovereign string   // alpha-2 of the state it belongs to, e.g. NC -> FR; empty when it is its own
	Lat, Lon  float64  // a central point in degrees; both 0 when unknown
	Zones     []string // tz database names, the most used first where known
	Private   bool     // the code is not ISO's
}

// Countries returns every country and territory, ordered by code.
func Countries() []Country { return countryTable().list }

// ByCode returns the country with this alpha-2 (or private) code, which must
// be in capitals.
func ByCode(code string) (Country, bool) {
	t := countryTable()
	i, ok := t.index[code]
	if !ok {
		return Country{}, false
	}
	return t.list[i], true
}
