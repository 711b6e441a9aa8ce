package incident

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestPassage finds a name however it is written, and nothing else.
func TestPassage(t *testing.T) {
	for _, x := range []struct{ passage, text, want string }{
		{"Ama Qwertz", "said AMA  qwertz.", "said […]."},
		{"Ama Qwertz", "said Ama\nQwertz’s lawyer", "said […]’s lawyer"},
		{"Ama Qwertz", "Áma Qwe\u0301rtz and a\u200bma qwertz", "[…] and […]"},
		{"Åma", "A\u030ama, åma, Ama", "[…], […], […]"},
		{"Ama Qwertz", "https://a.example/Ama%20Qwertz?x", "https://a.example/[…]?x"},
		{"Ama Qwertz", "?q=ama+qwertz&y=ama-qwertz#ama_qwertz", "?q=[…]&y=[…]#[…]"},
		{"Zoé", "zo%C3%A9 zo%c3%a9x %zo zoe", "[…] zo%c3%a9x %zo […]"},
		{"Ali", "Mali, Alina, ali, Ali2", "Mali, Alina, […], Ali2"},
		{"Ali*", "Mali, Alina, ali", "Mali, […]na, […]"},
		{"علي", "وعلي والعلي، عَلِيّ", "و[…] وال[…]، […]"},
		{"ကို", "ကိုကိုအောင်", "[…][…]အောင်"},
		{"Иван*", "Иванова и Диван", "[…]ова и Диван"},
		{"a b a", "a b a b a", "[…]"},
		{"20 maj", "٢٠ maj", "[…]"},
		{"100%", "100% sure, 100%zz", "[…] sure, […]zz"},
		{"Łukasz Ødegård", "lukasz odegard, ŁUKASZ-ØDEGÅRD", "[…], […]"},
		{"Sæther", "saether Sæther", "[…] […]"},
		{"فاطمة", "قالت فاطمه", "قالت […]"},
		{"x", "", ""},
	} {
		m := newMasks(x.passage)
		if got := m.text(x.text); got != x.want {
			t.Errorf("%q in %q\n got %q\nwant %q", x.passage, x.text, got, x.want)
		}
	}
	both := newMasks("Ama Qwertz", "Qwertz Radio")
	if got := both.text("on Ama Qwertz Radio today"); got != "on […] today" {
		t.Errorf("two passages that overlap: %q", got)
	}
}

// FuzzPassage: whatever is withheld, what is left is sound and holds it no more.
func FuzzPassage(f *testing.F) {
	f.Add("Ama Qwertz", "said AMA%20qwertz")
	f.Add("é", "%C3%A9%C3e\u0301")
	f.Add("İı", "ıİiI")
	f.Fuzz(func(t *testing.T, passage, text string) {
		p := newPassage(passage)
		m := newMasks(passage)
		out := m.text(text)
		if utf8.ValidString(text) && !utf8.ValidString(out) {
			t.Fatalf("%q in %q tears a letter apart: %q", passage, text, out)
		}
		if len(p.letters) == 0 && out != text {
			t.Fatalf("nothing withheld, and %q became %q", text, out)
		}
		rest := strings.ReplaceAll(out, withheldMark, "\n#\n")
		if len(p.letters) > 0 && !strings.ContainsAny(passage, "#[…] \n\t") && len(p.in(foldText(rest))) > 0 && len(p.in(foldText(text))) == 0 {
			t.Fatalf("withholding %q made it appear in %q", passage, out)
		}
	})
}
