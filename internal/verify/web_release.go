package verify

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

// releasesPath is where releases are proposed and signed.
const releasesPath = "/desk/releases"

// releaseData is what views/release.html gets.
type releaseData struct {
	Rows    []releaseRow
	Propose bool
	Label   page.Field
	AsOf    page.Field
	Note    page.Field
	Summary page.Summary
	Path    string
	Since   *sinceData // what is new against the last release; nil while nothing is proposed
}

// sinceData is what whoever signs a release has to look at.
type sinceData struct {
	Lead string
	Rows []sinceRow
}

type sinceRow struct {
	Year                                           string
	Before, After, Added, Removed, Joined, Changed string
	Path                                           string // of the comparison, row by row
}

type releaseRow struct {
	Label, Says, State, Note, Digest string
	Signed                           []string
	Sign, Cut, Withdraw, Public      string // paths, "" for what cannot be done
	Why, Stale                       string
	Open                             bool
}

func (w *Web) releaseRoutes() []desk.Route {
	post := func(path string, needs desk.Role, do func(*desk.Visit) error) desk.Route {
		return desk.Route{Method: "POST", Path: releasesPath + path, Needs: needs, Do: do}
	}
	return []desk.Route{
		{Method: "GET", Path: releasesPath, Needs: desk.Verifier, Do: func(v *desk.Visit) error { return w.releases(v, nil) }},
		post("", desk.Editor, w.propose),
		post("/{id}/sign", desk.Verifier, w.onProposal("verify_release_signed", func(v *desk.Visit, id int64) error { return w.s.SignRelease(v.R.Context(), v.Actor, id, 0) })),
		post("/{id}/cut", desk.Editor, w.onProposal("verify_cut", func(v *desk.Visit, id int64) error { _, err := w.s.CutSigned(v.R.Context(), v.Actor, id); return err })),
		post("/{id}/withdraw", desk.Editor, w.onProposal("verify_withdrawn", func(v *desk.Visit, id int64) error { return w.s.WithdrawRelease(v.R.Context(), v.Actor, id) })),
	}
}

func (w *Web) propose(v *desk.Visit) error {
	var err error
	if asOf, bad := time.Parse(time.DateOnly, v.Value("as_of")); bad == nil && asOf.After(time.UnixMicro(w.s.now())) {
		err = fault.Mend(fault.Field{Name: "as_of", Key: "verify.release.future"})
	} else {
		_, err = w.s.Propose(v.R.Context(), v.Actor, v.Value("label"), v.Value("as_of"), v.Value("note"))
	}
	if err == nil {
		return v.Go(releasesPath, "verify_proposed")
	}
	if f := again(v, err); f != nil {
		return w.releases(v, f)
	}
	return err
}

// onProposal does something with the proposal of an address.
func (w *Web) onProposal(said string, do func(v *desk.Visit, id int64) error) func(*desk.Visit) error {
	return func(v *desk.Visit) error {
		id, err := strconv.ParseInt(v.R.PathValue("id"), 10, 64)
		if err != nil {
			return errNoClaim
		}
		if err := do(v, id); err != nil {
			if f := again(v, err); f != nil {
				return w.releases(v, f)
			}
			return err
		}
		return v.Go(releasesPath, said)
	}
}

func (w *Web) releases(v *desk.Visit, f *failed) error {
	x, err := w.view(v)
	if err != nil {
		return err
	}
	list, signed, err := w.s.Proposals(v.R.Context())
	if err != nil {
		return err
	}
	_, no := worldwide(v.Actor, desk.Editor, 0)
	d := releaseData{Propose: no == nil, Path: releasesPath}
	if f != nil {
		d.Summary = f.top
	}
	d.Label = page.Field{Name: "label", Label: x.T("verify.release.label"), Hint: x.T("verify.release.label_hint"), Value: f.value("label", ""), Error: f.error("label"), Max: 80}
	d.AsOf = page.Field{Name: "as_of", Label: x.T("verify.release.as_of"), Hint: "2026-01-31", Value: f.value("as_of", ""), Error: f.error("as_of"), Width: "s", Dir: "ltr", Max: 10}
	d.Note = page.Field{Name: "note", Label: x.T("verify.ask.note"), Value: f.value("note", ""), Rows: 2, Max: maxNote, Optional: true}
	for _, p := range list {
		r, err := x.releaseRow(v.R.Context(), p, signed[p.ID])
		if err != nil {
			return err
		}
		d.Rows = append(d.Rows, r)
	}
	if slices.ContainsFunc(list, func(p Proposal) bool { return p.State == "open" }) {
		if d.Since, err = x.since(v.R.Context()); err != nil {
			return err
		}
	}
	return x.page(page.Page{Title: x.T("verify.release.title"), Body: "verify.releases", Section: "releases", Data: d}, f)
}

// since counts in what the record differs from the release before, each year with
// the way to the rows.
func (x *view) since(ctx context.Context) (*sinceData, error) {
	last, found, err := x.w.s.Record.LastRelease(ctx)
	if err != nil {
		return nil, err
	}
	if !found {
		return &sinceData{Lead: x.T("verify.release.first")}, nil
	}
	record, err := x.w.s.Record.Edition(ctx, incident.RecordEdition)
	if err != nil {
		return nil, err
	}
	list, err := x.w.s.Record.Differences(ctx, last, record)
	if err != nil {
		return nil, err
	}
	out := &sinceData{Lead: x.T("verify.release.same", "label", x.Words.Isolate(last.Label))}
	if len(list) > 0 {
		out.Lead = x.T("verify.release.since", "label", x.Words.Isolate(last.Label))
	}
	for _, y := range list {
		out.Rows = append(out.Rows, sinceRow{strconv.Itoa(y.Year), x.Words.N(y.Counts[0]), x.Words.N(y.Counts[1]), x.Words.N(y.Added), x.Words.N(y.Removed), x.Words.N(y.Joined), x.Words.N(y.Changed),
			"/data/compare?" + url.Values{"from": {last.Label}, "to": {record.Label}, "year": {strconv.Itoa(y.Year)}}.Encode()})
	}
	return out, nil
}

func (x *view) releaseRow(ctx context.Context, p Proposal, signed []ReleaseSignature) (releaseRow, error) {
	r := releaseRow{Label: p.Label, Note: p.Note, Digest: p.Digest, State: x.T("verify.release.state." + p.State),
		Says: x.T("verify.release.says", "n", p.Entries, "as_of", x.Words.Date(p.AsOf), "who", x.Words.Isolate(x.name(p.Person)), "when", x.instant(p.At))}
	orgs := map[int64]bool{}
	for _, s := range signed {
		orgs[s.Organisation] = true
		r.Signed = append(r.Signed, x.T("verify.release.signed", "org", x.Words.Isolate(x.orgs[s.Organisation]), "who", x.Words.Isolate(x.name(s.Person)), "when", x.instant(s.At)))
	}
	if p.State == "cut" {
		r.Public = "/data"
	}
	if r.Open = p.State == "open"; !r.Open {
		return r, nil
	}
	if len(orgs) >= 2 {
		r.State = x.T("verify.release.state.signed")
	}
	if stale, err := x.w.s.Stale(ctx, p); err != nil {
		return r, err
	} else if stale {
		r.Stale, r.State = x.T("verify.release.changed"), x.T("verify.release.state.stale")
		orgs = nil // nothing of it can be signed or cut any more
	}
	base := releasesPath + "/" + strconv.FormatInt(p.ID, 10)
	_, noEditor := worldwide(x.Actor, desk.Editor, 0)
	_, noVerifier := worldwide(x.Actor, desk.Verifier, 0)
	mine := slices.ContainsFunc(signed, func(s ReleaseSignature) bool { return s.Person == x.Person })
	switch {
	case r.Stale != "" || len(orgs) >= 2: // nothing more is wanted
	case p.Person == x.Person:
		r.Why = x.T("verify.release.own")
	case noVerifier != nil:
		r.Why = x.T("verify.release.everywhere")
	case !mine:
		r.Sign = base + "/sign"
	}
	if noEditor == nil {
		r.Withdraw = base + "/withdraw"
		if len(orgs) >= 2 {
			r.Cut = base + "/cut"
		}
	}
	return r, nil
}
