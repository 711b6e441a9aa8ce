package evidence

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestWhatACourtGets goes through every answer, audience and state: a court gets
// the content of an item by a yes of its own and nothing else, and a name only by
// the word of whoever bears it.
func TestWhatACourtGets(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	later := now.Add(time.Hour).UnixMicro()
	for _, court := range Answers() {
		for _, public := range Answers() {
			for _, named := range Answers() {
				for _, audience := range []Audience{Open, Confidential} {
					for _, state := range []string{"", "withdrawn", "embargo", "internal"} {
						it := Item{Ref: "E-2026-0001", Draft: Draft{Kind: Account, Class: ClassFirstHand, Title: "title", Says: "says", Speaker: "NAME", PlaceExact: "STREET", PlaceRegion: "region",
							Precision: Region, Audience: audience, Consent: Consent{Internal: Yes, Partners: Yes, Anonymous: public, Named: named, Court: court}}}
						switch state {
						case "withdrawn":
							it.WithdrawnAt = &later
						case "embargo":
							it.EmbargoUntil = &later
						case "internal":
							it.Internal = No
						}
						p, ok := it.public(holdings{}, now)
						if ok && it.Court == Yes {
							p = it.inCourt(holdings{})
						}
						said := fmt.Sprint(p)
						open := court == Yes || (audience == Open && (public == Yes || named == Yes))
						what := fmt.Sprintf("court %s, public %s, named %s, %s, %s", court, public, named, audience, state)
						if ok != (state == "") || strings.Contains(said, "says") != (ok && open) {
							t.Errorf("%s: %s", what, said)
						}
						if strings.Contains(said, "STREET") || strings.Contains(said, "NAME") && named != Yes {
							t.Errorf("%s tells too much: %s", what, said)
						}
					}
				}
			}
		}
	}
}
