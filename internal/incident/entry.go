package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"

	"keepiton/internal/platform/geo"
)

// RecordEdition is the id of the living record.
const RecordEdition int64 = 1

// Entry is one count entry of an edition: an incident in a count year, with
// the columns lists and filters need.
type Entry struct {
	Ord       int64   `db:"ord"`
	Edition   int64   `db:"edition_id"`
	Seq       int     `db:"seq"`
	Incident  *int64  `db:"incident_id"`
	Year      int     `db:"count_year"`
	Line      int     `db:"line"`
	Origin    int64   `db:"source_edition"` // the sheet the entry was read from
	Counted   int     `db:"counted"`        // 0: withdrawn or parked, kept but not counted
	Latest    int     `db:"latest"`         // 1: the newest entry of its incident
	Touched   int     `db:"touched"`        // 1: edited since it was read from its sheet
	Doc       *string `db:"doc"`            // facts of that year where they differ from the incident's
	Hash      string  `db:"hash"`           // of the facts of that year
	StartDay  int     `db:"start_day"`
	EndDay    *int    `db:"end_day"`
	Days      *int    `db:"days"`
	SpanDays  int     `db:"span_days"` // established days, see [Spans]; orders by length
	Country   string  `db:"country"`   // first country
	Region    string  `db:"region"`
	Cause     string  `db:"cause"`
	Reason    string  `db:"reason"`
	Scope     string  `db:"geo_scope"`
	Network   string  `db:"network"`
	Method    string  `db:"method"`
	Extent    string  `db:"extent"`
	OrderedBy string  `db:"ordered_by"`
	EndState  string  `db:"end_state"`
	Facets    int64   `db:"facets"` // the single-valued parts as one number, see facets.go
	Updated   int64   `db:"updated_at"`
}

const (
	ordEditionShift = 42
	ordDayShift     = 26
	ordDayBase      = 20000 // days before 1970 an ord can still order
)

// ordOf orders entries by edition, then start date, then sequence.
func ordOf(edition int64, startDay, seq int) int64 {
	day := int64(min(max(startDay+ordDayBase, 0), 1<<16-1))
	return edition<<ordEditionShift | day<<ordDayShift | int64(seq)
}

// ordRange is the first and last ord an edition can have.
func ordRange(edition int64) (from, to int64) {
	return edition << ordEditionShift, (edition+1)<<ordEditionShift - 1
}

// index fills the columns of an entry from the facts of its year.
func (e *Entry) index(f *Facts) {
	e.StartDay, _ = f.Period.Start.Day()
	if day, ok := f.Period.End.Day(); ok {
		e.EndDay = &day
	} else {
		e.EndDay = nil
	}
	e.Days = nil
	if days, ok := Duration(f.Period, e.Year); ok {
		e.Days = &days
	}
	e.SpanDays = 0
	for _, s := range Spans(f, e.Year) {
		if s.Kind != KindOpen {
			e.SpanDays += s.To - s.From + 1
		}
	}
	e.Country = ""
	if len(f.Countries) > 0 {
		e.Country = f.Countries[0].Code
	}
	e.Region = RegionOf(e.Country)
	e.Cause, e.Reason = f.Cause.Term, f.Reason.Term
	e.Scope, e.Network = f.Measure.Scope, f.Measure.Network
	e.Method, e.Extent = f.Measure.Method, f.Measure.Extent
	e.OrderedBy, e.EndState = f.OrderedBy(), f.Period.EndState
	e.Ord = ordOf(e.Edition, e.StartDay, e.Seq)
}

// indexed is the entry with its columns filled anew.
func (e Entry) indexed(f *Facts, t *Taxonomy) Entry {
	e.index(f)
	e.Facets = t.facets(&e)
	return e
}

// Here tells whether an entry was made here, or changed since it was read from a sheet.
func (e Entry) Here() bool { return e.Origin == 0 || e.Touched == 1 }

// equals compares two entries by value.
func (e Entry) equals(other Entry) bool { return reflect.DeepEqual(e, other) }

// RegionOf is the coalition's region of a country, "" for none. A country the
// coalition has not placed yet takes the region of its neighbours in the
// United Nations' list.
func RegionOf(code string) string {
	c, ok := geo.ByCode(code)
	if !ok {
		return ""
	}
	if c.Region != "" {
		return c.Region
	}
	if r := regionBySub[c.M49Sub]; r != "" {
		return r
	}
	return regionByContinent[c.M49Region]
}

var (
	regionBySub = map[string]string{"Northern Africa": "mena", "Western Asia": "mena", "Central Asia": "eeca", "Eastern Europe": "eeca",
		"Latin America and the Caribbean": "lac", "Northern America": "north_america"}
	regionByContinent = map[string]string{"Africa": "africa", "Asia": "apac", "Oceania": "apac", "Europe": "europe", "Americas": "lac"}
)

// FirstLevel is the first-level unit a gazetteer unit lies in, "" for a
// country, an informal region of several units, or an unknown id.
func FirstLevel(unit string) string {
	for range 4 {
		u, ok := geo.UnitByID(unit)
		if !ok {
			return ""
		}
		if u.Level == 1 {
			return u.ID
		}
		unit = u.Parent
	}
	return ""
}

// HashFacts is the SHA-256 of the facts in a stable form.
func HashFacts(f *Facts) string {
	doc, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("incident.HashFacts: facts always marshal: %v", err))
	}
	sum := sha256.Sum256(doc)
	return hex.EncodeToString(sum[:])
}

func marshalFacts(f *Facts) string {
	doc, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("incident.marshalFacts: facts always marshal: %v", err))
	}
	return string(doc)
}

func unmarshalFacts(doc string) (*Facts, error) {
	f := &Facts{}
	if err := json.Unmarshal([]byte(doc), f); err != nil {
		return nil, fmt.Errorf("incident: facts of an entry: %w", err)
	}
	return f, nil
}
