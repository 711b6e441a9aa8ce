package verify

import (
	"context"
	"slices"
	"strings"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Comment is something somebody said about a dossier.
type Comment struct {
	ID        int64  `db:"id"`
	Dossier   int64  `db:"dossier_id"`
	Person    int64  `db:"person_id"`
	Body      string `db:"body"`
	At        int64  `db:"at"`
	Withdrawn *int64 `db:"withdrawn_at"`
}

// Say adds a comment. mention lists the people it calls; those who may not see
// the country are left out by may.
func (s *Service) Say(ctx context.Context, a desk.Actor, ref, body string, mention []int64, may func(person int64, country string) bool) error {
	return s.SayOnce(ctx, a, ref, "", body, mention, may)
}

// mostCalled is how many people one comment calls; whoever is named twice is called once.
const mostCalled = 50

// SayOnce is [Service.Say] for a form, see [desk.Take]: sent twice it is said once.
func (s *Service) SayOnce(ctx context.Context, a desk.Actor, ref, once, body string, mention []int64, may func(person int64, country string) bool) error {
	body = strings.TrimSpace(body)
	if err := checkText("body", body); err != nil {
		return err
	}
	called := slices.Compact(slices.Sorted(slices.Values(mention)))
	if len(called) > mostCalled {
		return fault.Mend(fault.Field{Name: "mention", Key: "verify.mention_many", Args: []any{"most", mostCalled}})
	}
	err := s.change(ctx, a, ref, desk.Reader, func(tx db.Tx, d *Dossier) error {
		if err := desk.Take(ctx, tx, once, d.Ref, s.Options.Now()); err != nil {
			return err
		}
		id, err := db.NextID(ctx, tx, "dossier_comment")
		if err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, "dossier_comment", []Comment{{id, d.ID, a.Person, body, s.now(), nil}}); err != nil {
			return err
		}
		for _, p := range called {
			if p == a.Person || !may(p, d.Country) {
				continue
			}
			if _, err := db.Exec(ctx, tx, `/* verify.Say */ insert into comment_mention (comment_id, person_id) values ($1, $2) on conflict (comment_id, person_id) do nothing`, id, p); err != nil {
				return err
			}
		}
		return s.note(ctx, tx, *d, &a, 0, "said", "", nil)
	})
	if _, again := desk.Again(err); again {
		return nil
	}
	return err
}

// Unsay takes one's own comment back; that there was one stays.
func (s *Service) Unsay(ctx context.Context, a desk.Actor, ref string, id int64) error {
	return s.change(ctx, a, ref, desk.Reader, func(tx db.Tx, d *Dossier) error {
		n, err := db.Exec(ctx, tx, `/* verify.Unsay */ update dossier_comment set withdrawn_at = $4, body = '' where id = $1 and dossier_id = $2 and person_id = $3 and withdrawn_at is null`,
			id, d.ID, a.Person, s.now())
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "verify.no_comment")
		}
		return s.note(ctx, tx, *d, &a, 0, "unsaid", "", nil)
	})
}

// Mention is a comment that calls somebody and that they have not seen.
type Mention struct {
	Ref   string `db:"ref"`
	Title string `db:"title"`
	At    int64  `db:"at"`
	By    int64  `db:"person_id"`

	Country string `db:"country"`
	Also    string `db:"also"`
}

// Countries are those of the case.
func (m Mention) Countries() []string { return append([]string{m.Country}, strings.Fields(m.Also)...) }

// Mentions lists what calls a person, the newest first, in the countries they may
// see now.
func (s *Service) Mentions(ctx context.Context, a desk.Actor) ([]Mention, error) {
	var w db.Where
	w.And("m.person_id = ? and m.seen_at is null and c.withdrawn_at is null", a.Person)
	if everywhere, countries := a.Areas(desk.Reader); !everywhere {
		inCountries(&w, countries)
	}
	return db.Select[Mention](ctx, s.db.Reader(), `/* verify.Mentions */ select d.ref, d.title, c.at, c.person_id, d.country, d.also from comment_mention m
		join dossier_comment c on c.id = m.comment_id join dossier d on d.id = c.dossier_id where `+w.SQL()+` order by c.id desc limit 50`, w.Args()...)
}

// Seen notes that a person has read what calls them in a dossier.
func (s *Service) Seen(ctx context.Context, a desk.Actor, dossier int64) error {
	_, any, err := db.Value[int64](ctx, s.db.Reader(), `/* verify.Seen any */ select m.comment_id from comment_mention m join dossier_comment c on c.id = m.comment_id
		where m.person_id = $1 and m.seen_at is null and c.dossier_id = $2 limit 1`, a.Person, dossier)
	if err != nil || !any {
		return err
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		_, err := db.Exec(ctx, tx, `/* verify.Seen */ update comment_mention set seen_at = $3 where person_id = $1 and seen_at is null and comment_id in
			(select id from dossier_comment where dossier_id = $2)`, a.Person, dossier, s.now())
		return err
	})
}

// SavedFilter is a queue somebody wants to see again.
type SavedFilter struct {
	ID     int64  `db:"id"`
	Person int64  `db:"person_id"`
	Name   string `db:"name"`
	Query  string `db:"query"`
}

// maxSaved is how many filters a person keeps.
const maxSaved = 30

// SaveFilter keeps a filter under a name; one of that name is replaced.
func (s *Service) SaveFilter(ctx context.Context, a desk.Actor, name string, f Filter) error {
	name = strings.Join(strings.Fields(name), " ")
	if n := len([]rune(name)); n == 0 || n > 60 {
		return fault.Mend(fault.Field{Name: "name", Key: "verify.filter_name"})
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		n, _, err := db.Value[int](ctx, tx, `/* verify.SaveFilter count */ select count(*) from saved_filter where person_id = $1 and name <> $2`, a.Person, name)
		if err != nil {
			return err
		}
		if n >= maxSaved {
			return fault.Mend(fault.Field{Name: "name", Key: "verify.filter_many", Args: []any{"most", maxSaved}})
		}
		id, err := db.NextID(ctx, tx, "saved_filter")
		if err != nil {
			return err
		}
		return db.Upsert(ctx, tx, "saved_filter", []SavedFilter{{id, a.Person, name, f.Values().Encode()}}, `on conflict (person_id, name) do update set query = excluded.query`)
	})
}

// DropFilter forgets a filter.
func (s *Service) DropFilter(ctx context.Context, a desk.Actor, id int64) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		n, err := db.Exec(ctx, tx, `/* verify.DropFilter */ delete from saved_filter where id = $1 and person_id = $2`, id, a.Person)
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, "")
		}
		return err
	})
}

// Filters lists the filters of a person by name.
func (s *Service) Filters(ctx context.Context, a desk.Actor) ([]SavedFilter, error) {
	return db.Select[SavedFilter](ctx, s.db.Reader(), `/* verify.Filters */ select `+db.Columns[SavedFilter]("")+` from saved_filter where person_id = $1 order by name`, a.Person)
}
