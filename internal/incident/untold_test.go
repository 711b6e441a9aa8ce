package incident

import "testing"

// TestUntold: of what may not be told nothing is left in a text, and of the rest nothing
// is gone.
func TestUntold(t *testing.T) {
	for _, c := range []struct {
		says       []string
		text, want string
	}{
		{[]string{"https://t.example/karimi"}, "at https://t.example/karimi.", "at […]."},
		{[]string{"https://t.example/karimi"}, "at t.example/karimi, and", "at […], and"},
		{[]string{"https://www.t.example/karimi/"}, "(http://T.EXAMPLE/Karimi)", "([…])"},
		{[]string{"http://t.example/karimi"}, "ftp://www.t.example/karimi/?a=b&c https://open.example/a", "[…] https://open.example/a"},
		{[]string{"https://t.example/karimi"}, "فيt.example/karimi،", "في[…]،"},
		{[]string{"t.example/karimi"}, "https://m.t.example/karimi/diary", "[…]"},
		{[]string{"https://t.example/karimi"}, "https://foot.example/karimi", "https://foot.example/karimi"},
		{[]string{"https://t.example/karimi", "https://t.example/karimi/diary"}, "https://t.example/karimi/diary;https://t.example/other", "[…];https://t.example/other"},
		{[]string{"https://t.example"}, "t.example, t.examples and t.example/a", "[…], t.examples and […]"},
		{[]string{"https://t.example/%D8%B2%DB%8C"}, "t.example/زی و t.example/%d8%b2%db%8c", "[…] و […]"},
		{[]string{"https://t.example/زی"}, "t.example/زی و t.example/%D8%B2%DB%8C", "[…] و […]"},
		{[]string{"Government", "somebody who works at the exchange"}, "Government: somebody who works at the exchange.", "Government: […]."},
		{[]string{"https://t.example/karimi?utm_source=x&fbclid=1#top"}, "at https://t.example/karimi, and", "at […], and"},
		{[]string{"https://m.social.example/karimi"}, "at https://social.example/karimi", "at […]"},
		{[]string{"https://t.example/karimi"}, "at https://t.example:443/karimi", "at […]"},
		{[]string{"https://t.example:443/karimi"}, "at https://t.example/karimi", "at […]"},
		{[]string{"https://t.me/karimi/12"}, "at https://t.me/s/karimi/12", "at […]"},
		{[]string{"https://t.me/s/karimi/12"}, "at https://t.me/karimi/12", "at […]"},
		{[]string{"https://t.example/~karimi"}, "at https://t.example/%7Ekarimi", "at […]"},
		{[]string{"https://t.example/a?x=1&y=2"}, "at https://t.example/a?x=1&amp;y=2", "at […]"},
		{[]string{"https://social.example/#!/karimi"}, "https://social.example/other", "https://social.example/other"},
		{[]string{"https://m.example/a"}, "https://example/a and m.example/a", "https://example/a and […]"},
		{[]string{"https://خبر.example/z"}, "at https://xn--ngblk.example/z, خبر.example/z", "at […], […]"},
		{[]string{"https://www.xn--ngblk.example"}, "at خبر.example and XN--NGBLK.example", "at […] and […]"},
		{[]string{"https://новости.рф"}, "at новости.рф, they say", "at […], they say"},
		{[]string{"https://خبر.ایران"}, "at خبر.ایران/z and خبر.ایران", "at […] and […]"},
		{[]string{"z@mail.example"}, "write to Z@mail.example, they say", "write to […], they say"},
		{[]string{"@karimi_z"}, "told by @Karimi_z first", "told by […] first"},
		{[]string{"@karimi"}, "told by @karimis first", "told by @karimis first"},
		{[]string{"Zeinab Karimi of the bakery"}, "told by zeinab  karimi of the Bakery.", "told by […]."},
		{nil, "https://t.example/karimi", "https://t.example/karimi"},
	} {
		u := &untold{}
		u.add(c.says...)
		if got := u.withoutSure(c.text); got != c.want {
			t.Errorf("%q without %q is %q, not %q", c.text, c.says, got, c.want)
		}
	}
	u := (*untold)(nil).with([]Source{{URL: "https://t.example/a?b=1&c=2"}, {Text: "Government"}})
	if got := u.inDoc(`[{"kind":"report","url":"http://t.example/a?b=1\u0026c=2"},{"url":"https://t.example/b"}]`); got != `[{"kind":"report","url":"[…]"},{"url":"https://t.example/b"}]` {
		t.Errorf("in a list: %s", got)
	}
	for text, want := range map[string]string{"Government": "[…]", "t.example/a?b=1&c=2": "[…]", "": ""} {
		if got := u.without(text); got != want {
			t.Errorf("%q as a whole is %q", text, got)
		}
	}
	if u.beside([]Source{{URL: "http://T.example/a?b=1&c=2"}, {Text: "Government"}}).is("https://t.example/a?b=1&c=2") {
		t.Error("what a row says itself is beside it")
	}
}
