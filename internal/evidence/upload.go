package evidence

import (
	"context"
	"io"
	"time"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// upload is a file whose bytes are kept, and which belongs to no item yet.
type upload struct {
	Form   string `db:"form"` // the mark of the form it came with
	Person string `db:"person"`
	Digest string `db:"digest"`
	Size   int64  `db:"size"`
	Name   string `db:"name"`
	At     int64  `db:"at"`
}

// unfiledFor is how long bytes are kept that belong to no item.
const unfiledFor = 24 * time.Hour

// receive keeps the bytes of a file. An empty one is none.
func (s *Service) receive(ctx context.Context, name string, r io.Reader) (upload, error) {
	k, err := s.blobs.Put(ctx, r, maxFile)
	if err != nil {
		return upload{}, blobTrouble(err)
	}
	if k.Size == 0 {
		return upload{}, fault.Mend(fault.Field{Name: "file", Key: "evidence.file_empty"})
	}
	return upload{Digest: k.Digest.String(), Size: k.Size, Name: CleanName(name)}, nil
}

// addUpload files an item with a file that was received.
func (s *Service) addUpload(ctx context.Context, a desk.Actor, caseRef string, f Filing, up upload) (Item, error) {
	d, err := blob.ParseDigest(up.Digest)
	if err != nil {
		return Item{}, err
	}
	l, err := s.lookAt(ctx, blob.Kept{Digest: d, Size: up.Size})
	if err != nil {
		return Item{}, err
	}
	row := StoredFile{Digest: up.Digest, Size: up.Size, Media: l.Media, Name: up.Name, Width: l.Width, Height: l.Height, DHash: l.DHash, PHash: l.PHash, Created: s.now().UnixMicro()}
	return s.add(ctx, a, caseRef, f, up.Digest, func(tx db.Tx, it *Item) error {
		row.Item = it.ID
		return insertFile(ctx, tx, &row)
	})
}

// keepUpload remembers the file of a form in which something else has to be
// mended.
func (s *Service) keepUpload(ctx context.Context, a desk.Actor, form string, up upload) error {
	up.Form, up.Person, up.At = form, a.Ref, s.now().UnixMicro()
	return s.db.Write(ctx, func(tx db.Tx) error {
		return db.Upsert(ctx, tx, "evidence_upload", []upload{up}, `on conflict (form) do update set digest = excluded.digest, size = excluded.size, name = excluded.name, at = excluded.at
			where evidence_upload.person = excluded.person`)
	})
}

// uploadOf is the file that somebody sent with a form before.
func (s *Service) uploadOf(ctx context.Context, a desk.Actor, form string) (upload, bool, error) {
	return db.SelectOne[upload](ctx, s.db.Reader(), `/* evidence.uploadOf */ select `+db.Columns[upload]("")+` from evidence_upload where form = $1 and person = $2`, form, a.Ref)
}

// dropUploads forgets the files of forms that were never sent again.
func (s *Service) dropUploads(ctx context.Context, before time.Time) error {
	return s.db.Write(ctx, func(tx db.Tx) error {
		_, err := db.Exec(ctx, tx, `/* evidence.dropUploads */ delete from evidence_upload where at < $1`, before.UnixMicro())
		return err
	})
}
