package stop

import (
	"reflect"
	"slices"

	"keepiton/internal/incident"
)

// A row of a sheet holds less than the facts do: written as cells and read
// again, facts come back poorer even where nobody set anything. So an edit reads
// the row twice, as it was and with the cells set, and takes over only what
// differs between the two readings.

// takeOver gives the facts an edit makes of before: read is the row as it was,
// set the row with cells set.
func takeOver(before, read, set incident.Facts) incident.Facts {
	out := before
	takeField(reflect.ValueOf(&out).Elem(), reflect.ValueOf(read), reflect.ValueOf(set))
	out.Services = takeList(before.Services, read.Services, set.Services, func(x incident.Effect) string { return x.Service })
	out.Flags = takeList(before.Flags, read.Flags, set.Flags, func(x incident.Flag) string { return x.Key })
	out.Notes = takeList(before.Notes, read.Notes, set.Notes, func(x incident.Note) string { return x.Kind })
	for _, x := range before.Sources { // what must not be told stays known, so that it stays untold
		if x.Class == confidentialClass && x.URL+x.Text != "" && !slices.ContainsFunc(out.Sources, func(y incident.Source) bool { return x.URL == y.URL && x.Text == y.Text }) {
			out.Sources = append(slices.Clone(out.Sources), x)
		}
	}
	return out
}

// takeField sets every field in out that the readings differ in. The fields of a
// structure count one by one, a list as a whole.
func takeField(out, read, set reflect.Value) {
	if out.Kind() == reflect.Struct {
		for i := range out.NumField() {
			takeField(out.Field(i), read.Field(i), set.Field(i))
		}
		return
	}
	none := out.Kind() == reflect.Slice && read.Len() == 0 && set.Len() == 0
	if !none && !reflect.DeepEqual(read.Interface(), set.Interface()) {
		out.Set(set)
	}
}

// takeList is takeField for a list whose members have names: those the readings
// differ in are replaced, added or taken out.
func takeList[T comparable](before, read, set []T, name func(T) string) []T {
	out := slices.Clone(before)
	at := func(list []T, key string) int {
		return slices.IndexFunc(list, func(x T) bool { return name(x) == key })
	}
	for _, x := range read {
		if i := at(out, name(x)); i >= 0 && at(set, name(x)) < 0 {
			out = slices.Delete(out, i, i+1)
		}
	}
	for _, x := range set {
		if slices.Contains(read, x) {
			continue
		}
		if i := at(out, name(x)); i >= 0 {
			out[i] = x
		} else {
			out = append(out, x)
		}
	}
	return out
}
