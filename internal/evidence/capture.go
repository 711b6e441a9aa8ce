package evidence

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"strings"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Capture is a page as it was at an instant.
type Capture struct {
	ID       int64  `db:"id"`
	Item     int64  `db:"item_id"`
	At       int64  `db:"at"`
	URL      string `db:"url"`
	FinalURL string `db:"final_url"` // where the redirects led to
	Status   int    `db:"status"`
	Media    string `db:"media"` // as the server called it
	Body     string `db:"body"`  // digests
	BodySize int64  `db:"body_size"`
	WARC     string `db:"warc"`
	WARCSize int64  `db:"warc_size"`

	Hops []Hop `db:"-"`
}

// Hop is one step of the way to a captured page. Texts of any length lie in the
// blob store under their digests.
type Hop struct {
	Capture      int64  `db:"capture_id"`
	N            int    `db:"n"` // from 1
	At           int64  `db:"at"`
	URL          string `db:"url"`
	Status       int    `db:"status"`
	Location     string `db:"location"`
	Request      string `db:"request"`
	RequestSize  int64  `db:"request_size"`
	Response     string `db:"response"` // status line and header
	ResponseSize int64  `db:"response_size"`
	Chain        string `db:"chain"` // certificates in PEM; "" without TLS
	ChainSize    int64  `db:"chain_size"`
	Issuer       string `db:"issuer"`
	Trouble      string `db:"tls_trouble"` // why the certificates are not valid
}

// Capture keeps the page an item links to as it is now: body, headers and
// certificates of every step, and all of it once more as a WARC file. Nothing of
// it is found before all of it is durable. That it failed, and why, is written
// into the item's custody.
func (s *Service) Capture(ctx context.Context, a desk.Actor, ref string) (Capture, error) {
	it, err := workable(ctx, s.db.Reader(), a, ref)
	if err != nil {
		return Capture{}, err
	}
	if s.capturer == nil || it.URL == "" {
		return Capture{}, fault.New(fault.Invalid, "evidence.page_none")
	}
	f, err := s.capturer.fetch(ctx, it.URL)
	if err != nil {
		return Capture{}, errors.Join(err, s.noteFailure(ctx, a, ref, err))
	}
	c, err := s.keepBytes(ctx, it.URL, f)
	if err != nil {
		return Capture{}, err
	}
	err = s.db.Write(ctx, func(tx db.Tx) error {
		it, err := workable(ctx, tx, a, ref)
		if err != nil {
			return err
		}
		c.Item = it.ID
		if err := insertCapture(ctx, tx, &c); err != nil {
			return err
		}
		if _, err := db.Exec(ctx, tx, `/* evidence.Capture */ update evidence_item set page_state = '', page_since = null where id = $1`, it.ID); err != nil {
			return err
		}
		changes, err := s.captured(ctx, tx, a, &it)
		if err != nil {
			return err
		}
		return s.keep(ctx, tx, as(a, it), &it, done{act: Captured, digest: c.WARC, detail: fieldNames(changes), changes: changes})
	})
	return c, err
}

// noteFailure writes down why a page could not be captured, unless whoever asked
// went away meanwhile.
func (s *Service) noteFailure(ctx context.Context, a desk.Actor, ref string, why error) error {
	key, _ := fault.Text(why)
	if key == "" || ctx.Err() != nil {
		return nil
	}
	return s.db.Write(ctx, func(tx db.Tx) error {
		it, err := workable(ctx, tx, a, ref)
		if err != nil {
			return err
		}
		return s.touch(ctx, tx, &it, as(a, it), CaptureFailed, "", strings.TrimPrefix(key, "evidence."))
	})
}

// keepBytes puts all there is of a page into the blob store.
func (s *Service) keepBytes(ctx context.Context, from string, f *fetched) (Capture, error) {
	var failed error
	put := func(content []byte) (digest string, size int64) {
		if failed != nil || content == nil {
			return "", 0
		}
		k, err := s.blobs.Put(ctx, bytes.NewReader(content), int64(len(content)))
		failed = err
		return k.Digest.String(), k.Size
	}
	last := f.last()
	c := Capture{At: f.hops[0].at.UnixMicro(), URL: from, FinalURL: last.url.String(), Status: last.status}
	c.Media, _, _ = mime.ParseMediaType(last.header.Get("Content-Type"))
	c.Body, c.BodySize = put(append([]byte{}, f.body...))
	for i, h := range f.hops {
		row := Hop{N: i + 1, At: h.at.UnixMicro(), URL: h.url.String(), Status: h.status, Location: printable(h.location), Issuer: h.issuer, Trouble: h.trouble}
		row.Request, row.RequestSize = put(h.request)
		row.Response, row.ResponseSize = put(head(h.response))
		row.Chain, row.ChainSize = put(h.chain)
		c.Hops = append(c.Hops, row)
	}
	var warc bytes.Buffer
	if err := writeWARC(&warc, f, s.capturer.Agent); err != nil {
		return Capture{}, err
	}
	c.WARC, c.WARCSize = put(warc.Bytes())
	return c, blobTrouble(failed)
}

func insertCapture(ctx context.Context, tx db.Tx, c *Capture) (err error) {
	if c.ID, err = db.NextID(ctx, tx, "evidence_capture"); err != nil {
		return err
	}
	for i := range c.Hops {
		c.Hops[i].Capture = c.ID
	}
	if err := db.Insert(ctx, tx, "evidence_capture", []Capture{*c}); err != nil {
		return err
	}
	return db.Insert(ctx, tx, "evidence_hop", c.Hops)
}

// Captures lists the captures of an item with every step, oldest first.
func (s *Service) Captures(ctx context.Context, a desk.Actor, ref string) ([]Capture, error) {
	it, err := opened(ctx, s.db.Reader(), a, ref)
	if err != nil {
		return nil, err
	}
	return capturesOf(ctx, s.db.Reader(), it.ID)
}

func capturesOf(ctx context.Context, q db.Querier, item int64) ([]Capture, error) {
	list, err := db.Select[Capture](ctx, q, `/* evidence.capturesOf */ select `+db.Columns[Capture]("")+` from evidence_capture where item_id = $1 order by id`, item)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Hops, err = db.Select[Hop](ctx, q, `/* evidence.capturesOf hops */ select `+db.Columns[Hop]("")+` from evidence_hop where capture_id = $1 order by n`, list[i].ID)
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// blobTrouble gives what went wrong in the store the words for whoever files.
func blobTrouble(err error) error {
	switch {
	case errors.Is(err, blob.ErrTooLarge):
		return fault.Wrap(err, fault.TooLarge, "evidence.file_large", "most", maxFile>>20)
	case errors.Is(err, blob.ErrFull):
		return fault.Wrap(err, fault.Unavailable, "evidence.no_room")
	case errors.Is(err, blob.ErrMissing), errors.Is(err, blob.ErrDamaged):
		return fault.Wrap(err, fault.Gone, "evidence.bytes_lost")
	}
	return err
}
