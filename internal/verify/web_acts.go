package verify

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

// acts lists everything a form of a case can do.
func (w *Web) acts() []act {
	s := w.s
	onCase, onMore := w.showCase, w.moreAgain
	reason := func(v *desk.Visit) string { return v.Value("reason") }
	return []act{
		{path: "take", needs: desk.Contributor, said: "verify_taken", page: onCase,
			do: func(v *desk.Visit, ref string) error { return s.Lease(v.R.Context(), v.Actor, ref) }},
		{path: "release", needs: desk.Contributor, said: "verify_released", page: onCase,
			do: func(v *desk.Visit, ref string) error { return s.HandOver(v.R.Context(), v.Actor, ref, 0, nil, "") }},
		{path: "follow", needs: desk.Contributor, said: "verify_followed", page: onCase,
			do: func(v *desk.Visit, ref string) error { return s.Follow(v.R.Context(), v.Actor, ref) }},
		{path: "hand-over", needs: desk.Contributor, said: "verify_handed", at: "more", page: onMore, do: w.handOver},
		{path: "plan", needs: desk.Contributor, said: "verify_planned", at: "more", page: onMore, do: w.plan},
		{path: "rename", needs: desk.Contributor, said: "verify_renamed", at: "more", page: onMore,
			do: func(v *desk.Visit, ref string) error { return s.Rename(v.R.Context(), v.Actor, ref, v.Value("title")) }},
		{path: "park", needs: desk.Contributor, said: "verify_parked", at: "more", page: onMore,
			do: func(v *desk.Visit, ref string) error {
				return s.Park(v.R.Context(), v.Actor, ref, NeedsDetails, reason(v))
			}},
		{path: "reopen", needs: desk.Contributor, said: "verify_reopened", at: "more", page: onMore,
			do: func(v *desk.Visit, ref string) error { return s.Park(v.R.Context(), v.Actor, ref, Open, reason(v)) }},
		{path: "reject", needs: desk.Editor, said: "verify_rejected", at: "more", page: onMore,
			do: func(v *desk.Visit, ref string) error { return s.Park(v.R.Context(), v.Actor, ref, Rejected, reason(v)) }},
		{path: "leave", needs: desk.Editor, said: "verify_left", at: "more", page: onMore,
			do: func(v *desk.Visit, ref string) error { return s.Park(v.R.Context(), v.Actor, ref, Rejected, reason(v)) }},
		{path: "embargo", needs: desk.Editor, said: "verify_embargoed", at: "more", page: onMore, do: w.embargo},
		{path: "lift", needs: desk.Editor, said: "verify_lifted", at: "more", page: onMore,
			do: func(v *desk.Visit, ref string) error { return s.Embargo(v.R.Context(), v.Actor, ref, 0, reason(v)) }},
		{path: "merge", needs: desk.Editor, said: "", at: "more", page: onMore,
			do: func(v *desk.Visit, ref string) error {
				return s.Merge(v.R.Context(), v.Actor, ref, v.Value("into"), reason(v))
			}},
		{path: "split", needs: desk.Editor, said: "verify_split", at: "more", page: onMore, do: w.split},
		{path: "conceal", needs: desk.Editor, said: "verify_concealed", at: "more", page: onMore,
			do: func(v *desk.Visit, ref string) error {
				return s.Conceal(v.R.Context(), v.Actor, ref, v.Value("source"), reason(v))
			}},
		{path: "noted", needs: desk.Editor, said: "verify_answered", at: "sheets", page: w.askedAgain, back: backToSheets,
			do: func(v *desk.Visit, ref string) error {
				return s.Noted(v.R.Context(), v.Actor, ref, number(v, "item"))
			}},
		{path: "ask-again", needs: desk.Editor, said: "verify_asked_again", at: "sheets", page: w.askedAgain, back: backToSheets,
			do: func(v *desk.Visit, ref string) error {
				return s.AskAgain(v.R.Context(), v.Actor, ref, number(v, "item"))
			}},
		{path: "veil", needs: desk.Editor, said: "verify_veiled", at: "more", page: onMore,
			do: func(v *desk.Visit, ref string) error { return s.Veil(v.R.Context(), v.Actor, ref, true) }},
		{path: "unveil", needs: desk.Editor, said: "verify_unveiled", at: "more", page: onMore,
			do: func(v *desk.Visit, ref string) error { return s.Veil(v.R.Context(), v.Actor, ref, false) }},
		{path: "say", needs: desk.Reader, said: "verify_said", page: onCase, do: w.say,
			back: func(_ *desk.Visit, ref string) string { return path(ref) + "#talk" }},
		{path: "unsay", needs: desk.Reader, said: "verify_unsaid", page: onCase,
			do: func(v *desk.Visit, ref string) error { return s.Unsay(v.R.Context(), v.Actor, ref, number(v, "id")) }},
		{path: "attach", needs: desk.Contributor, said: "verify_attached", page: w.onClaim, do: w.attach, back: backToClaim},
		{path: "grade", needs: desk.Verifier, said: "verify_graded", page: w.onClaim, back: backToClaim,
			do: func(v *desk.Visit, ref string) error {
				return s.GradeClaim(v.R.Context(), v.Actor, ref, Claim(v.Value("claim")), number(v, "value"), v.Value("grade"), v.Value("note"))
			}},
		{path: "disagree", needs: desk.Contributor, said: "verify_disagreed", page: w.onClaim, back: backToClaim,
			do: func(v *desk.Visit, ref string) error {
				return s.Disagree(v.R.Context(), v.Actor, ref, Claim(v.Value("claim")), v.Value("body"), number(v, "organisation"))
			}},
		{path: "settle", needs: desk.Contributor, said: "verify_settled", page: w.onClaim, back: backToClaim,
			do: func(v *desk.Visit, ref string) error {
				return s.Settle(v.R.Context(), v.Actor, ref, number(v, "id"), v.Value("note"))
			}},
		{path: "sign", needs: desk.Verifier, said: "verify_signed", page: w.signAgain, do: w.sign},
		{path: "unsign", needs: desk.Reader, said: "verify_unsigned", at: "more", page: onMore,
			do: func(v *desk.Visit, ref string) error {
				return s.Unsign(v.R.Context(), v.Actor, ref, cmp.Or(number(v, "person"), v.Actor.Person), reason(v))
			}},
		{path: "declare", needs: desk.Verifier, said: "verify_declared", at: "sign", page: w.signAgain,
			do: func(v *desk.Visit, ref string) error {
				return renamed(s.Declare(v.R.Context(), v.Actor, ref, v.Value("interest")), "note", "interest")
			}},
		{path: "publish", needs: desk.Editor, said: "verify_published", page: w.publishAgain,
			do: func(v *desk.Visit, ref string) error {
				_, err := s.Publish(v.R.Context(), v.Actor, ref, reason(v), v.Value("kind") == "correction")
				return err
			}},
		{path: "publish-urgently", needs: desk.Editor, said: "verify_urgent", at: "publish", page: w.publishAgain,
			do: func(v *desk.Visit, ref string) error {
				_, err := s.PublishUrgently(v.R.Context(), v.Actor, ref, v.Value("urgent_reason"))
				return renamed(err, "reason", "urgent_reason")
			}},
		{path: "retract", needs: desk.Editor, said: "verify_retracted", at: "more", page: onMore,
			do: func(v *desk.Visit, ref string) error { return s.Retract(v.R.Context(), v.Actor, ref, reason(v)) }},
	}
}

// renamed gives a field to mend the name it has in the form it stands in.
func renamed(err error, from, to string) error {
	fields := fault.Fields(err)
	if len(fields) == 0 {
		return err
	}
	out := slices.Clone(fields)
	for i := range out {
		if out[i].Name == from {
			out[i].Name = to
		}
	}
	return fault.Mend(out...)
}

func (w *Web) onClaim(v *desk.Visit, f *failed) error {
	return w.claimPage(v, Claim(v.Value("claim")), f)
}

func backToSheets(_ *desk.Visit, ref string) string { return path(ref, "sheets") }

func backToClaim(v *desk.Visit, ref string) string {
	if c := Claim(v.Value("claim")); c.Known() {
		return path(ref, "claims", string(c))
	}
	return path(ref)
}

func (w *Web) handOver(v *desk.Visit, ref string) error {
	to := number(v, "to")
	all, err := w.people.Actors(v.R.Context())
	if err != nil {
		return err
	}
	may := func(country string) bool {
		return slices.ContainsFunc(all, func(a desk.Actor) bool { return a.Person == to && a.Can(desk.Contributor, country) })
	}
	return w.s.HandOver(v.R.Context(), v.Actor, ref, to, may, v.Value("note"))
}

// dayOf reads a day somebody wrote, at its end in UTC.
func dayOf(text, field string) (int64, error) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(i18n.LatinDigits(text)))
	if err != nil {
		return 0, fault.Mend(fault.Field{Name: field, Key: "verify.form.day"})
	}
	return t.Add(24*time.Hour - time.Second).UnixMicro(), nil
}

func (w *Web) plan(v *desk.Visit, ref string) error {
	var due int64
	if text := v.Value("due"); text != "" {
		var err error
		if due, err = dayOf(text, "due"); err != nil {
			return err
		}
	}
	return w.s.Plan(v.R.Context(), v.Actor, ref, int(number(v, "urgency")), due)
}

func (w *Web) embargo(v *desk.Visit, ref string) error {
	until, err := dayOf(v.Value("until"), "until")
	if err != nil {
		return err
	}
	return w.s.Embargo(v.R.Context(), v.Actor, ref, until, v.Value("reason"))
}

func (w *Web) split(v *desk.Visit, ref string) error {
	var items []int64
	for _, text := range v.Values("item") {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil {
			items = append(items, id)
		}
	}
	var wrong []fault.Field // all at once
	for _, f := range []fault.Field{{Name: "title", Key: "verify.title_needed"}, {Name: "reason", Key: "verify.text_needed"}} {
		if v.Value(f.Name) == "" {
			wrong = append(wrong, f)
		}
	}
	if len(wrong) > 1 {
		return fault.Mend(wrong...)
	}
	fresh, err := w.s.Split(v.R.Context(), v.Actor, ref, v.Value("title"), items, v.Value("reason"))
	if err != nil {
		return err
	}
	v.About(page.Link{Text: fresh.Ref, Href: path(fresh.Ref)})
	return nil
}

func (w *Web) say(v *desk.Visit, ref string) error {
	all, err := w.people.Actors(v.R.Context())
	if err != nil {
		return err
	}
	may := func(person int64, country string) bool {
		return slices.ContainsFunc(all, func(a desk.Actor) bool { return a.Person == person && a.Can(desk.Reader, country) })
	}
	var mention []int64
	for _, text := range v.Values("mention") {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil {
			mention = append(mention, id)
		}
	}
	return w.s.SayOnce(v.R.Context(), v.Actor, ref, v.Once(nil), v.Value("body"), mention, may)
}

// attach stores what every item does for a claim, as the form has them all.
func (w *Web) attach(v *desk.Visit, ref string) error {
	var list []Saying
	for name := range v.Form() {
		id, err := strconv.ParseInt(strings.TrimPrefix(name, "side_"), 10, 64)
		if err != nil || !strings.HasPrefix(name, "side_") {
			continue
		}
		list = append(list, Saying{Item: id, Was: Side(v.Value("was_" + strconv.FormatInt(id, 10))), Now: Side(v.Value(name))})
	}
	slices.SortFunc(list, func(x, y Saying) int { return cmp.Compare(x.Item, y.Item) })
	return w.s.Attach(v.R.Context(), v.Actor, ref, Claim(v.Value("claim")), list...)
}

func (w *Web) sign(v *desk.Visit, ref string) error {
	var answers []Answer
	for _, q := range Questions() {
		answers = append(answers, Answer{q.Key, v.Value(q.Key)})
	}
	return w.s.Sign(v.R.Context(), v.Actor, ref, number(v, "revision"), number(v, "organisation"), answers, v.Value("note"))
}
