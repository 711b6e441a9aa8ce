package app

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"keepiton/internal/evidence"
	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/db"
)

// bytesPart begins the names of the bytes of evidence in a backup.
const bytesPart = "evidence/"

// writeBytes puts the bytes that rows name into a backup. Bytes that are lost are
// counted: a backup of the rest is better than none.
func (e *Env) writeBytes(ctx context.Context, tw *tar.Writer, q db.Querier, m *manifest) (lost int, err error) {
	list, err := evidence.Named(ctx, q)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	blobs, err := blob.New(filepath.Join(e.directory(), blobDir))
	if err != nil {
		return 0, err
	}
	for _, k := range list {
		f, err := blobs.Open(k.Digest, k.Size)
		if errors.Is(err, blob.ErrMissing) || errors.Is(err, blob.ErrDamaged) {
			lost++
			continue
		}
		if err != nil {
			return lost, err
		}
		err = tw.WriteHeader(&tar.Header{Name: bytesPart + k.Digest.String(), Mode: 0o600, Size: k.Size})
		if err == nil {
			_, err = io.Copy(tw, f)
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return lost, err
		}
		m.Files++
	}
	return lost, nil
}

// bytesKeeper brings bytes of evidence back. Its directory is made when the first
// come.
type bytesKeeper struct {
	dir   string
	fresh bool // the directory was not there before
	blobs *blob.Store
}

func (e *Env) bytesKeeper() *bytesKeeper {
	dir := filepath.Join(e.directory(), blobDir)
	_, err := os.Stat(dir)
	return &bytesKeeper{dir: dir, fresh: errors.Is(err, fs.ErrNotExist)}
}

// keep keeps a part of a backup, and refuses one that is not what its name says.
func (k *bytesKeeper) keep(ctx context.Context, name string, size int64, r io.Reader) (err error) {
	if k.blobs == nil {
		if k.blobs, err = blob.New(k.dir); err != nil {
			return err
		}
	}
	want, err := blob.ParseDigest(strings.TrimPrefix(name, bytesPart))
	if err != nil {
		return err
	}
	got, err := k.blobs.Put(ctx, r, size)
	if err != nil {
		return err
	}
	if got.Digest != want {
		return errors.Join(fmt.Errorf("the file of evidence %s is damaged", want), k.blobs.Delete(got.Digest))
	}
	return nil
}

// undo takes back what came with a backup that was not restored. Into a directory
// that was there before files were only added, which nobody names.
func (k *bytesKeeper) undo() error {
	if !k.fresh {
		return nil
	}
	return os.RemoveAll(k.dir)
}
