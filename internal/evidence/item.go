package evidence

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"keepiton/internal/platform/fault"
)

// Kind is what an item is.
type Kind string

// The kinds.
const (
	Link        Kind = "link"
	File        Kind = "file"
	Measurement Kind = "measurement"
	Statement   Kind = "statement"
	Order       Kind = "order"
	Account     Kind = "account"
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Link, File, Measurement, Statement, Order, Account} }

// Class is how an item knows what it says. Two items corroborate each other only
// when their classes differ.
type Class string

// The classes.
const (
	ClassMeasurement Class = "T"
	ClassFirstHand   Class = "H"
	ClassOfficial    Class = "O"
	ClassOperator    Class = "I"
	ClassNews        Class = "N"
	ClassMedia       Class = "M"
	ClassDenial      Class = "D" // or a claim of responsibility
)

// Classes lists all classes.
func Classes() []Class {
	return []Class{ClassMeasurement, ClassFirstHand, ClassOfficial, ClassOperator, ClassNews, ClassMedia, ClassDenial}
}

// Answer is what somebody said about a use of their item.
type Answer string

// The four answers.
const (
	Yes      Answer = "yes"
	No       Answer = "no"
	Unknown  Answer = "unknown"
	NotAsked Answer = "not_asked"
)

// Answers lists all answers.
func Answers() []Answer { return []Answer{Yes, No, Unknown, NotAsked} }

// Use is what an item may be used for.
type Use string

// The uses, from the narrowest to the widest but for the court.
const (
	Internal        Use = "internal"
	Partners        Use = "partners"
	AnonymousPublic Use = "anonymous_public"
	NamedPublic     Use = "named_public"
	Court           Use = "court"
)

// Uses lists all uses.
func Uses() []Use { return []Use{Internal, Partners, AnonymousPublic, NamedPublic, Court} }

// Consent is the answer for every use.
type Consent struct {
	Internal  Answer `db:"consent_internal"`
	Partners  Answer `db:"consent_partners"`
	Anonymous Answer `db:"consent_anonymous"`
	Named     Answer `db:"consent_named"`
	Court     Answer `db:"consent_court"`
}

// Of is where the answer for a use is kept; nil for a use nobody knows.
func (c *Consent) Of(u Use) *Answer {
	switch u {
	case Internal:
		return &c.Internal
	case Partners:
		return &c.Partners
	case AnonymousPublic:
		return &c.Anonymous
	case NamedPublic:
		return &c.Named
	case Court:
		return &c.Court
	}
	return nil
}

// Precision is how exactly the place of an item may be published.
type Precision string

// The precisions, from the finest to the coarsest.
const (
	Exact    Precision = "exact"
	Locality Precision = "locality"
	Region   Precision = "region"
	Country  Precision = "country"
)

// Precisions lists all precisions.
func Precisions() []Precision { return []Precision{Exact, Locality, Region, Country} }

// Audience is who may know the content of an item.
type Audience string

// The audiences.
const (
	Open         Audience = "open"
	Confidential Audience = "confidential" // its existence is public, its content is not
)

// Draft is what people write about an item, and may edit. Empty values of
// choices stand for the most cautious one.
type Draft struct {
	Kind        Kind   `db:"kind"`
	Class       Class  `db:"class"`
	Source      string `db:"source"`      // A to F, "" when not graded
	Information int    `db:"information"` // 1 to 6, 0 when not graded
	Lang        string `db:"lang"`
	Title       string `db:"title"`
	Says        string `db:"says"`
	URL         string `db:"url"`
	Speaker     string `db:"speaker"` // whose words or work it is

	PlaceExact    string    `db:"place_exact"`
	PlaceLocality string    `db:"place_locality"`
	PlaceRegion   string    `db:"place_region"`
	Precision     Precision `db:"precision"`
	Audience      Audience  `db:"audience"`
	EmbargoUntil  *int64    `db:"embargo_until"`

	ObservedAt        *int64 `db:"observed_at"`
	ObservedPrecision string `db:"observed_precision"` // minute, hour, day, month or year; "" when not known at all
	ReceivedAt        int64  `db:"received_at"`        // 0 for now
	ReceivedPrecision string `db:"received_precision"`
	Consent
}

// Item is one piece of evidence.
type Item struct {
	ID           int64  `db:"id"`
	Ref          string `db:"ref"` // E-2026-0012
	Year         int    `db:"year"`
	Number       int64  `db:"number"`
	Case         int64  `db:"case_id"`
	CaseRef      string `db:"case_ref"`
	Country      string `db:"country"`
	Origin       int64  `db:"origin_id"`       // copies share one; 0 while nobody has said
	Organisation int64  `db:"organisation_id"` // for which it was filed
	FiledBy      string `db:"filed_by"`        // ref of a person
	Mask         string `db:"mask"`            // under which its custody names people
	Draft
	Canonical       string  `db:"canonical"`
	Version         int64   `db:"version"`
	WithdrawnAt     *int64  `db:"withdrawn_at"`
	WithdrawnReason string  `db:"withdrawn_reason"`
	PageState       Finding `db:"page_state"` // what the last check of the captured page found
	PageSince       *int64  `db:"page_since"`
	CustodyN        int64   `db:"custody_n"`
	CustodyHash     string  `db:"custody_hash"`
	Created         int64   `db:"created_at"`
	Updated         int64   `db:"updated_at"`

	Closed bool `db:"-"` // the content was left out: consent keeps it to one organisation
}

// FirstHand tells whether somebody tells what they lived through themselves, so
// that nothing of it goes out without their word.
func (d Draft) FirstHand() bool { return d.Class == ClassFirstHand || d.Kind == Account }

// Bounds of texts, in letters.
const (
	maxTitle = 200
	maxSays  = 20_000
	maxLine  = 300
	maxURL   = 2_000
)

// clean puts a draft into the form it is kept in and says what is wrong with it.
func (d *Draft) clean() error {
	for _, s := range []*string{&d.Title, &d.Speaker, &d.PlaceExact, &d.PlaceLocality, &d.PlaceRegion, &d.Lang, &d.URL} {
		*s = oneLine(*s)
	}
	d.Says = manyLines(d.Says)
	d.defaults()
	var wrong []fault.Field
	mend := func(bad bool, field, key string, args ...any) {
		if bad {
			wrong = append(wrong, fault.Field{Name: field, Key: "evidence." + key, Args: args})
		}
	}
	long := func(field, s string, most int) {
		mend(utf8.RuneCountInString(s) > most, field, "too_long", "most", most)
	}
	mend(!slices.Contains(Kinds(), d.Kind), "kind", "need_kind")
	mend(!slices.Contains(Classes(), d.Class), "class", "need_class")
	mend(d.Title == "", "title", "need_title")
	mend(!slices.Contains([]string{"", "A", "B", "C", "D", "E", "F"}, d.Source), "source", "need_source")
	mend(d.Information < 0 || d.Information > 6, "information", "need_information")
	mend(!slices.Contains(Precisions(), d.Precision), "precision", "need_precision")
	mend(d.Audience != Open && d.Audience != Confidential, "audience", "need_audience")
	mend((d.ObservedAt == nil) != (d.ObservedPrecision == "") || !slices.Contains(timePrecisions, d.ObservedPrecision), "observed", "need_observed")
	mend(d.ReceivedPrecision == "" || !slices.Contains(timePrecisions, d.ReceivedPrecision), "received", "need_received")
	for _, u := range Uses() {
		mend(!slices.Contains(Answers(), *d.Of(u)), "consent_"+string(u), "need_answer")
	}
	if d.Kind == Link {
		_, err := ParseTarget(d.URL)
		mend(d.URL == "", "url", "need_url")
		mend(d.URL != "" && err != nil, "url", "bad_url")
	}
	long("title", d.Title, maxTitle)
	long("says", d.Says, maxSays)
	long("url", d.URL, maxURL)
	for field, s := range map[string]string{"speaker": d.Speaker, "place_exact": d.PlaceExact, "place_locality": d.PlaceLocality, "place_region": d.PlaceRegion, "lang": d.Lang} {
		long(field, s, maxLine)
	}
	slices.SortFunc(wrong, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return fault.Mend(wrong...)
}

var timePrecisions = []string{"", "minute", "hour", "day", "month", "year"}

// defaults fills choices that were not made, each with the most cautious one.
func (d *Draft) defaults() {
	for _, u := range Uses() {
		if a := d.Of(u); *a == "" {
			*a = NotAsked
		}
	}
	if d.Precision == "" {
		d.Precision = Country
	}
	if d.Audience == "" {
		d.Audience = Confidential
	}
}

// oneLine is text as a person meant it in a field of one line; manyLines keeps
// the lines.
func oneLine(s string) string { return strings.Join(strings.Fields(printable(s)), " ") }

func manyLines(s string) string {
	return strings.TrimSpace(printable(strings.ReplaceAll(s, "\r\n", "\n")))
}

// printable takes out what is no text: broken bytes and control characters.
// Marks of direction stay, people who mix scripts need them; pages set values
// apart with bdi.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if r == utf8.RuneError || unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

// change is a field whose value was replaced.
type change struct{ Field, Old, New string }

// differences lists what another draft replaces, in the order of the fields.
func (d Draft) differences(next Draft) []change {
	var out []change
	is := next.columns()
	for i, was := range d.columns() {
		if was != is[i] {
			out = append(out, change{was[0], was[1], is[i][1]})
		}
	}
	return out
}

// columns is a draft as columns and values, in the order of its fields.
func (d Draft) columns() [][2]string {
	var out [][2]string
	v := reflect.ValueOf(d)
	for _, f := range reflect.VisibleFields(v.Type()) {
		if name := f.Tag.Get("db"); name != "" {
			out = append(out, [2]string{name, valueText(v.FieldByIndex(f.Index))})
		}
	}
	return out
}

func valueText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return ""
		}
		return valueText(v.Elem())
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	}
	return fmt.Sprint(v.Interface())
}

// set writes a value as [change] has it into the field of a column.
func (d *Draft) set(column, text string) {
	v := reflect.ValueOf(d).Elem()
	for _, f := range reflect.VisibleFields(v.Type()) {
		if f.Tag.Get("db") == column {
			setText(v.FieldByIndex(f.Index), text)
		}
	}
}

// setText reads what [valueText] writes.
func setText(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		if v.SetZero(); text != "" {
			v.Set(reflect.New(v.Type().Elem()))
			setText(v.Elem(), text)
		}
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			panic(err) // it was written by valueText
		}
		v.SetInt(n)
	}
}
