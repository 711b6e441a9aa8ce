package evidence

import (
	"strings"
	"time"

	"keepiton/internal/platform/i18n"
)

// moments are how people write an instant, with the precision each form has.
var moments = []struct{ form, precision string }{
	{"2006-01-02 15:04", "minute"}, {"2006-01-02 15", "hour"}, {"2006-01-02", "day"}, {"2006-01", "month"}, {"2006", "year"},
}

// ParseMoment reads an instant as somebody wrote it, in UTC, as exactly as they
// did: from a year to a minute, in the digits of any script. "" is not known.
func ParseMoment(s string) (at *int64, precision string, ok bool) {
	s = strings.Join(strings.Fields(strings.ReplaceAll(i18n.LatinDigits(s), "T", " ")), " ")
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(s, "Z"), "UTC"))
	if s == "" {
		return nil, "", true
	}
	for _, m := range moments {
		if t, err := time.Parse(m.form, s); err == nil && t.Year() >= 1900 && t.Year() < 2200 {
			micro := t.UnixMicro()
			return &micro, m.precision, true
		}
	}
	return nil, "", false
}

// keepMoments takes over the instants of what stands wherever a draft says the same:
// what people write is less exact than what the program noted.
func (d *Draft) keepMoments(stands Draft) {
	same := func(a *int64, ofA string, b *int64, ofB string) bool {
		return a != nil && b != nil && FormatMoment(a, ofA) == FormatMoment(b, ofB)
	}
	if d.ReceivedAt == 0 || same(&d.ReceivedAt, d.ReceivedPrecision, &stands.ReceivedAt, stands.ReceivedPrecision) {
		d.ReceivedAt, d.ReceivedPrecision = stands.ReceivedAt, stands.ReceivedPrecision
	}
	if same(d.ObservedAt, d.ObservedPrecision, stands.ObservedAt, stands.ObservedPrecision) {
		d.ObservedAt = stands.ObservedAt
	}
	if same(d.EmbargoUntil, "minute", stands.EmbargoUntil, "minute") {
		d.EmbargoUntil = stands.EmbargoUntil
	}
}

// FormatMoment writes what [ParseMoment] reads.
func FormatMoment(at *int64, precision string) string {
	for _, m := range moments {
		if at != nil && m.precision == precision {
			return time.UnixMicro(*at).UTC().Format(m.form)
		}
	}
	return ""
}
