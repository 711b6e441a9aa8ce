package verify

import (
	"context"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/i18n"
)

// readersHave are the facts that readers have of a case, nil where they have none. Of
// an incident that was only taken up they have what the record says.
func (s *Service) readersHave(ctx context.Context, q db.Querier, c *Case) (*incident.Facts, error) {
	switch {
	case c.State != Public || !c.Readable || c.Into != "":
		return nil, nil
	case c.TakenUp:
		return s.Record.Stored(ctx, q, c.Incident)
	}
	values, err := s.valuesAt(ctx, q, c.ID, c.Signed)
	f := compose(values)
	return &f, err
}

// readers says what readers have of each claim of which they are to get something else.
// Of what they have nothing of, nothing is said.
func (x *view) readers(c *Case, next *incident.Facts) (map[Claim]string, error) {
	ctx := x.R.Context()
	have, err := x.w.s.readersHave(ctx, x.w.s.db.Reader(), c)
	if err != nil || have == nil {
		return nil, err
	}
	mask, err := x.w.s.Record.Mask(ctx)
	if err != nil {
		return nil, err
	}
	out := map[Claim]string{}
	for _, cl := range Claims() {
		if says := x.in.otherwise(x.Words, cl, have, next); says != "" {
			out[cl] = x.T("verify.readers_have", "says", x.Words.Isolate(mask(says)))
		}
	}
	return out, nil
}

// otherwise is a claim's value as [reader.sayValue] says it where another one answers
// otherwise, "" where none does. Where both would read alike it is the answers that
// differ, in full.
func (in *reader) otherwise(x *i18n.Texts, c Claim, f, other *incident.Facts) string {
	says := in.sayValue(x, c, f)
	var differ []string
	for _, q := range questions {
		if q.claim == c && !q.same(f, other) {
			differ = append(differ, x.T("verify.ask."+q.name)+": "+in.whole(x, q, f))
		}
	}
	switch {
	case len(differ) == 0:
		return ""
	case says == "" || says != in.sayValue(x, c, other):
		return says
	}
	return strings.Join(differ, " · ")
}
