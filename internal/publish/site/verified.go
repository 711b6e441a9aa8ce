package site

import (
	"context"

	"keepiton/internal/incident"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/publish"
)

// verifiedBox says how an incident of the desk was verified.
type verifiedBox struct {
	Signed string
	Note   string // what the signatures mean, once there are enough
	Weaker string // said when what stands behind it proves less by now
	Claims []verifiedLine
}

// verifiedLine is a claim with what speaks for and against it.
type verifiedLine struct {
	Claim, Grade, For, Against string
	Dissent                    []string
}

// addVerified adds what a page says of how the incident was verified, and of what is
// urgent how it stands. An incident of a sheet has none of it, nor has an edition:
// what stands behind the record is no part of an older one.
func (s *Site) addVerified(ctx context.Context, v voice, out *incidentPage, inc *incident.Incident, ed incident.Edition) error {
	urgency := publish.Urgency{}
	if s.d.Verification != nil && inc.Desk && ed.ID == incident.RecordEdition {
		is, found, err := s.d.Verification.Verification(ctx, inc.Ref, v.Lang.Tag)
		if err != nil {
			return err
		}
		if found {
			out.Verified = v.verified(inc, is)
		}
		if is.Urgent != nil {
			urgency = *is.Urgent
		}
	}
	if inc.Urgent == nil {
		return nil
	}
	out.Standing = v.T("site.incident.urgent."+v.signedSoFar(urgency), "until", v.Moment(*inc.Urgent))
	if urgency.Reason != "" {
		out.Urgency = v.T("site.incident.urgent.reason", "reason", clip(urgency.Reason, 2000))
	}
	return nil
}

// signedSoFar is how many organisations have signed what is urgent, as a word.
func (v voice) signedSoFar(u publish.Urgency) string {
	return [3]string{"none", "one", "two"}[min(u.Signed, 2)]
}

// verified is the part of the page that says it.
func (v voice) verified(inc *incident.Incident, is publish.Verified) *verifiedBox {
	out := &verifiedBox{Signed: v.T("site.verified.unsigned")}
	var signed []string
	for _, x := range is.Signed {
		signed = append(signed, v.T("site.verified.signatory", "organisation", x.Organisation, "date", v.Date(x.At.Format("2006-01-02"))))
	}
	if len(signed) > 0 {
		out.Signed = v.T("site.verified.signed", "who", i18n.Phrase(v.List(signed)))
	}
	if is.Urgent != nil { // what organisations sign now is not what stands here yet
		out.Signed = v.T("site.verified.urgent." + v.signedSoFar(*is.Urgent))
	}
	if inc.Urgent == nil {
		out.Note = v.T("site.verified.note")
	}
	if is.Weaker {
		out.Weaker = v.T("site.verified.weaker")
	}
	for _, c := range is.Claims {
		line := verifiedLine{Claim: v.T("site.verified.claim." + c.Claim), Grade: v.T("site.verified.grade.none"), For: v.classes(c.For), Against: v.classes(c.Against)}
		switch {
		case c.Grade != "":
			line.Grade = v.T("site.verified.grade." + c.Grade)
		case c.Rung != "": // nobody said how sure they are; how it is proved can be said
			line.Grade = v.T("site.verified.rung." + c.Rung)
		}
		for _, d := range c.Dissent {
			key := "site.verified.dissent"
			if d.Settled {
				key = "site.verified.dissent_settled"
			}
			line.Dissent = append(line.Dissent, v.own(v.T(key, "organisation", v.X.Isolate(d.Organisation), "date", v.Date(d.At.Format("2006-01-02")))))
		}
		if line.For == "" {
			line.For = v.T("site.verified.nothing")
		}
		out.Claims = append(out.Claims, line)
	}
	return out
}

// classes says how much evidence of which class there is.
func (v voice) classes(list []publish.ClassCount) string {
	var out []string
	for _, x := range list {
		out = append(out, v.T("site.verified.items", "class", v.T("site.verified.class."+x.Class), "count", v.N(x.N)))
	}
	return v.List(out)
}
