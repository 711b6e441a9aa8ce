package evidence

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
)

// farewell is what somebody wants withdrawn: an item, or one consent for it.
type farewell struct {
	use     Use // "" for the item
	reason  string
	version int64
	sure    string // names all of it
}

func readFarewell(said url.Values) (f farewell, err error) {
	f = farewell{use: Use(said.Get("use")), reason: oneLine(said.Get("reason")), version: number(said, "version")}
	f.sure = hashText(fmt.Sprint(f.use, "\n", f.reason, "\n", f.version))
	var wrong []fault.Field
	if f.use != "" && !slices.Contains(Uses(), f.use) {
		wrong = append(wrong, fault.Field{Name: "use", Key: "evidence.need_use"})
	}
	if err := checkReason(f.reason); err != nil {
		wrong = append(wrong, fault.Fields(err)...)
	}
	return f, fault.Mend(wrong...)
}

// doWithdraw withdraws once it was shown what follows of it.
func (w *Web) doWithdraw(v *desk.Visit, it Item) (shown bool, err error) {
	f, err := readFarewell(v.Form())
	if err == nil {
		err = atVersion(it, f.version)
	}
	if err != nil || v.Value("sure") != f.sure {
		return false, err
	}
	if f.use == "" {
		_, err = w.s.Withdraw(v.R.Context(), v.Actor, it.Ref, f.version, f.reason)
	} else {
		_, err = w.s.WithdrawConsent(v.R.Context(), v.Actor, it.Ref, f.version, f.use, f.reason)
	}
	return true, err
}

func (w *Web) fillWithdraw(ctx context.Context, a *actForm) error {
	a.d.Hidden["version"] = fmt.Sprint(a.it.Version)
	var given []string
	for _, u := range Uses() {
		if *a.it.Of(u) == Yes {
			given = append(given, string(u))
		}
	}
	a.d.Controls = []control{a.b.list("use", "", "use", given, a.b.x.T("evidence.use.item")), a.b.field("reason", "", maxLine)}
	if a.f == nil {
		return nil
	}
	f, err := readFarewell(a.f.said)
	if err != nil || f.version != a.it.Version {
		return nil // what is wrong is said already
	}
	if a.d.Follows, err = w.follows(ctx, a, f); err != nil {
		return err
	}
	a.d.FollowsTitle, a.d.Do, a.d.Sure = a.b.x.T("evidence.page.follows"), a.b.x.T("evidence.do_button.withdraw"), f.sure
	return nil
}

// follows are the consequences of a withdrawal, in words.
func (w *Web) follows(ctx context.Context, a *actForm, f farewell) ([]string, error) {
	t := func(key string, args ...any) string { return a.b.x.T("evidence.follows."+key, args...) }
	used, err := w.s.PublicationsUsing(ctx, a.v.Actor, a.it.Ref)
	if err != nil {
		return nil, err
	}
	out := []string{t("unused")}
	if len(used) > 0 {
		out = []string{t(w.remains(a.it, f.use), "list", a.b.x.Isolate(strings.Join(used, ", "))), t("releases")}
	}
	if f.use != "" {
		return append(out, t("consent", "use", a.b.x.T("evidence.use."+string(f.use))), t("again")), nil
	}
	return append(out, t("closed", "ref", a.b.x.Isolate(a.it.Ref)), t("proves"), t("final")), nil
}

// remains tells what is still told in public of an item when a consent for it, or
// all of it, was withdrawn: the key of a sentence.
func (w *Web) remains(it Item, use Use) string {
	if use == "" {
		return "used"
	}
	*it.Of(use) = No
	told, any := it.public(holdings{}, w.s.now())
	switch {
	case !any:
		return "used"
	case told.URL == "" && told.Title == "":
		return "used_exists"
	}
	return "used_stays"
}
