package site

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// disputeBox is what an incident page says of disputes.
type disputeBox struct {
	Lines []publish.DisputeLine
	More  string
	Form  string
}

// How many disputes an incident page lists, and how many of these wait for an
// answer: anybody can file one, and what the coalition said has to stay in sight.
const (
	disputesHere = 50
	waitingHere  = 5
)

// disputes is the box of an incident as it stands; a frozen edition has none.
func (s *Site) disputes(ctx context.Context, v voice, ref, label string) (*disputeBox, error) {
	if s.d.Disputes == nil || label != "" {
		return nil, nil
	}
	list, err := s.d.Disputes.About(ctx, ref, disputesHere+1)
	if err != nil {
		return nil, err
	}
	out := &disputeBox{Form: "/incidents/" + ref + "/dispute"}
	waits := slices.IndexFunc(list, func(d publish.Dispute) bool { return d.State == "open" })
	if waits < 0 {
		waits = len(list)
	}
	if most := min(disputesHere, waits+waitingHere); len(list) > most {
		list, out.More = list[:most], v.T("site.dispute.more_waiting")
	}
	out.Lines = v.DisputeLines(list)
	return out, nil
}

// correctionsPage is GET /corrections: one month of the log.
type correctionsPage struct {
	Title          string
	Disputes       []publish.DisputeLine
	MoreDisputes   string
	Lines          []correctionLine
	None           string
	More           string // address of the next part of the month
	Earlier, Later *page.Link
}

// correctionLine is one step of one incident.
type correctionLine struct {
	Date, Ref, Path, Title, Why string
	Batch                       string // of many incidents that were coded anew at once; Ref is one of them
	What                        []string
}

// Lines of a page of the log.
const (
	correctionsHere = 20
	disputedHere    = 10
)

// corrections shows a month of the log, the newest with anything in it where
// none is named.
func (s *Site) corrections(w http.ResponseWriter, r *http.Request) error {
	q, err := publish.Asked(r, "month", "after")
	if err != nil {
		return err
	}
	v, ctx := s.voice(r), r.Context()
	month, err := s.monthAsked(ctx, q.Get("month"))
	if err != nil {
		return err
	}
	out := correctionsPage{Title: v.T("site.corrections.title"), None: v.T("site.corrections.empty")}
	if !month.IsZero() {
		if err := s.fillMonth(ctx, v, &out, month, q.Get("after")); err != nil {
			return err
		}
	}
	canonical := "/corrections"
	if q.Get("month") != "" {
		canonical += "?month=" + month.Format("2006-01")
	}
	return s.show(w, r, page.Page{Title: out.Title, Description: v.T("site.corrections.lead"), Body: "site.corrections", Section: "corrections", Data: out,
		Canonical: canonical, Noindex: q.Get("after") != "",
		Feeds: []page.Feed{{Title: v.T("site.corrections.title"), Path: "/feeds/changes.atom", Type: "application/atom+xml"}}})
}

// monthAsked reads a month, or finds the newest one; zero where there is none.
func (s *Site) monthAsked(ctx context.Context, text string) (time.Time, error) {
	if text != "" {
		m, err := time.Parse("2006-01", text)
		if err != nil {
			return m, fault.Wrap(err, fault.NotFound, "")
		}
		return m, nil
	}
	return s.monthBeside(ctx, s.d.Today().AddDate(0, 1, 0), -1)
}

// monthBeside is the nearest month before (-1) or after (1) a time in which
// something was corrected or disputed; zero where there is none.
func (s *Site) monthBeside(ctx context.Context, t time.Time, dir int) (time.Time, error) {
	at, found, err := s.d.Record.ChangeBeside(ctx, t, dir)
	if err != nil {
		return time.Time{}, err
	}
	if s.d.Disputes != nil {
		other, also, err := s.d.Disputes.Beside(ctx, t, dir)
		if err != nil {
			return time.Time{}, err
		}
		if also && (!found || dir < 0 == other.After(at)) {
			at, found = other, true
		}
	}
	if !found {
		return time.Time{}, nil
	}
	at = at.UTC()
	return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC), nil
}

func (s *Site) fillMonth(ctx context.Context, v voice, out *correctionsPage, month time.Time, after string) error {
	end := month.AddDate(0, 1, 0)
	out.Title, out.None = v.T("site.corrections.title_of", "month", v.Date(month.Format("2006-01"))), v.T("site.corrections.none")
	list, next, err := s.d.Record.ChangesBetween(ctx, month, end, after, correctionsHere)
	if err != nil {
		return err
	}
	if next != "" {
		out.More = "/corrections?" + url.Values{"month": {month.Format("2006-01")}, "after": {next}}.Encode()
	}
	if out.Lines, err = s.correctionLines(ctx, v, list); err != nil {
		return err
	}
	if s.d.Disputes != nil && after == "" {
		disputes, err := s.d.Disputes.Between(ctx, month, end, disputedHere+1)
		if err != nil {
			return err
		}
		if len(disputes) > disputedHere {
			disputes, out.MoreDisputes = disputes[:disputedHere], v.T("site.dispute.more")
		}
		out.Disputes = v.DisputeLines(disputes)
		for i, d := range disputes {
			if !d.Changed.Before(end) { // filed in this month, and changed later
				out.Disputes[i].Changed = out.Disputes[i].Filed
			}
		}
	}
	for _, x := range []struct {
		key  string
		from time.Time
		dir  int
		link **page.Link
	}{{"site.corrections.earlier", month, -1, &out.Earlier}, {"site.corrections.later", end, 1, &out.Later}} {
		m, err := s.monthBeside(ctx, x.from, x.dir)
		if err != nil {
			return err
		}
		if !m.IsZero() {
			*x.link = &page.Link{Text: v.T(x.key, "month", v.Date(m.Format("2006-01"))), Href: "/corrections?month=" + m.Format("2006-01")}
		}
	}
	return nil
}

// correctionLines says changes. Of an incident that readers cannot see any more
// only its withdrawal is told.
func (s *Site) correctionLines(ctx context.Context, v voice, list []incident.Recent) ([]correctionLine, error) {
	var refs []string
	for _, c := range list {
		refs = append(refs, c.Ref)
	}
	rows, err := s.d.Record.NewestOf(ctx, refs)
	if err != nil {
		return nil, err
	}
	back, err := s.d.Record.TakenBack(ctx, refs)
	if err != nil {
		return nil, err
	}
	var out []correctionLine
	for _, c := range list {
		if kind := c.Kind(); kind == incident.ChangeDisputed || kind == incident.ChangeSettled {
			continue // disputes have a list of their own beside this
		}
		line := correctionLine{Date: v.instant(int64(c.At)), Ref: c.Ref, Path: "/incidents/" + c.Ref}
		row, seen := rows[c.Ref]
		if c.Batch > 1 { // told of all of them: which one stands first says nothing
			line.Batch = v.T("site.corrections.batch", "n", c.Batch)
			if !seen {
				line.Ref = ""
			}
		} else if !seen {
			was, ours := back[c.Ref]
			if !c.Withdraws() || ours && !c.Ends() {
				continue
			}
			line.Why, line.Path = v.T("site.corrections.withdrawn"), ""
			if ours {
				line.Title, line.Why = v.Mark(true, v.Coarse(was.Facts)), v.ChangeText(c.Change)
			}
			out = append(out, line)
			continue
		}
		if line.Batch == "" {
			line.Title = v.TitleOf(row)
		}
		step := v.history([]incident.Change{c.Change})[0]
		line.Why, line.What = step.Why, step.What
		out = append(out, line)
	}
	return out, nil
}
