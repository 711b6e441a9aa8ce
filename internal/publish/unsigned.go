package publish

import (
	"context"
	"slices"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/page"
)

// Unsigned says what is public without the signatures of two organisations, of a
// country and a count year or of all; nil when there is none. It stands apart on
// every page that counts, because it is in no count.
func (d Deps) Unsigned(ctx context.Context, sp Speaker, country string, year int) (*page.Apart, error) {
	list, err := d.Record.Unsigned(ctx, country, year)
	return unsigned(sp, list), err
}

// UnsignedNamed is what of it is named with some words, in the reader's language or
// as it was filed: no index holds it.
func (d Deps) UnsignedNamed(ctx context.Context, sp Speaker, words string) (*page.Apart, error) {
	list, err := d.Record.Unsigned(ctx, "", 0)
	if err != nil {
		return nil, err
	}
	asked := strings.Fields(strings.ToLower(words))
	list = slices.DeleteFunc(list, func(x incident.Unsigned) bool {
		says := strings.ToLower(strings.Join([]string{sp.TitleOf(x.Row), x.Facts.Measure.Area, x.Facts.CountryText(), strings.Join(x.Facts.Affected(), " "), x.Facts.Note("event")}, " "))
		return len(asked) == 0 || slices.ContainsFunc(asked, func(word string) bool { return !strings.Contains(says, word) })
	})
	return unsigned(sp, list), nil
}

func unsigned(sp Speaker, list []incident.Unsigned) *page.Apart {
	if len(list) == 0 {
		return nil
	}
	out := &page.Apart{Title: sp.X.T("publish.unsigned.title", "n", len(list)), Text: sp.X.T("publish.unsigned.text")}
	for _, x := range list {
		out.Items = append(out.Items, page.ApartItem{Name: sp.Own(sp.TitleOf(x.Row)), Href: "/incidents/" + x.Ref, Note: sp.X.T("publish.unsigned.until", "until", sp.Moment(x.Until))})
	}
	return out
}

// Moment is an instant to the minute.
func (s Speaker) Moment(at incident.Instant) string {
	t := at.Time()
	return s.X.T("publish.moment", "date", s.X.Date(t.Format("2006-01-02")), "time", t.Format("15:04"))
}

// ownReasons are the reasons the program itself gives in the history.
var ownReasons = map[string]string{
	incident.ReasonLapsed:         "publish.reason.lapsed",
	incident.ReasonFewer:          "publish.reason.fewer",
	"signed by two organisations": "publish.reason.signed",
}

// Reason is why something was changed: the words of the program in the reader's
// language, those of people as they are.
func (s Speaker) Reason(text string) string {
	if key, own := ownReasons[text]; own {
		return s.X.T(key)
	}
	for prefix, key := range map[string]string{incident.ReasonUpheld: "publish.reason.upheld", incident.ReasonReopened: "publish.reason.reopened", incident.ReasonSame: "publish.reason.same"} {
		if ref, is := strings.CutPrefix(text, prefix); is {
			return s.X.T(key, "ref", ref)
		}
	}
	if rest, batch := strings.CutPrefix(text, incident.ReasonRecoded); batch {
		methodology, reason, _ := strings.Cut(rest, ": ")
		return s.X.T("publish.reason.recoded", "methodology", methodology, "reason", reason)
	}
	return text
}
