package coalition

import (
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/page"
)

// doFeed makes the address of a person's feed. It stands in the answer and nowhere
// else.
func (w *Web) doFeed(v *desk.Visit) error {
	p, _, err := w.freshly(v)
	if err != nil {
		return err
	}
	secret, err := w.office.Accounts.NewFeed(v.R.Context(), p)
	if err != nil {
		return err
	}
	return plain.show(v, page.Page{Title: v.Words.T("coalition.feed.title"), Body: "coalition.feed", Section: "self", Data: v.Address(desk.FeedPath(secret))})
}

func (w *Web) dropFeed(v *desk.Visit) error {
	p, _, err := w.me(v)
	if err != nil {
		return err
	}
	if err := w.office.Accounts.DropFeed(v.R.Context(), p); err != nil {
		return err
	}
	return v.Go(desk.Self, "coalition.feed_removed")
}
