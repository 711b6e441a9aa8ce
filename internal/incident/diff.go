package incident

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// FactsDiff lists the facts that differ, one line per field.
func FactsDiff(before, after *Facts) []FieldDiff {
	var out []FieldDiff
	a, b := reflect.ValueOf(before).Elem(), reflect.ValueOf(after).Elem()
	for i := range a.NumField() {
		name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
		out = append(out, valueDiff(name, a.Field(i), b.Field(i))...)
	}
	return out
}

func valueDiff(name string, a, b reflect.Value) []FieldDiff {
	if a.Kind() != reflect.Struct {
		if reflect.DeepEqual(a.Interface(), b.Interface()) || (a.Kind() == reflect.Slice && a.Len() == 0 && b.Len() == 0) {
			return nil
		}
		return []FieldDiff{{name, short(a), short(b)}}
	}
	var out []FieldDiff
	for i := range a.NumField() {
		sub, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
		out = append(out, valueDiff(name+"."+sub, a.Field(i), b.Field(i))...)
	}
	return out
}

// short is a value as text: strings as they are, lists as JSON.
func short(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return v.String()
	}
	if v.Kind() == reflect.Slice && v.Len() == 0 {
		return ""
	}
	doc, err := json.Marshal(v.Interface())
	if err != nil {
		return fmt.Sprint(v.Interface())
	}
	return string(doc)
}
