package incident

import (
	"encoding/json"
	"sort"
	"strings"
)

// Parts are the differences of a list's items, one for each question a reader
// could ask: the difference of "flags" is one of "violence". Any other
// difference is its own only part, and so is one between lists that answer
// every question alike, but for lists of nothing but answers: in another order or
// in other spellings those say the same, and have no part.
func (d FieldDiff) Parts() []FieldDiff {
	of, isList := listParts[d.Field]
	if !isList {
		return []FieldDiff{d}
	}
	before, err1 := of(d.Old)
	after, err2 := of(d.New)
	if err1 != nil || err2 != nil {
		return []FieldDiff{d}
	}
	var out []FieldDiff
	for field, old := range before {
		if after[field] != old {
			out = append(out, FieldDiff{field, old, after[field]})
		}
	}
	for field, now := range after {
		if _, had := before[field]; !had && now != "" {
			out = append(out, FieldDiff{field, "", now})
		}
	}
	if len(out) == 0 && !onlyAnswers[d.Field] {
		return []FieldDiff{d}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Field < out[j].Field })
	return out
}

// answered is a state as a part of a list: one that nobody asked for is as good
// as one that is not there.
func answered(s State) string {
	if s == NotAsked {
		return ""
	}
	return string(s)
}

// onlyAnswers are the lists whose items say nothing beside the answers their parts
// compare, but how a source spelled it.
var onlyAnswers = map[string]bool{"flags": true, "services": true, "countries": true}

// listParts read the lists of [FactsDiff] as answers by question. Lists that
// may name a confidential source, or hold a text somebody wrote, are not here.
var listParts = map[string]func(doc string) (map[string]string, error){
	"flags":     parts(func(x Flag) (string, string) { return x.Key, answered(x.State) }),
	"services":  parts(func(x Effect) (string, string) { return "services." + x.Service, answered(x.State) }),
	"countries": parts(func(x Country) (string, string) { return "country", x.Code }),
	"places":    parts(func(x Place) (string, string) { return "places.text", x.Text }),
	"operators": parts(func(x Carrier) (string, string) { return "telcos_involved", x.Verbatim }),
	"targeted_groups": parts(func(x Group) (string, string) {
		if x.Verbatim == "" {
			return "users_targeted", x.Term
		}
		return "users_targeted", x.Verbatim
	}),
	"cost": parts(func(x Cost) (string, string) { return "econ_impact", x.Verbatim }),
	"actors": parts(func(x Actor) (string, string) {
		if x.Role == "ordered" {
			return "ordered_by", x.Class
		}
		return "decision_maker", x.Name
	}),
}

// parts gathers the answers of a list; several to one question are joined.
func parts[T any](of func(T) (question, answer string)) func(string) (map[string]string, error) {
	return func(doc string) (map[string]string, error) {
		var list []T
		if doc != "" {
			if err := json.Unmarshal([]byte(doc), &list); err != nil {
				return nil, err
			}
		}
		all := map[string][]string{}
		for _, x := range list {
			if q, a := of(x); a != "" {
				all[q] = append(all[q], a)
			}
		}
		out := map[string]string{}
		for q, answers := range all {
			out[q] = strings.Join(answers, ", ")
		}
		return out, nil
	}
}
