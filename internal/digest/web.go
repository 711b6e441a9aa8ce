package digest

import (
	"context"
	"time"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

// Path is the page of what waits.
const Path = "/desk/waiting"

// Nav is the link of this room in the desk's navigation.
func Nav() []desk.Item {
	return []desk.Item{{Item: page.Item{Key: "digest.nav", Path: Path, Section: "waiting"}, Needs: desk.Reader}}
}

// Web shows what waits.
type Web struct {
	s      *Service
	reader Reader
}

// Reader is the person whose feed address holds a secret, with what they hold now.
// A secret of nobody is an error of kind NotFound.
type Reader func(ctx context.Context, secret string) (desk.Actor, error)

// NewWeb makes the pages.
func NewWeb(s *Service, reader Reader) *Web { return &Web{s, reader} }

// Routes lists the pages of this room.
func (w *Web) Routes() []desk.Route {
	return []desk.Route{
		{Method: "GET", Path: Path, Needs: desk.Reader, Do: w.waiting},
		{Method: "GET", Path: "/desk/feeds/{file}", Open: true, Shut: true, Do: w.feed},
	}
}

// waitingPage is GET /desk/waiting.
type waitingPage struct{ Kinds []kindPart }

// kindPart is what of one kind waits, in words.
type kindPart struct {
	Kind, Says, Rest string
	Lines            []kindLine
}

type kindLine struct{ Ref, Path, Due string }

func (w *Web) waiting(v *desk.Visit) error {
	list, err := w.s.For(v.R.Context(), v.Actor)
	if err != nil {
		return err
	}
	v.R = v.R.WithContext(with(v.R.Context(), list))
	var out waitingPage
	for _, k := range list {
		out.Kinds = append(out.Kinds, partOf(v.Words, k))
	}
	return v.Show(page.Page{Title: v.Words.T("digest.title"), Body: "digest.waiting", Section: "waiting", Data: out})
}

func partOf(x *i18n.Texts, k Waits) kindPart {
	p := kindPart{Kind: k.Kind, Says: says(x, k)}
	for _, it := range k.First {
		l := kindLine{Ref: it.Ref, Path: it.Path}
		if it.Due > 0 {
			key := "digest.due_at"
			switch {
			case k.Kind == Shaky:
				key = "digest.lapses_at"
			case it.Due < time.Now().UnixMicro():
				key = "digest.was_due"
			}
			l.Due = x.T(key, "at", instant(x, it.Due))
		}
		p.Lines = append(p.Lines, l)
	}
	if rest := k.Count - len(k.First); rest > 0 && !k.More {
		p.Rest = x.T("digest.rest", "n", rest)
	} else if k.More {
		p.Rest = x.T("digest.many")
	}
	return p
}

// says is how much of a kind waits.
func says(x *i18n.Texts, k Waits) string {
	if k.More {
		return x.T("digest.more."+k.Kind, "n", k.Count)
	}
	return x.T("digest.kind."+k.Kind, "n", k.Count)
}

// instant writes when something is due, in the reader's language and UTC.
func instant(x *i18n.Texts, micro int64) string {
	at := time.UnixMicro(micro).UTC()
	return x.T("digest.instant", "date", x.Date(at.Format(time.DateOnly)), "time", at.Format("15:04"))
}
