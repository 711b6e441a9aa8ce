package i18n

import "testing"

func TestLatinDigits(t *testing.T) {
	for text, want := range map[string]string{"٢٠٢٢": "2022", "۱۴۰۱-۰۲": "1401-02", "၂၀၂၁ and १२, ০৯, ０１": "2021 and 12, 09, 01", "2025": "2025", "½ Ⅳ ²": "½ Ⅳ ²", "𝟘𝟙𝟿": "019", "": ""} {
		if got := LatinDigits(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
