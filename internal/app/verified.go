package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/evidence"
	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/publish"
	"keepiton/internal/verify"
)

// verification tells readers what stands behind a public incident: no name of a
// person, no organisation but under its public name, and of the evidence only how
// much of which class may be told of.
type verification struct {
	q       db.Querier
	record  *incident.Service
	work    *casework
	members *coalition.Service
	texts   *i18n.Catalogue
}

// Verification implements publish.Verification.
func (x verification) Verification(ctx context.Context, ref, lang string) (publish.Verified, bool, error) {
	behind, found, err := x.work.cases.Behind(ctx, x.q, ref)
	if err != nil || !found {
		return publish.Verified{}, false, err
	}
	inc, err := x.record.Get(ctx, incident.RecordEdition, ref)
	if err != nil || !inc.Desk { // taken up at the desk, and nothing published from there yet
		return publish.Verified{}, false, err
	}
	var out publish.Verified
	if u, urgent, err := x.work.cases.Urgency(ctx, x.q, ref); err != nil {
		return out, false, err
	} else if urgent {
		mask, err := x.record.Mask(ctx)
		if err != nil {
			return out, false, err
		}
		out.Urgent = &publish.Urgency{Reason: mask(u.Reason), Signed: u.Signed}
	}
	names, err := x.members.PublicNames(ctx, x.texts.For(lang))
	if err != nil {
		return out, false, err
	}
	for _, s := range behind.Signatures {
		out.Signed = append(out.Signed, publish.Signatory{Organisation: names[s.Organisation], At: time.UnixMicro(s.At).UTC()})
	}
	then, now, err := x.told(ctx, behind)
	if err != nil {
		return out, false, err
	}
	out.Weaker = weaker(then, now, behind.Links)
	for _, c := range verify.Claims() {
		claim := publish.VerifiedClaim{Claim: string(c), Rung: verify.ClaimFloor(now, behind.Links, c)}
		for _, g := range behind.Grades {
			if g.Claim == c {
				claim.Grade = g.Grade
			}
		}
		if claim.For, err = x.count(ctx, behind, c, verify.For); err != nil {
			return out, false, err
		}
		if claim.Against, err = x.count(ctx, behind, c, verify.Against); err != nil {
			return out, false, err
		}
		for _, d := range behind.Dissents {
			if d.Claim == string(c) {
				claim.Dissent = append(claim.Dissent, publish.Dissent{Organisation: names[d.Organisation], At: time.UnixMicro(d.At).UTC(), Settled: d.Settled != nil && *d.Settled <= behind.At})
			}
		}
		if claim.Grade != "" || len(claim.For)+len(claim.Against)+len(claim.Dissent) > 0 || stated(c, inc.Facts) {
			out.Claims = append(out.Claims, claim)
		}
	}
	return out, true, nil
}

// weaker tells that what is left proves less than what was told when the incident
// became public.
func weaker(then, now []verify.Item, links []verify.Link) bool {
	return verify.Floor(now, links) != verify.Floor(then, links)
}

// told are the items that were told of when the incident became public, and those of
// them that may be told of now, as the ladder sees them.
func (x verification) told(ctx context.Context, behind verify.Backing) (then, now []verify.Item, err error) {
	list, err := evidence.ItemsByID(ctx, x.q, slices.Collect(maps.Keys(behind.Told)))
	if err != nil {
		return nil, nil, err
	}
	for i, item := range exhibitsOf(list) {
		it := list[i]
		was := item
		if was.Unused, err = evidence.UnusedThen(behind.Told[it.ID]); err != nil {
			return nil, nil, err
		}
		was.Withdrawn = false
		then = append(then, was)
		_, may, err := x.work.items.ForPublication(ctx, x.q, it.ID)
		if err != nil {
			return nil, nil, err
		}
		if may {
			now = append(now, item)
		}
	}
	return then, now, nil
}

// count counts the items on one side of a claim by class: those that were told of
// when it became public, under the class that was signed, as long as they may be
// told of.
func (x verification) count(ctx context.Context, behind verify.Backing, c verify.Claim, side verify.Side) ([]publish.ClassCount, error) {
	n := map[string]int{}
	for _, l := range behind.Links {
		then, told := behind.Told[l.Item]
		if l.Claim != c || l.Side != side || !told {
			continue
		}
		p, may, err := x.work.items.StillTold(ctx, x.q, l.Item, then)
		if err != nil {
			return nil, err
		}
		switch {
		case !may:
		case p.Kind == "":
			n["confidential"]++
		default:
			n[string(p.Class)]++
		}
	}
	var out []publish.ClassCount
	for _, class := range []string{"T", "H", "O", "I", "N", "M", "D", "confidential"} {
		if n[class] > 0 {
			out = append(out, publish.ClassCount{Class: class, N: n[class]})
		}
	}
	return out, nil
}

// stated tells whether facts say anything to a claim.
func stated(c verify.Claim, f *incident.Facts) bool {
	switch c {
	case verify.Where, verify.When, verify.What:
		return true
	case verify.How:
		return f.Measure.Mechanism != "" || len(f.Operators) > 0
	case verify.Who:
		return f.OrderedBy() != "" || f.DecidedBy() != ""
	case verify.Why:
		return f.Cause.Term != "" || f.Reason.Term != ""
	}
	return len(f.Groups)+len(f.Cost) > 0 || f.Note("event") != "" || slices.ContainsFunc(f.Flags, func(x incident.Flag) bool { return x.State == incident.Yes })
}
