package site

import (
	"context"

	"keepiton/internal/incident"
	"keepiton/internal/publish"
)

// verifiedBox says how an incident of the desk was verified.
type verifiedBox struct {
	Signed string
	Note   string // what the signatures mean, once there are enough
	Claims []verifiedLine
}

// verifiedLine is a claim with what speaks for and against it.
type verifiedLine struct{ Claim, Grade, For, Against string }

// verified is the part of the page that says it; nil for an incident of a sheet,
// and in an edition: what stands behind the record is no part of an older one.
func (s *Site) verified(ctx context.Context, v voice, inc *incident.Incident, ed incident.Edition) (*verifiedBox, error) {
	if s.d.Verification == nil || !inc.Desk || ed.ID != incident.RecordEdition {
		return nil, nil
	}
	is, found, err := s.d.Verification.Verification(ctx, inc.Ref, v.Lang.Tag)
	if err != nil || !found {
		return nil, err
	}
	out := &verifiedBox{Signed: v.T("site.verified.unsigned")}
	var signed []string
	for _, x := range is.Signed {
		signed = append(signed, v.own(v.T("site.verified.signatory", "organisation", v.X.Isolate(x.Organisation), "date", v.Date(x.At.Format("2006-01-02")))))
	}
	if len(signed) > 0 {
		out.Signed = v.T("site.verified.signed", "who", v.List(signed))
	}
	if inc.Urgent == nil {
		out.Note = v.T("site.verified.note")
	}
	for _, c := range is.Claims {
		line := verifiedLine{Claim: v.T("site.verified.claim." + c.Claim), Grade: v.T("site.verified.grade.none"), For: v.classes(c.For), Against: v.classes(c.Against)}
		if c.Grade != "" {
			line.Grade = v.T("site.verified.grade." + c.Grade)
		}
		if line.For == "" {
			line.For = v.T("site.verified.nothing")
		}
		out.Claims = append(out.Claims, line)
	}
	return out, nil
}

// classes says how much evidence of which class there is.
func (v voice) classes(list []publish.ClassCount) string {
	var out []string
	for _, x := range list {
		out = append(out, v.T("site.verified.items", "class", v.T("site.verified.class."+x.Class), "count", v.N(x.N)))
	}
	return v.List(out)
}
