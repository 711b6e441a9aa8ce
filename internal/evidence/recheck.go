package evidence

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/db"
)

// Finding is what a later check of a captured page found.
type Finding string

// The findings.
const (
	PageSame        Finding = "same"
	PageChanged     Finding = "changed"
	PageGone        Finding = "gone"      // the server says so
	PageHome        Finding = "home"      // it leads to the front page now
	HostGone        Finding = "host_gone" // nobody knows the name any more
	HostUnreachable Finding = "unreachable"
)

// Check is one later look at a captured page.
type Check struct {
	ID      int64   `db:"id"`
	Capture int64   `db:"capture_id"`
	At      int64   `db:"at"`
	Finding Finding `db:"finding"`
	Status  int     `db:"status"` // 0 without an answer
	Digest  string  `db:"digest"` // of what was there, which is not kept
}

// How often a captured page is looked at: often when it is fresh, later each
// time after a quarter of its age.
const (
	recheckSoonest = 24 * time.Hour
	recheckLatest  = 30 * 24 * time.Hour
	recheckBatch   = 200
	recheckTime    = 10 * time.Minute // of one round, which others wait for
	recheckPerHost = 10               // pages of one host in one round
)

// due is a page to be looked at.
type due struct {
	Capture
	previous Finding
	since    int64 // when it was last looked at, or captured
	host     string
	check    Check
}

// Recheck looks again at captured pages whose turn it is, those first that were
// looked at longest ago, and flags on the item what vanished, with the time;
// nothing is deleted. A host that does not answer has not lost its pages. Where a
// name is unknown, or all pages of a host fail at once, only a second look in
// another round flags them; and where nothing can be reached at all, it is us who
// are cut off, and nothing was learnt. That it was tried is written down all the
// same, so that no page that fails keeps others from their turn. A round has an
// end; what it did not come to is the first of the next. Recheck gives how many
// pages it learnt something about.
func (s *Service) Recheck(ctx context.Context) (int, error) {
	list, err := s.dueForCheck(ctx)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	pages, failed, reached := map[string]int{}, map[string]int{}, false
	for i, began := 0, time.Now(); i < len(list); i++ {
		if i > 0 && time.Since(began) > s.recheckTime {
			list = list[:i]
			break
		}
		d := &list[i]
		d.check = s.look(ctx, d.Capture)
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		pages[d.host]++
		if d.check.Finding != PageSame && d.check.Finding != PageChanged {
			failed[d.host]++
		}
		reached = reached || d.check.Status != 0
	}
	for i, d := range list {
		if !reached {
			d.check.Finding = HostUnreachable
			if err := s.db.Write(ctx, func(tx db.Tx) error { return insertCheck(ctx, tx, d.check) }); err != nil {
				return 0, err
			}
			continue
		}
		allAtOnce := pages[d.host] > 1 && failed[d.host] == pages[d.host]
		unsure := (d.check.Finding == HostGone || allAtOnce) && d.previous != d.check.Finding
		if err := s.keepCheck(ctx, d, !unsure && d.check.Finding != HostUnreachable); err != nil {
			return i, err
		}
	}
	if !reached {
		return 0, nil
	}
	return len(list), nil
}

// dueForCheck lists the newest capture of each item in use that was not looked
// at for long enough, a few of each host, the longest ago first.
func (s *Service) dueForCheck(ctx context.Context) ([]due, error) {
	q := s.db.Reader()
	captures, err := db.Select[Capture](ctx, q, `/* evidence.dueForCheck */ select `+db.Columns[Capture]("c.")+` from evidence_capture c
		join evidence_item i on i.id = c.item_id where i.withdrawn_at is null and c.id = (select max(id) from evidence_capture where item_id = i.id) order by c.id`)
	if err != nil {
		return nil, err
	}
	last, err := db.Select[Check](ctx, q, `/* evidence.dueForCheck last */ select `+db.Columns[Check]("")+` from evidence_check k
		where id = (select max(id) from evidence_check where capture_id = k.capture_id)`)
	if err != nil {
		return nil, err
	}
	seen := make(map[int64]Check, len(last))
	for _, k := range last {
		seen[k.Capture] = k
	}
	now := s.now()
	var out []due
	for _, c := range captures {
		d := due{Capture: c, previous: seen[c.ID].Finding, since: c.At}
		if k, ok := seen[c.ID]; ok {
			d.since = k.At
		}
		age := now.Sub(time.UnixMicro(c.At))
		u, err := ParseTarget(c.URL)
		if err != nil || now.Sub(time.UnixMicro(d.since)) < min(max(age/4, recheckSoonest), recheckLatest) {
			continue
		}
		d.host = u.Host
		out = append(out, d)
	}
	slices.SortStableFunc(out, func(a, b due) int { return cmp.Compare(a.since, b.since) })
	of := map[string]int{}
	out = slices.DeleteFunc(out, func(d due) bool { of[d.host]++; return of[d.host] > recheckPerHost })
	return out[:min(len(out), recheckBatch)], nil
}

// look asks for a page again and says what became of it.
func (s *Service) look(ctx context.Context, c Capture) Check {
	k := Check{Capture: c.ID, At: s.now().UnixMicro(), Finding: HostUnreachable}
	f, err := s.capturer.fetch(ctx, c.URL)
	if err != nil {
		if errors.Is(err, errNoHost) {
			k.Finding = HostGone
		}
		return k
	}
	last := f.last()
	k.Status, k.Digest = last.status, blob.DigestOf(f.body).String()
	was, _ := ParseTarget(c.FinalURL)
	isFront := func(path string) bool { return path == "" || path == "/" }
	switch {
	case last.status == 404 || last.status == 410:
		k.Finding = PageGone
	case last.status >= 400: // tells about the server, or about us
	case was != nil && isFront(last.url.Path) && !isFront(was.Path):
		k.Finding = PageHome
	case k.Digest != c.Body:
		k.Finding = PageChanged
	default:
		k.Finding = PageSame
	}
	return k
}

// keepCheck writes what was found, and flags it on the item where that is sure.
func (s *Service) keepCheck(ctx context.Context, d due, sure bool) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		it, found, err := itemByID(ctx, tx, d.Item)
		if err != nil || !found {
			return err
		}
		k := d.check
		if err := insertCheck(ctx, tx, k); err != nil {
			return err
		}
		if sure && it.PageState != k.Finding {
			if _, err := db.Exec(ctx, tx, `/* evidence.keepCheck */ update evidence_item set page_state = $2, page_since = $3 where id = $1`, it.ID, string(k.Finding), k.At); err != nil {
				return err
			}
		}
		return s.touch(ctx, tx, &it, who{}, Rechecked, k.Digest, string(k.Finding))
	})
}

func insertCheck(ctx context.Context, tx db.Tx, k Check) (err error) {
	if k.ID, err = db.NextID(ctx, tx, "evidence_check"); err != nil {
		return err
	}
	return db.Insert(ctx, tx, "evidence_check", []Check{k})
}
