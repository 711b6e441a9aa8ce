package digest

import (
	"context"
	"errors"
	"testing"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

func TestCatalogueIsComplete(t *testing.T) {
	c, err := i18n.Load(page.Texts(), desk.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range i18n.Check(c) {
		t.Error(problem)
	}
	for _, l := range c.Langs() {
		for _, kind := range []string{Due, Sign, Handed, Publish, Shaky, Calls, Consent, Releases, Cut, Recodings, Disputes} {
			for _, form := range []string{"kind", "more"} {
				if key := "digest." + form + "." + kind; !c.For(l.Tag).Has(key) {
					t.Errorf("%s: %s is missing", l.Tag, key)
				}
			}
		}
	}
}

// TestHowMuchIsTold: five by reference, the others as a number, and of very much that
// it is more than was counted.
func TestHowMuchIsTold(t *testing.T) {
	c, err := i18n.Load(page.Texts(), desk.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	waits := func(n int) Source {
		return Source{Sign, func(context.Context, desk.Actor) (desk.Waiting, error) {
			return desk.WaitingOf(make([]desk.Pending, n)), nil
		}}
	}
	for _, x := range []struct {
		n, count, named int
		says, rest      string
	}{
		{1, 1, 1, "1 case waits for your signature", ""}, {5, 5, 5, "5 cases wait for your signature", ""}, {7, 7, 5, "7 cases wait for your signature", "And 2 more."},
		{100, 100, 5, "100 cases wait for your signature", "And 95 more."}, {101, 100, 5, "More than 100 cases wait for your signature", "And more than fit here."},
	} {
		s := New(waits(0), waits(x.n))
		list, err := s.For(t.Context(), desk.Actor{})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		p := partOf(c.For("en"), list[0])
		if n, err := s.Count(t.Context(), desk.Actor{}); err != nil || n != x.count || len(p.Lines) != x.named || p.Says != x.says || p.Rest != x.rest {
			t.Errorf("%d: %d %v %+v", x.n, n, err, p)
		}
	}
	broken := Source{Due, func(context.Context, desk.Actor) (desk.Waiting, error) { return desk.Waiting{}, errors.New("a test") }}
	if _, err := New(waits(3), broken).Count(t.Context(), desk.Actor{}); err == nil {
		t.Error("what could not be asked is not told as nothing")
	}
	list, _ := New(waits(3)).For(t.Context(), desk.Actor{})
	for n, list := range map[int][]Waits{0: nil, 3: list} {
		if got, err := New(broken).Count(with(t.Context(), list), desk.Actor{}); err != nil || got != n {
			t.Errorf("a request that knows of %d counts %d, %v", n, got, err)
		}
	}
}
