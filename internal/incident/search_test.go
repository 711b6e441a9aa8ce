package incident

import (
	"context"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// wordsRecord is a record of a few entries whose words a test knows.
func wordsRecord(t *testing.T, d *db.DB, facts ...Facts) *Service {
	t.Helper()
	ctx := context.Background()
	s, err := NewService(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Fill(ctx, len(facts), func(i int) (Facts, []int) {
		facts[i].Period = Period{Kind: "main", Start: "2022-03-01", End: "2022-03-02", EndState: "ended"}
		return facts[i], []int{2022}
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// inCountry is facts with a country, a note and the services that were hit.
func inCountry(code, note string, services ...string) Facts {
	f := Facts{Countries: []Country{{Code: code, Spelling: code}}, Notes: []Note{{Kind: "event", Lang: "en", Text: note}}}
	for _, s := range services {
		f.Services = append(f.Services, Effect{Service: s, State: Yes})
	}
	return f
}

// finds asks how many entries hold some words.
func finds(t *testing.T, s *Service, q string, want int) {
	t.Helper()
	n, err := s.Total(context.Background(), Filter{Edition: RecordEdition, Query: q})
	if err != nil || n.N != want {
		t.Errorf("%q finds %d (%v), want %d", q, n.N, err, want)
	}
}

// TestOneLetterIsLookedUp: a word of one letter is a word like any other. The
// x in particular is not the beginning of every word in another script.
func TestOneLetterIsLookedUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := wordsRecord(t, d, inCountry("IR", "Plan z was kept"), inCountry("IN", "Xerxes and zebra"), inCountry("KE", "nothing, 20 times"))
		for q, want := range map[string]int{"z": 1, "-z": 1, "zeb": 1, "xer": 1, "x0": 0, "j": 0, "ا": 0, "2": 0, "20": 1, "202": 3, "in": 1, "the": 0} {
			finds(t, s, q, want)
		}
	})
}
