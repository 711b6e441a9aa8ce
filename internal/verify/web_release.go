package verify

import (
	"context"
	"slices"
	"strconv"
	"time"

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
}

type releaseRow struct {
	Label, Says, State, Note, Digest string
	Signed                           []string
	Sign, Cut, Withdraw, Public      string // paths, "" for what cannot be done
	Why                              string
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
	return x.page(page.Page{Title: x.T("verify.release.title"), Body: "verify.releases", Section: "releases", Data: d}, f)
}

func (x *view) releaseRow(_ context.Context, p Proposal, signed []ReleaseSignature) (releaseRow, error) {
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
	if p.State != "open" {
		return r, nil
	}
	if len(orgs) >= 2 {
		r.State = x.T("verify.release.state.signed")
	}
	base := releasesPath + "/" + strconv.FormatInt(p.ID, 10)
	_, noEditor := worldwide(x.Actor, desk.Editor, 0)
	_, noVerifier := worldwide(x.Actor, desk.Verifier, 0)
	mine := slices.ContainsFunc(signed, func(s ReleaseSignature) bool { return s.Person == x.Person })
	switch {
	case len(orgs) >= 2: // nothing more is wanted
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
