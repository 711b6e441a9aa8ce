package evidence

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)

// Every text of a random item is a word of its own, so that whatever goes out
// can be told.
func randomItem(t *rapid.T) (Item, holdings) {
	pick := func(name string, list ...string) string { return rapid.SampledFrom(list).Draw(t, name) }
	answer := func(name string) Answer { return rapid.SampledFrom(Answers()).Draw(t, name) }
	it := Item{Ref: "E-2026-0001", CaseRef: "canarycase", Country: "IR", FiledBy: "canaryfiler", Organisation: 778899, WithdrawnReason: "canaryreason", Canonical: "canarycanonical",
		Draft: Draft{
			Kind: rapid.SampledFrom(Kinds()).Draw(t, "kind"), Class: rapid.SampledFrom(Classes()).Draw(t, "class"), Lang: "canarylang",
			Source: "F", Information: 6, Title: "canarytitle", Says: "canarysays", URL: "https://canaryurl.example/", Speaker: "canaryspeaker",
			PlaceExact: "canaryexact", PlaceLocality: "canarylocality", PlaceRegion: "canaryregion",
			Precision: rapid.SampledFrom(Precisions()).Draw(t, "precision"), Audience: Audience(pick("audience", "open", "open", "confidential")),
			ObservedPrecision: "minute",
			Consent:           Consent{answer("internal"), answer("partners"), answer("anonymous"), answer("named"), answer("court")},
		}}
	observed := noon.Add(-31 * time.Minute).UnixMicro()
	it.ObservedAt = &observed
	if pick("embargo", "none", "none", "over", "on") != "none" {
		until := noon.Add(time.Duration(rapid.Int64Range(-1000, 1000).Draw(t, "until")) * time.Second).UnixMicro()
		it.EmbargoUntil = &until
	}
	if pick("withdrawn", "no", "no", "no", "yes") == "yes" {
		it.WithdrawnAt = &observed
	}
	h := holdings{
		files:    []StoredFile{{Digest: "canaryoriginal", Name: "canaryname", Media: "canarymedia"}},
		captures: []Capture{{At: noon.UnixMicro(), URL: "canaryhop", Body: "canarybody", WARC: "canarywarc"}},
	}
	if pick("redacted", "no", "yes") == "yes" {
		root := hashText(it.Says)
		if pick("edited since", "no", "yes") == "yes" {
			root = hashText("as it was before")
		}
		h.texts = []Text{{Hash: "canaryhash1", Root: root, Says: "canaryhalfway"}, {Hash: "canaryhash2", Root: root, Says: "canaryredacted", Spans: "canaryspans"}}
	}
	if pick("blacked out", "no", "yes") == "yes" {
		h.files = append(h.files, StoredFile{Digest: "canarybetween", Parent: "canaryoriginal", Media: "image/png"},
			StoredFile{Digest: "canaryclean", Parent: "canarybetween", Media: "image/png", Name: "canaryname"})
	}
	return it, h
}

// may lists the canaries that may go out, by the rules as they were given, and
// whether anything may at all.
func may(it Item, h holdings) (words []string, exists bool) {
	if it.WithdrawnAt != nil || it.Internal == No || (it.EmbargoUntil != nil && noon.UnixMicro() < *it.EmbargoUntil) {
		return nil, false
	}
	firstHand := it.Class == "H" || it.Kind == "account"
	refused := it.Anonymous == No && it.Named != Yes
	asked := it.Anonymous == Yes || it.Named == Yes
	if it.Audience == Confidential || it.Partners == No || refused || (firstHand && !asked) {
		return nil, true
	}
	words = []string{"title", "lang", "url", "body"}
	switch {
	case len(h.texts) == 0:
		words = append(words, "says")
	case h.texts[0].Root == hashText(it.Says):
		words = append(words, "redacted")
	}
	if it.Named == Yes {
		words = append(words, "speaker")
	}
	if it.Precision != Country {
		words = append(words, string(it.Precision))
	}
	if len(h.files) > 1 {
		words = append(words, "clean")
	}
	return words, true
}

// TestNothingElseGoesOut: over random items, what goes out is exactly what may.
func TestNothingElseGoesOut(t *testing.T) {
	all := []string{"case", "filer", "reason", "canonical", "lang", "title", "says", "url", "speaker", "exact", "locality", "region",
		"original", "name", "media", "hop", "body", "warc", "hash1", "hash2", "halfway", "redacted", "spans", "between", "clean"}
	rapid.Check(t, func(t *rapid.T) {
		it, h := randomItem(t)
		p, ok := it.public(h, noon)
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		words, exists := may(it, h)
		if ok != exists {
			t.Fatalf("goes out: %v, may: %v", ok, exists)
		}
		if !ok && string(text) != `{"ref":"","class":""}` {
			t.Fatalf("what does not exist in public says %s", text)
		}
		unused := ""
		if it.Partners == No {
			unused = `,"unused":true`
		}
		if ok && len(words) == 0 && string(text) != fmt.Sprintf(`{"ref":"E-2026-0001","class":%q%s}`, it.Class, unused) {
			t.Fatalf("only class and existence may be told: %s", text)
		}
		for _, w := range all {
			want := false
			for _, m := range words {
				want = want || m == w
			}
			if has := strings.Contains(string(text), "canary"+w); has != want {
				t.Fatalf("%s goes out: %v, may: %v\n%s", w, has, want, text)
			}
		}
		for _, never := range []string{"778899", "consent", `"F"`} {
			if strings.Contains(string(text), never) {
				t.Fatalf("%s goes out: %s", never, text)
			}
		}
		if coarse := it.Precision == Region || it.Precision == Country; coarse && strings.Contains(string(text), "11:29") {
			t.Fatalf("the minute goes out with a coarse place: %s", text)
		}
	})
}
