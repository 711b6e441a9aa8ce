package evidence

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/child"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// StoredFile is a file of an item.
type StoredFile struct {
	ID      int64  `db:"id"`
	Item    int64  `db:"item_id"`
	Digest  string `db:"digest"`
	Size    int64  `db:"size"`
	Parent  string `db:"parent"` // digest of the file it was made from; "" for what came in
	Media   string `db:"media"`  // by its content
	Name    string `db:"name"`   // as text only
	Width   int    `db:"width"`  // 0 for what is no picture we read
	Height  int    `db:"height"`
	DHash   string `db:"dhash"`
	PHash   string `db:"phash"`
	Boxes   string `db:"boxes"` // JSON of what was blacked out
	Created int64  `db:"created_at"`
}

// maxFile bounds a file in bytes.
const maxFile = 200 << 20

func filesOf(ctx context.Context, q db.Querier, item int64) ([]StoredFile, error) {
	return db.Select[StoredFile](ctx, q, `/* evidence.filesOf */ select `+db.Columns[StoredFile]("")+` from evidence_file where item_id = $1 order by id`, item)
}

func insertFile(ctx context.Context, tx db.Tx, f *StoredFile) (err error) {
	if f.ID, err = db.NextID(ctx, tx, "evidence_file"); err != nil {
		return err
	}
	return db.Insert(ctx, tx, "evidence_file", []StoredFile{*f})
}

// AddFile files an item with a file, which is streamed. The name is kept as text
// only; what the file is, its content tells.
func (s *Service) AddFile(ctx context.Context, a desk.Actor, caseRef string, f Filing, name string, r io.Reader) (Item, error) {
	if err := s.mayAdd(ctx, a, caseRef, &f); err != nil { // before anything is stored
		return Item{}, err
	}
	up, err := s.receive(ctx, name, r)
	if err != nil {
		return Item{}, err
	}
	return s.addUpload(ctx, a, caseRef, f, up)
}

// mayAdd tells before the bytes come whether they will be taken.
func (s *Service) mayAdd(ctx context.Context, a desk.Actor, caseRef string, f *Filing) error {
	c, err := s.cases.Case(ctx, a, caseRef)
	if err != nil {
		return err
	}
	if _, err := worksFor(a, c.Country, f.Organisation); err != nil {
		return err
	}
	if f.ReceivedAt == 0 {
		f.ReceivedAt, f.ReceivedPrecision = s.now().UnixMicro(), "minute"
	}
	return f.clean()
}

// anyFile is the type of what nobody could tell the type of.
const anyFile = "application/octet-stream"

// lookAt tells what some bytes are. A file that kills the child is a file like
// others, of which only the type is known, or not even that.
func (s *Service) lookAt(ctx context.Context, k blob.Kept) (looked, error) {
	f, err := s.blobs.Open(k.Digest, k.Size)
	if err != nil {
		return looked{}, blobTrouble(err)
	}
	defer f.Close()
	done, err := s.inTurn(ctx)
	if err != nil {
		return looked{}, err
	}
	defer done()
	l := looked{Media: anyFile}
	err = looking.Run(ctx, f, struct{}{}, pictureBounds, func(answer io.Reader) error {
		dec := json.NewDecoder(io.LimitReader(answer, 4<<10))
		for {
			next := l
			if err := dec.Decode(&next); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
			l = next
		}
	})
	var died *child.Died
	if errors.As(err, &died) {
		return looked{Media: l.Media}, nil
	}
	return l, err
}

// inTurn waits until a child may be started: they take much memory, so there are
// only a few at a time.
func (s *Service) inTurn(ctx context.Context) (done func(), err error) {
	select {
	case s.children <- struct{}{}:
		return func() { <-s.children }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// draw makes a new picture of a file and gives it to keep.
func (s *Service) draw(ctx context.Context, from StoredFile, how sketch, keep func(d drawn, body io.Reader) error) error {
	digest, err := blob.ParseDigest(from.Digest)
	if err != nil {
		return err
	}
	f, err := s.blobs.Open(digest, from.Size)
	if err != nil {
		return blobTrouble(err)
	}
	defer f.Close()
	done, err := s.inTurn(ctx)
	if err != nil {
		return err
	}
	defer done()
	var kept error
	err = drawing.Run(ctx, f, how, pictureBounds, func(answer io.Reader) error {
		b := bufio.NewReader(answer)
		line, err := b.ReadBytes('\n')
		var d drawn
		if err == nil {
			err = json.Unmarshal(line, &d)
		}
		switch {
		case err != nil:
			return err
		case d.Trouble != "":
			kept = fault.New(fault.Invalid, d.Trouble)
			return nil
		case d.Size <= 0 || d.Size > maxFile:
			return errors.New("a picture of no size")
		}
		kept = keep(d, &whole{r: b, left: d.Size})
		return kept
	})
	var died *child.Died
	switch {
	case kept != nil && !errors.Is(kept, io.ErrUnexpectedEOF):
		return kept
	case errors.As(err, &died):
		return fault.Wrap(err, fault.Invalid, "evidence.no_picture")
	}
	return err
}

// whole gives exactly so many bytes, or an error: an answer that breaks off is
// none.
type whole struct {
	r    io.Reader
	left int64
}

func (w *whole) Read(p []byte) (int, error) {
	if w.left == 0 {
		return 0, io.EOF
	}
	n, err := w.r.Read(p[:min(int64(len(p)), w.left)])
	if w.left -= int64(n); err == io.EOF && w.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// file finds a file of an item the actor may open.
func (s *Service) file(ctx context.Context, a desk.Actor, ref, digest string) (Item, StoredFile, error) {
	it, err := opened(ctx, s.db.Reader(), a, ref)
	if err != nil {
		return Item{}, StoredFile{}, err
	}
	f, found, err := db.SelectOne[StoredFile](ctx, s.db.Reader(), `/* evidence.file */ select `+db.Columns[StoredFile]("")+` from evidence_file where item_id = $1 and digest = $2 order by id`, it.ID, digest)
	if err == nil && !found {
		err = errUnknown()
	}
	return it, f, err
}

// Files lists the files of an item, oldest first.
func (s *Service) Files(ctx context.Context, a desk.Actor, ref string) ([]StoredFile, error) {
	it, err := opened(ctx, s.db.Reader(), a, ref)
	if err != nil {
		return nil, err
	}
	return filesOf(ctx, s.db.Reader(), it.ID)
}

// Preview draws a small grey picture of a file, for a reader, and notes that it
// was looked at. What is no picture we read gives an error of kind Invalid.
func (s *Service) Preview(ctx context.Context, a desk.Actor, ref, digest string) (jpeg []byte, err error) {
	_, f, err := s.file(ctx, a, ref, digest)
	if err != nil {
		return nil, err
	}
	err = s.draw(ctx, f, sketch{Grey: true}, func(_ drawn, body io.Reader) (err error) {
		jpeg, err = io.ReadAll(body)
		return err
	})
	if err != nil {
		return nil, err
	}
	return jpeg, s.note(ctx, a, ref, Viewed, digest)
}

// Download opens a file as it was kept, for a contributor, and notes it. The
// caller closes it.
func (s *Service) Download(ctx context.Context, a desk.Actor, ref, digest string) (*os.File, StoredFile, error) {
	it, f, err := s.file(ctx, a, ref, digest)
	if err != nil {
		return nil, f, err
	}
	body, err := s.handOut(ctx, a, it, f)
	return body, f, err
}

// DownloadCapture opens a captured page or its WARC file as it was kept, by its
// digest, under the same rules as [Service.Download]. The caller closes it.
func (s *Service) DownloadCapture(ctx context.Context, a desk.Actor, ref, digest string) (*os.File, StoredFile, error) {
	it, err := opened(ctx, s.db.Reader(), a, ref)
	if err != nil {
		return nil, StoredFile{}, err
	}
	c, found, err := db.SelectOne[Capture](ctx, s.db.Reader(), `/* evidence.DownloadCapture */ select `+db.Columns[Capture]("")+` from evidence_capture
		where item_id = $1 and (body = $2 or warc = $2) order by id`, it.ID, digest)
	if err == nil && !found {
		err = errUnknown()
	}
	if err != nil {
		return nil, StoredFile{}, err
	}
	f := StoredFile{Digest: digest, Size: c.BodySize, Media: c.Media}
	if digest == c.WARC {
		f.Size, f.Media = c.WARCSize, warcMedia
	}
	body, err := s.handOut(ctx, a, it, f)
	return body, f, err
}

// handOut opens bytes of an item for a contributor, and writes into its custody
// that they were taken away.
func (s *Service) handOut(ctx context.Context, a desk.Actor, it Item, f StoredFile) (*os.File, error) {
	if err := a.Must(desk.Contributor, it.Country); err != nil {
		return nil, err
	}
	d, err := blob.ParseDigest(f.Digest)
	if err != nil {
		return nil, err
	}
	body, err := s.blobs.Open(d, f.Size)
	if err != nil {
		return nil, blobTrouble(err)
	}
	if err := s.note(ctx, a, it.Ref, Downloaded, f.Digest); err != nil {
		body.Close()
		return nil, err
	}
	return body, nil
}

// note writes a touch that changes nothing.
func (s *Service) note(ctx context.Context, a desk.Actor, ref string, act Act, digest string) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		it, err := opened(ctx, tx, a, ref)
		if err != nil {
			return err
		}
		return s.touch(ctx, tx, &it, as(a, it), act, digest, "")
	})
}

// endings are the endings of names under which files are handed out; anything
// else is .bin, which no system opens by itself.
var endings = map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "application/pdf": ".pdf",
	"video/mp4": ".mp4", "video/quicktime": ".mov", "video/webm": ".webm", "audio/mpeg": ".mp3", "audio/ogg": ".ogg", "text/plain": ".txt", "text/csv": ".csv",
	warcMedia: ".warc.gz"}

func endingOf(media string) string {
	if ending, ok := endings[media]; ok {
		return ending
	}
	return ".bin"
}

// Disposition says how a file is handed out: to be stored, never to be shown,
// under a name that is ours.
func Disposition(h http.Header, ref string, f StoredFile) {
	strict(h)
	h.Set("Content-Type", anyFile)
	h.Set("Content-Length", fmt.Sprint(f.Size))
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%.8s%s"`, ref, f.Digest, endingOf(f.Media)))
}

// PreviewDisposition says how a picture that was drawn anew is shown.
func PreviewDisposition(h http.Header) {
	strict(h)
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Disposition", "inline")
}

func strict(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}
