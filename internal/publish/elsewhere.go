package publish

import (
	"net/http"
	"net/url"

	"keepiton/internal/incident"
	"keepiton/internal/platform/page"
)

// Why a page does not answer for the edition an address asks for: keys of the
// sentence that says so.
const (
	OnlyToday = "publish.elsewhere.today"  // its figures are the record's
	NoFigures = "publish.elsewhere.same"   // it says the same for every edition
	TwoOfThem = "publish.elsewhere.chosen" // it compares two others
)

// Elsewhere is the notice above a page that cannot answer for the edition its
// address asks for: it says why, and leads to the pages that can, the list with
// what of f it can choose by. It is nil when the address asks for the record;
// the error is that of [Deps.Edition].
func (d Deps) Elsewhere(r *http.Request, why string, f incident.Filter) (*page.Notice, error) {
	ed, err := d.Edition(r.Context(), r)
	if err != nil || ed.ID == incident.RecordEdition {
		return nil, err
	}
	f.Query, f.After = "", "" // words are indexed for the record alone, and its places are not the edition's
	x := d.Speaker(r).X
	n := &page.Notice{Text: x.T(why, "label", ed.Label)}
	for _, to := range []struct {
		key, path string
		query     url.Values
	}{
		{"publish.nav.incidents", "/incidents", f.Values()}, {"publish.nav.countries", "/countries", nil}, {"publish.nav.years", "/years", nil},
		{"publish.nav.trends", "/trends", nil}, {"publish.nav.map", "/map", nil},
	} {
		if to.query == nil {
			to.query = url.Values{}
		}
		to.query.Set(EditionParam, ed.Label)
		n.Links = append(n.Links, page.Link{Text: x.T(to.key), Href: to.path + "?" + to.query.Encode()})
	}
	return n, nil
}
