package feed

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// changes is GET /feeds/changes: what was corrected in the record, newest
// first. Names of those who did it stay inside.
func (f *Feed) changes(form form) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := publish.Asked(r); err != nil {
			return err
		}
		origin, err := f.origin(r)
		if err != nil {
			return err
		}
		list, err := f.d.Record.RecentChanges(r.Context(), maxItems)
		if err != nil {
			return err
		}
		var refs []string
		for _, c := range list {
			refs = append(refs, c.Ref)
		}
		rows, err := f.d.Record.NewestOf(r.Context(), refs)
		if err != nil {
			return err
		}
		sp := f.d.In(page.Of(r).Lang)
		d, err := f.document(r.Context(), sp, origin, "/feeds/changes"+form.ext, "/data#changed")
		if err != nil {
			return err
		}
		d.Title, d.Subtitle = sp.X.T("feed.changes"), sp.X.T("feed.subtitle")
		for _, c := range list {
			if it, ok := change(sp, origin, c, rows); ok {
				d.Items = append(d.Items, it)
			}
		}
		return f.sendFeed(w, r, form, d)
	}
}

// change is one step of the history as an entry, or what was coded anew in a batch. Of an incident that readers
// cannot see any more only its withdrawal is told.
func change(sp publish.Speaker, origin string, c incident.Recent, rows map[string]incident.Row) (item, bool) {
	if c.Batch > 1 { // told of all of them: which one stands first says nothing
		log := origin + i18n.Path(sp.X.Lang.Tag, "/corrections")
		return item{ID: log + "#coded-" + strconv.FormatInt(int64(c.At), 36), URL: log + "?month=" + c.At.Time().Format("2006-01"), Updated: c.At.Time(),
			Title: sp.X.T("feed.batch", "n", c.Batch), Summary: changeText(sp, c.Change)}, true
	}
	address := origin + i18n.Path(sp.X.Lang.Tag, "/incidents/"+c.Ref)
	it := item{ID: address + "#revision-" + strconv.FormatInt(c.Revision, 10), URL: address, Updated: c.At.Time()}
	row, seen := rows[c.Ref]
	if !seen {
		it.Title, it.Summary = sp.X.T("feed.withdrawn", "ref", c.Ref), sp.X.T("feed.withdrawn_text")
		if c.Ends() {
			it.Summary = sp.ChangeText(c.Change)
		}
		if c.Kind() == incident.ChangeLapsed {
			it.Title = sp.X.T("feed.lapsed", "ref", c.Ref)
		}
		return it, c.Withdraws()
	}
	it.Title = fmt.Sprintf("%s: %s", c.Ref, sp.TitleOf(row))
	it.Summary = changeText(sp, c.Change)
	return it, true
}

// changeText says what was changed, and why.
func changeText(sp publish.Speaker, c incident.Change) string {
	what := ""
	if list := sp.Changes(c.Diff); len(list) > 0 {
		what = sp.X.T("feed.changed", "fields", strings.Join(list, "; "))
	}
	if c.Origin == "import" {
		return sp.X.T("feed.changed_import", "label", c.Reason) + " " + what
	}
	return strings.TrimSpace(strings.TrimRight(sp.ChangeText(c), ". ") + ". " + what)
}

// clip cuts a text to n letters.
func clip(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
