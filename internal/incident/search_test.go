package incident

import (
	"context"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/geo"
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

// TestNamesInAnyLanguageFindTheSame: a country, a service and a place are found
// by their names in Arabic, French or their own script as by the English one.
func TestNamesInAnyLanguageFindTheSame(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		kulgam, rakhine := inCountry("IN", "first"), inCountry("MM", "second")
		kulgam.Places = placesIn(t, "IN", "Kulgam")
		rakhine.Places = placesIn(t, "MM", "Sittwe")
		s := wordsRecord(t, d, kulgam, rakhine, inCountry("RU", "third", "facebook", "twitter"), inCountry("SS", "fourth", "whatsapp"), inCountry("UA", "done by Russia"), inCountry("SD", "sixth", "phone_calls"))
		for want, names := range map[int][]string{
			2: {"Russia", "Россия", "روسيا", "Russie", "Russland"},
			1: {"Facebook", "فيسبوك", "الفيسبوك", "x", "X", "-x", "twitter", "تويتر", "واتساب", "WhatsApp", "burma", "မြန်မာ", "Birmanie", "South Sudan", "Южный Судан", "appels téléphoniques", "المكالمات الهاتفية",
				"Kulgam", "jammu", "Jammu and Kashmir", "جامو وكشمير", "Jammu-et-Cachemire", "Rakhine", "ရခိုင်", "Россия facebook", "فيسبوك روسيا"},
			0: {"Türkiye", "telegram", "تيليجرام", "Россия whatsapp", "burma jammu"},
		} {
			for _, q := range names {
				finds(t, s, q, want)
			}
		}
	})
}

// TestAPlaceIsNotItsCountry: the name of a part finds what speaks of it, not
// all of its country, and an abbreviation does not find a country that has such
// a name in some far language.
func TestAPlaceIsNotItsCountry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := wordsRecord(t, d, inCountry("PS", "cut in Gaza"), inCountry("PS", "cut in Jenin, West Bank"), inCountry("PS", "elsewhere"), inCountry("IM", "first"), inCountry("US", "second"),
			inCountry("CD", "third"), inCountry("CG", "fourth"), inCountry("KE", "done by Latin America"))
		for q, want := range map[string]int{"Gaza": 1, "West Bank": 1, "Palestine": 3, "MENA": 0, "Latin America": 1, "America": 1, "United States": 1, "Congo": 2, "Kongo": 2, "DR Congo": 1} {
			finds(t, s, q, want)
		}
	})
}

// placesIn reads the text of an area as an import does.
func placesIn(t *testing.T, country, area string) []Place {
	t.Helper()
	var out []Place
	for _, m := range geo.NewMatcher(nil).Match(country, area).Matches {
		out = append(out, Place{Unit: m.Unit})
	}
	if len(out) == 0 {
		t.Fatalf("%s is no place in %s", area, country)
	}
	return out
}
