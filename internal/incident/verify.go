package incident

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"keepiton/internal/platform/db"
)

// What the checks of this file advise when they fail.
const (
	adviceReindex = "the rows themselves are not touched by this; run keepiton reindex"
	adviceRestore = "restore a backup"
)

// VerifyCounts counts every edition again from its rows and compares with the
// stored counts and days, and with the columns and parts lists are read by.
func (s *Service) VerifyCounts(ctx context.Context) (string, error) {
	all, err := s.Editions(ctx)
	if err != nil {
		return "", err
	}
	var sum struct{ entries, counts, days int }
	for _, ed := range all {
		err := s.db.Snapshot(ctx, func(q db.Querier) error {
			c, err := s.recount(ctx, q, ed.ID)
			if err != nil {
				return err
			}
			if err := c.equalsParts(ctx, q); err != nil {
				return err
			}
			counts, err := c.equalsTally(ctx, q)
			if err != nil {
				return err
			}
			days, err := c.equalsDays(ctx, q, ed.keepsDays())
			sum.entries, sum.counts, sum.days = sum.entries+c.entries, sum.counts+counts, sum.days+days
			return err
		})
		if err != nil {
			return "", fmt.Errorf("“%s”: %w", ed.Label, err)
		}
	}
	return fmt.Sprintf("%d editions: %d entries, %d counts, %d days", len(all), sum.entries, sum.counts, sum.days), nil
}

// keepsDays tells whether the days of an edition are drawn. Those of a sheet
// are not kept.
func (e Edition) keepsDays() bool { return e.Kind == "record" || e.Kind == "release" }

// recounted is what an edition's stored counts and parts ought to be.
type recounted struct {
	*cube
	entries int
	parts   map[string]int
}

// recount adds it up. It holds the counts, never the rows; that the columns of
// a row fit its facts is looked at on the way.
func (s *Service) recount(ctx context.Context, q db.Querier, edition int64) (*recounted, error) {
	c := &recounted{cube: newCube(edition), parts: map[string]int{}}
	tax := s.Taxonomy()
	err := eachOf(ctx, q, edition, 0, false, func(r Row) error {
		if !r.Entry.indexed(r.Facts, tax).equals(r.Entry) {
			return fmt.Errorf("%s in %d: the columns lists are read by do not fit the facts; %s", r.Ref, r.Entry.Year, adviceReindex)
		}
		for _, p := range partsOf(r.Facts) {
			c.parts[p]++
		}
		c.add(r)
		return nil
	})
	return c, err
}

// add counts a row, if it counts.
func (c *recounted) add(r Row) {
	if r.Entry.Counted == 0 {
		return
	}
	c.entries++
	c.addEntry(r.Facts, r.Entry.Year, 1)
	if r.Entry.Latest == 1 {
		c.addEntry(r.Facts, Once, 1)
		c.addDays(r.Facts, r.Entry.Year, 1)
	}
}

// equalsParts compares how many entries each part leads to.
func (c *recounted) equalsParts(ctx context.Context, q db.Querier) error {
	type row struct {
		Part string `db:"part"`
		N    int    `db:"n"`
	}
	err := db.Stream(ctx, q, func(x row) error {
		if c.parts[x.Part] != x.N {
			return fmt.Errorf("lists of %s find %d entries, there are %d; %s", x.Part, x.N, c.parts[x.Part], adviceReindex)
		}
		delete(c.parts, x.Part)
		return nil
	}, `/* incident.equalsParts */ select p.part, count(*) as n from entry_part p join entry e on e.ord = p.ord and e.facets = p.facets
		where p.edition_id = $1 group by p.part`, c.edition)
	for p, n := range c.parts {
		if err == nil {
			err = fmt.Errorf("lists of %s find nothing, there are %d entries; %s", p, n, adviceReindex)
		}
	}
	return err
}

// equalsTally takes the stored counts of the edition away from those collected;
// nothing may be left on either side.
func (c *cube) equalsTally(ctx context.Context, q db.Querier) (rows int, err error) {
	err = db.Stream(ctx, q, func(x Cell) error {
		rows++
		k := Key{x.Year, x.Area, x.Dim, x.Value}
		if c.cells[k] != x.N {
			return fmt.Errorf("%d is stored and %d counted for %s; %s", x.N, c.cells[k], k, adviceReindex)
		}
		delete(c.cells, k)
		return nil
	}, `/* incident.equalsTally */ select `+db.Columns[Cell]("")+` from tally where edition_id = $1`, c.edition)
	if err != nil {
		return rows, err
	}
	for k, n := range c.cells {
		if n != 0 {
			return rows, fmt.Errorf("nothing is stored and %d counted for %s; %s", n, k, adviceReindex)
		}
	}
	return rows, nil
}

// String names a cell for a message.
func (k Key) String() string {
	year := fmt.Sprint(k.Year)
	if k.Year == Once {
		year = "each incident once"
	}
	return strings.TrimRight(fmt.Sprintf("%s, %s, %s %s", year, k.Area, k.Dim, k.Value), " ")
}

// equalsDays does the same with the days. An edition whose days need not be kept
// may have none at all.
func (c *cube) equalsDays(ctx context.Context, q db.Querier, needed bool) (rows int, err error) {
	err = db.Stream(ctx, q, func(x dayRow) error {
		rows++
		cell := dayCell{x.Area, x.Kind}
		if c.days[cell] == nil {
			c.days[cell] = map[int]int64{}
		}
		c.days[cell][x.Day] -= x.N
		return nil
	}, `/* incident.equalsDays */ select `+db.Columns[dayRow]("")+` from day_change where edition_id = $1 order by area, kind, day`, c.edition)
	if err != nil || (rows == 0 && !needed) {
		return rows, err
	}
	for _, x := range c.dayRows() {
		return rows, fmt.Errorf("the stored day %s of %s, %s, differs from the rows by %d; %s", DayDate(x.Day), x.Area, x.Kind, x.N, adviceReindex)
	}
	return rows, nil
}

// VerifyReleases computes the digest of every release again.
func (s *Service) VerifyReleases(ctx context.Context) (string, error) {
	all, err := s.Editions(ctx)
	if err != nil {
		return "", err
	}
	n := 0
	for _, e := range all {
		if e.Kind != "release" {
			continue
		}
		n++
		digest := sha256.New()
		err := each(ctx, s.db.Reader(), e.ID, 0, func(r Row) error {
			if got := HashFacts(r.Facts); got != r.Entry.Hash {
				return fmt.Errorf("release “%s”, %s in %d: its facts were changed; %s", e.Label, r.Ref, r.Entry.Year, adviceRestore)
			}
			fmt.Fprintln(digest, r.Ref, r.Entry.Year, r.Entry.Hash)
			return nil
		})
		if err != nil {
			return "", err
		}
		if got := hex.EncodeToString(digest.Sum(nil)); got != e.Digest {
			return "", fmt.Errorf("release “%s”: its digest does not fit its rows; %s", e.Label, adviceRestore)
		}
	}
	return fmt.Sprintf("%d releases", n), nil
}

// wordSample is at most how many entries [Service.VerifyWords] looks up by all
// their words: one look-up reads the list of each of those words, which takes
// SQLite about half a second at a million entries.
const wordSample = 200

// VerifyWords holds the index of words against the record: each counted entry
// has its line there and no line is left over; as many lines bear the mark of
// a year, or of the newest, as there are such entries; and entries spread over
// the whole record are found by their own words.
func (s *Service) VerifyWords(ctx context.Context) (string, error) {
	note := ""
	err := s.db.Snapshot(ctx, func(q db.Querier) error {
		if err := verifyLines(ctx, q); err != nil {
			return err
		}
		total, err := s.verifyMarks(ctx, q)
		if err != nil {
			return err
		}
		tried, err := s.verifySample(ctx, q, max(1, (total+wordSample-1)/wordSample))
		note = fmt.Sprintf("%d entries, %d of them searched by all their words", total, tried)
		return err
	})
	return note, err
}

// verifyLines compares the lines of the index with the entries, both ways.
func verifyLines(ctx context.Context, q db.Querier) error {
	for _, x := range []struct{ query, what string }{
		{`/* incident.verifyLines missing */ select count(*) from entry e where e.edition_id = $1 and e.counted = 1
			and not exists (select 1 from entry_text t where t.rowid = e.ord)`, "%d entries are missing from the index of words; %s"},
		{`/* incident.verifyLines left over */ select count(*) from entry_text t
			where not exists (select 1 from entry e where e.ord = t.rowid and e.edition_id = $1 and e.counted = 1)`, "%d lines of the index of words belong to no entry; %s"},
	} {
		n, _, err := db.Value[int64](ctx, q, x.query, RecordEdition)
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf(x.what, n, adviceReindex)
		}
	}
	return nil
}

// verifyMarks counts the marks in the index and gives how many entries count.
func (s *Service) verifyMarks(ctx context.Context, q db.Querier) (total int, err error) {
	type row struct {
		Year   int `db:"count_year"`
		N      int `db:"n"`
		Latest int `db:"latest"`
	}
	years, err := db.Select[row](ctx, q, `/* incident.verifyMarks */ select count_year, count(*) as n, cast(sum(latest) as bigint) as latest
		from entry where edition_id = $1 and counted = 1 group by count_year order by count_year`, RecordEdition)
	if err != nil {
		return 0, err
	}
	latest := 0
	for _, y := range years {
		total, latest = total+y.N, latest+y.Latest
		if err := s.verifyMark(ctx, q, mark("year", yearText(y.Year)), fmt.Sprint(y.Year), y.N); err != nil {
			return 0, err
		}
	}
	return total, s.verifyMark(ctx, q, mark("latest", ""), "the newest entries", latest)
}

func (s *Service) verifyMark(ctx context.Context, q db.Querier, mark, name string, want int) error {
	var w db.Where
	m := s.allOf(mark)
	w.And(m.cond("t"), m.arg)
	n, _, err := db.Value[int](ctx, q, `/* incident.verifyMark */ select count(*) from entry_text t where `+w.SQL(), w.Args()...)
	if err == nil && n != want {
		err = fmt.Errorf("a search in %s looks through %d entries, there are %d; %s", name, n, want, adviceReindex)
	}
	return err
}

// verifySample looks up every nth entry by all its words.
func (s *Service) verifySample(ctx context.Context, q db.Querier, nth int) (tried int, err error) {
	type sampled struct {
		Ord int64 `db:"ord"`
	}
	sample, err := db.Select[sampled](ctx, q, `/* incident.verifySample */ select ord
		from (select ord, row_number() over (order by ord) as n from entry where edition_id = $1 and counted = 1) x
		where n % $2 = 0 order by ord`, RecordEdition, nth)
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(sample, walkStep) {
		ords := make([]int64, len(some))
		for i, x := range some {
			ords[i] = x.Ord
		}
		rows, err := rowsIn(ctx, q, ords)
		if err != nil {
			return tried, err
		}
		for _, r := range rows {
			if err := s.verifyWordsOf(ctx, q, r); err != nil {
				return tried, err
			}
			tried++
		}
	}
	return tried, nil
}

// verifyWordsOf looks for one entry by all its words and marks.
func (s *Service) verifyWordsOf(ctx context.Context, q db.Querier, r Row) error {
	var w db.Where
	w.And("t.rowid = ?", r.Entry.Ord)
	m := s.allOf(unique(wordsOf(&r.Entry, r.Facts, r.Ref).all())...)
	w.And(m.cond("t"), m.arg)
	_, found, err := db.Value[int64](ctx, q, `/* incident.verifyWordsOf */ select t.rowid from entry_text t where `+w.SQL(), w.Args()...)
	if err == nil && !found {
		err = fmt.Errorf("%s in %d is not found by its own words; %s", r.Ref, r.Entry.Year, adviceReindex)
	}
	return err
}
