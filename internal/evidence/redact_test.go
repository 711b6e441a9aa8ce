package evidence

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// TestRedactText: a new version with its own hash, made of the one before; what
// goes out is it, and never what was taken out.
func TestRedactText(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		f := filing()
		f.Says = "Maryam Rostami of Shiraz called. MARYAM saw it; her brother Reza too."
		it := w.mustAdd(t, amina, f)
		redact := func(parent string, why Reason, passages ...string) (Text, error) {
			t.Helper()
			texts, err := w.Texts(t.Context(), amina, it.Ref)
			if err != nil {
				t.Fatal(err)
			}
			says, _ := current(it, texts)
			spans, missing, err := FindPassages(t.Context(), says, passages, why)
			if err != nil {
				t.Fatal(err)
			}
			if len(missing) > 0 {
				t.Fatalf("not found: %q", missing)
			}
			return w.RedactText(t.Context(), amina, it.Ref, parent, spans)
		}
		out := func() string {
			t.Helper()
			p, _, err := w.ForPublication(t.Context(), d.Reader(), it.ID)
			if err != nil {
				t.Fatal(err)
			}
			return p.Says
		}
		first, err := redact(hashText(f.Says), ReasonName, "maryam", "Rostami")
		if err != nil || first.Says != "█████ █████ of Shiraz called. █████ saw it; her brother Reza too." || first.Hash != hashText(first.Says) || first.Parent != hashText(f.Says) {
			t.Errorf("%+v %v", first, err)
		}
		_, err = redact(hashText(f.Says), ReasonName, "Reza")
		mustBe(t, "going on from the version before", err, fault.Conflict)
		second, err := redact(first.Hash, ReasonOthers, "Reza")
		if err != nil || second.Parent != first.Hash || second.Root != first.Root || out() != second.Says || strings.Contains(second.Says, "Reza") || strings.Contains(strings.ToLower(second.Says), "maryam") {
			t.Errorf("%+v %v", second, err)
		}
		for what, spans := range map[string][]Span{"none": nil, "empty": {{3, 3, ReasonName}}, "backwards": {{5, 2, ReasonName}}, "beyond": {{0, 9999, ReasonName}}, "negative": {{-1, 4, ReasonName}}, "no reason": {{0, 4, "because"}}} {
			_, err := w.RedactText(t.Context(), amina, it.Ref, second.Hash, spans)
			mustBe(t, what, err, fault.Invalid)
		}
		_, err = w.RedactText(t.Context(), reads, it.Ref, second.Hash, []Span{{0, 4, ReasonName}})
		mustBe(t, "by a reader", err, fault.Forbidden)

		// An edit makes what was taken out worth nothing: the text stays in.
		next := it.Draft
		next.Says, next.Title = "Maryam Rostami called again.", "Rostami"
		if it, _, err = w.Edit(t.Context(), amina, it.Ref, it.Version+2, next); err != nil {
			t.Fatal(err)
		}
		if out() != "" {
			t.Errorf("after an edit goes out: %q", out())
		}
		_, err = redact(hashText(next.Says), ReasonName, "Rostami")
		if fields := fault.Fields(err); len(fields) != 1 || fields[0].Key != "evidence.passage_in_title" {
			t.Errorf("what also stands in the title: %v", err)
		}
		if _, err := redact(hashText(next.Says), ReasonName, "Maryam Rostami"); err != nil || out() != "█████ called again." {
			t.Errorf("%q %v", out(), err)
		}
		w.mustBeWhole(t, it.Ref, Received, Redacted, Redacted, Edited, Redacted)
	})
}

// TestNoLetterIsLeft: two texts that differ only in what is taken out of them give
// the same bytes, whatever it was and however long.
func TestNoLetterIsLeft(t *testing.T) {
	letters := rapid.SliceOfN(rapid.SampledFrom([]rune("abcدشاé\u0301\u064b\u200d👩ñZ \n█")), 0, 12)
	secret := rapid.SliceOfN(rapid.SampledFrom([]rune("abcدشاé\u0301\u064b👩ñZ ")), 1, 20)
	rapid.Check(t, func(t *rapid.T) {
		before, after := letters.Draw(t, "before"), letters.Draw(t, "after")
		for len(after) > 0 && (unicode.In(after[0], unicode.M) || after[0] == '\u200d') {
			after = after[1:] // what hangs on the secret goes with it
		}
		cut := func(what []rune) string {
			text := string(before) + string(what) + string(after)
			out, ok := withoutSpans(text, []Span{{len(before), len(before) + len(what), ReasonName}})
			if !ok {
				t.Fatal("refused")
			}
			return out
		}
		one, two := secret.Draw(t, "one"), secret.Draw(t, "two")
		one[0], two[0] = 'x', 'y' // begins with a letter, as passages do
		if a, b := cut(one), cut(two); a != b {
			t.Fatalf("%q and %q give %q and %q", string(one), string(two), a, b)
		}
	})
	for _, c := range []struct {
		text     string
		from, to int
		want     string
	}{
		{"Jose\u0301 Luis", 0, 4, "█████ Luis"}, // the accent goes with its letter
		{"مُحَمَّد قال", 0, 1, "█████حَمَّد قال"}, {"a👩\u200d🦰b", 1, 2, "a█████🦰b"}, {"e\u0301x", 1, 2, "█████x"},
	} {
		if got, ok := withoutSpans(c.text, []Span{{c.from, c.to, ReasonName}}); !ok || got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// TestRedactPicture: a new file in which nothing of the boxes is left. Two
// pictures that differ only inside the boxes give the same bytes.
func TestRedactPicture(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		boxes := []Box{{X: 40, Y: 30, W: 61, H: 37, Reason: ReasonPerson}, {X: 150, Y: 0, W: 50, H: 13, Reason: ReasonName}}
		faces := func(seed uint64) *image.RGBA {
			m := photo(7, 200, 120)
			for _, b := range boxes {
				for y := b.Y; y < b.Y+b.H; y++ {
					for x := b.X; x < b.X+b.W; x++ {
						m.SetRGBA(x, y, color.RGBA{uint8(uint64(x*y)*seed + 31), uint8(uint64(x)*seed*7 + 5), uint8(seed), 255})
					}
				}
			}
			return m
		}
		var made [2]StoredFile
		var original StoredFile
		var it Item
		for i := range made {
			it, original = w.mustAddFile(t, amina, "a.png", asPNG(t, faces(uint64(i)+3)))
			var err error
			if made[i], err = w.RedactPicture(t.Context(), amina, it.Ref, original.Digest, boxes); err != nil {
				t.Fatal(err)
			}
		}
		if made[0].Digest != made[1].Digest {
			t.Error("what was under the boxes changes the new file")
		}
		f := made[1]
		m, form, err := image.Decode(bytes.NewReader(w.bytesOf(t, f.Digest, f.Size)))
		if err != nil || form != "png" || f.Media != "image/png" || f.Parent != original.Digest || f.Digest == original.Digest {
			t.Fatalf("%+v %v", f, err)
		}
		want := faces(4)
		for y := range 120 {
			for x := range 200 {
				c := color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)
				inside := false
				for _, b := range boxes {
					inside = inside || image.Pt(x, y).In(image.Rect(b.X, b.Y, b.X+b.W, b.Y+b.H))
				}
				if inside && c != (color.RGBA{0, 0, 0, 255}) || !inside && c != want.RGBAAt(x, y) {
					t.Fatalf("the pixel at %d, %d is %v", x, y, c)
				}
			}
		}
		p, _, err := w.ForPublication(t.Context(), d.Reader(), it.ID)
		if err != nil || len(p.Files) != 1 || p.Files[0].Digest != f.Digest {
			t.Errorf("%+v %v", p, err)
		}
		for what, b := range map[string]Box{"outside": {X: 190, Y: 0, W: 20, H: 5, Reason: ReasonName}, "of no size": {X: 5, Y: 5, Reason: ReasonName}, "without a reason": {W: 5, H: 5}, "negative": {X: -5, Y: 0, W: 9, H: 9, Reason: ReasonName}} {
			_, err := w.RedactPicture(t.Context(), amina, it.Ref, original.Digest, []Box{b})
			mustBe(t, "a box "+what, err, fault.Invalid)
		}
		_, err = w.RedactPicture(t.Context(), reads, it.Ref, original.Digest, boxes)
		mustBe(t, "by a reader", err, fault.Forbidden)
		w.mustBeWhole(t, it.Ref, Received, Redacted)

		paper, pdf := w.mustAddFile(t, amina, "a.pdf", []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"))
		_, err = w.RedactPicture(t.Context(), amina, paper.Ref, pdf.Digest, nil)
		mustBe(t, "what is no picture", err, fault.Invalid)
		if p, _, err := w.ForPublication(t.Context(), d.Reader(), paper.ID); err != nil || len(p.Files) != 0 {
			t.Errorf("a file that came in goes out: %+v %v", p, err)
		}
	})
}

// A photograph of a telephone goes out upright, and without what the telephone
// wrote; of the boxes nothing is left though it is packed with losses.
func TestRedactPhotograph(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	box := Box{X: 16, Y: 24, W: 33, H: 41, Reason: ReasonPerson}
	var digests []string
	for _, seed := range []uint8{40, 200} {
		m := image.NewRGBA(image.Rect(0, 0, 160, 96))
		for i := range m.Pix {
			m.Pix[i] = uint8(i/4%160 + i/640)
		}
		for y := range m.Rect.Dy() {
			for x := range m.Rect.Dx() {
				// turned by 6, the pixel x, y is seen at h-1-y, x; a border of whole
				// blocks keeps the two originals alike outside the box
				if image.Pt(m.Rect.Dy()-1-y, x).In(image.Rect(box.X, box.Y, box.X+box.W-1, box.Y+box.H-1)) {
					m.SetRGBA(x, y, color.RGBA{seed, uint8(x) * seed, uint8(y) + seed, 255})
				} else {
					m.SetRGBA(x, y, color.RGBA{90, 90, 90, 255})
				}
			}
		}
		wide := Box{X: 0, Y: 8, W: 64, H: 72, Reason: ReasonPerson} // the blocks around it too: losses spread there
		it, f := w.mustAddFile(t, amina, "photo.jpg", withCamera(asJPEG(t, m, 80), 6))
		out, err := w.RedactPicture(t.Context(), amina, it.Ref, f.Digest, []Box{wide})
		if err != nil || out.Media != "image/jpeg" || out.Width != 96 || out.Height != 160 {
			t.Fatalf("%+v %v", out, err)
		}
		digests = append(digests, out.Digest)
		content := w.bytesOf(t, out.Digest, out.Size)
		for _, canary := range []string{"CANARY", "Exif", "TRAILER"} {
			if bytes.Contains(content, []byte(canary)) {
				t.Errorf("%s is in the new file", canary)
			}
		}
	}
	if digests[0] != digests[1] {
		t.Error("what was under the box changes the new file")
	}
}

// TestEverySpelling: a name that is taken out is gone in every way to write it.
func TestEverySpelling(t *testing.T) {
	for name, spellings := range map[string][]string{
		"José":       {"José", "Jose\u0301", "JOSÉ", "jose", "J\u200dose\u0301"},
		"علی":        {"علی", "علي", "على", "عـلـي", "عل\u200cی", "عَلِيّ"},
		"کریم":       {"کریم", "كريم", "كـريم"},
		"محمد":       {"محمد", "محـمد", "مُحَمَّد", "م\u200dحمد"},
		"Nadia":      {"Nadia", "Na\u200cdia", "Na\u200ddia", "NADIA", "Ｎａｄｉａ", "Na\u00addia"},
		"Jean-Paul":  {"Jean-Paul", "Jean Paul", "jean\u2011paul", "Jean\n Paul"},
		"98 21 4455": {"98 21 4455", "۹۸ ۲۱ ۴۴۵۵", "98-21-4455", "98\u00a021\u00a04455"},
	} {
		for _, as := range spellings {
			text := "First " + as + " spoke, and the" + as + "s; then " + as + "."
			spans, missing, err := FindPassages(t.Context(), text, []string{name}, ReasonName)
			if err != nil {
				t.Fatal(err)
			}
			out, ok := withoutSpans(text, spans)
			if want := "First █████ spoke, and the█████s; then █████."; !ok || len(missing) > 0 || out != want {
				t.Errorf("%q written %+q leaves %+q", name, as, out)
			}
		}
	}
	if _, missing, err := FindPassages(t.Context(), "Ali saw it — twice", []string{"—", "Reza", "-"}, ReasonName); err != nil || len(missing) != 2 {
		t.Errorf("missing: %q %v", missing, err)
	}
}

func FuzzPassages(f *testing.F) {
	f.Add("Maryam of Shiraz", "maryam", 0, 3)
	f.Add("e\u0301\u0301x", "x", 1, 2)
	f.Add("İstanbul ıi", "I", 0, 1)
	f.Fuzz(func(t *testing.T, text, passage string, from, to int) {
		text, passage = strings.ToValidUTF8(text, ""), strings.ToValidUTF8(passage, "")
		withoutSpans(text, []Span{{from, to, ReasonName}})
		spans, missing, err := FindPassages(t.Context(), text, []string{passage}, ReasonName)
		if err != nil {
			t.Skip() // longer than anybody may ask for
		}
		if (len(spans) == 0) != (len(missing) == 1) {
			t.Fatalf("%d spans, missing %q", len(spans), missing)
		}
		out, ok := withoutSpans(text, spans)
		if !ok {
			t.Fatal("what was found cannot be taken out")
		}
		for _, part := range strings.Split(out, removed) {
			if p := strings.TrimSpace(passage); p != "" && strings.Contains(part, p) {
				t.Errorf("%q is left in %q", p, out)
			}
		}
	})
}

// TestPassagesAreBounded: what one form asks for costs a moment, whatever it says, and
// ends when nobody waits for it any more.
func TestPassagesAreBounded(t *testing.T) {
	text := strings.TrimSpace(strings.Repeat("a ", maxSays/2))
	for what, passages := range map[string][]string{
		"one letter": {"a"}, "the same again and again": slices.Repeat([]string{"a"}, maxPassages), "many that overlap": {"a a", "a a a a", "aa", "a", "a a a"},
		"long ones": {strings.Repeat("a ", 900) + "b", strings.Repeat("a ", 90)}, "a letter of many": {strings.Repeat("\ufdfa", 900)},
	} {
		for _, text := range []string{text, strings.Repeat("a", maxSays), strings.Repeat("\ufdfa", maxSays)} {
			began := time.Now()
			spans, _, err := FindPassages(t.Context(), text, passages, ReasonName)
			if took := time.Since(began); err != nil || took > 3*time.Second || len(spans) > maxSays {
				t.Errorf("%s: %v, %d places, took %v", what, err, len(spans), took)
			}
			began = time.Now()
			if len(spans) > 0 {
				if err := checkSpans(t.Context(), Item{Draft: Draft{Title: strings.Repeat("b", maxTitle), Speaker: "c"}}, text, spans); err != nil || time.Since(began) > time.Second {
					t.Errorf("%s: checked with %v in %v", what, err, time.Since(began))
				}
			}
		}
	}
	for what, passages := range map[string][]string{"lines": slices.Repeat([]string{"a"}, maxPassages+1), "letters": {strings.Repeat("a", maxPassageLetters+1)}} {
		if _, _, err := FindPassages(t.Context(), text, passages, ReasonName); fault.KindOf(err) != fault.Invalid {
			t.Errorf("too many %s: %v", what, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := FindPassages(gone, text, []string{"a"}, ReasonName); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits for it: %v", err)
	}
	spans, missing, err := FindPassages(t.Context(), "Ana and Anaïs, علی", []string{"ana", "anaïs", "an", "ali"}, ReasonName)
	if want := []Span{{0, 3, ReasonName}, {4, 6, ReasonName}, {8, 13, ReasonName}}; err != nil || !slices.Equal(spans, want) || !slices.Equal(missing, []string{"ali"}) {
		t.Errorf("%v %q %v", spans, missing, err)
	}
}
