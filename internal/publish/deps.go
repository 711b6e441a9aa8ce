package publish

import (
	"context"
	"net/http"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/page"
)

// Deps is what every room of the public site works with. app sets it up once.
type Deps struct {
	Record *incident.Service
	Shell  *page.Shell
	Origin string           // scheme and host as set up, "" when addresses follow the reader (page.Shell.Origin)
	Today  func() time.Time // the clock; its date is "today" on the pages

	Demonstration bool // what comes from the desk is invented, and bears a mark

	Disputes     Disputes     // nil: nobody can dispute anything
	Verification Verification // nil: nothing is said of how incidents were verified
}

// Speaker speaks the language of the request.
func (d Deps) Speaker(r *http.Request) Speaker { return d.In(page.Of(r).Lang) }

// In is the speaker of a language.
func (d Deps) In(lang string) Speaker {
	return Speaker{X: d.Shell.Words(lang), Tax: d.Record.Taxonomy(), Invented: d.Demonstration}
}

// EditionParam is the address parameter that chooses a release or an imported
// sheet; without it an address shows the record as it stands.
const EditionParam = "release"

// SheetDate is the day the newest imported sheet speaks for: the record may be
// of today and its data older. "" when no sheet says its day.
func (d Deps) SheetDate(ctx context.Context) (string, error) {
	list, err := d.Record.Editions(ctx)
	return NewestSheet(list), err
}

// NewestSheet is [Deps.SheetDate] of editions at hand.
func NewestSheet(list []incident.Edition) string {
	newest := ""
	for _, e := range list {
		if e.Kind == "sheet" || e.Kind == "starter" {
			newest = max(newest, e.AsOf)
		}
	}
	return newest
}

// KeepsDays tells whether an edition has counts day by day. Those of a sheet
// are not kept, because a sheet is imported to be counted by the year: there a
// day without a count says nothing, and must never be shown as a quiet day.
func KeepsDays(e incident.Edition) bool { return e.Kind != "sheet" && e.Kind != "starter" }

// Edition is the edition a request asks for.
func (d Deps) Edition(ctx context.Context, r *http.Request) (incident.Edition, error) {
	return d.Record.EditionByLabel(ctx, r.URL.Query().Get(EditionParam))
}
