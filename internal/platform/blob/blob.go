package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Digest is the SHA-256 of some bytes.
type Digest [sha256.Size]byte

// String is the digest in hexadecimal, as sha256sum prints it.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// DigestOf is the digest of bytes at hand.
func DigestOf(b []byte) Digest { return sha256.Sum256(b) }

// ParseDigest reads what [Digest.String] writes, and nothing else.
func ParseDigest(s string) (Digest, error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != sha256.Size || hex.EncodeToString(raw) != s {
		return Digest{}, fmt.Errorf("blob: %q is no SHA-256", s)
	}
	return Digest(raw), nil
}

// Errors of the store.
var (
	// ErrMissing: nothing is kept under this digest.
	ErrMissing = errors.New("nothing is kept under this digest")
	// ErrDamaged: what is kept is not what was put there.
	ErrDamaged = errors.New("what is kept under this digest is damaged")
	// ErrTooLarge: more than the limit.
	ErrTooLarge = errors.New("more bytes than are taken")
)

// Kept is what the store knows of some bytes.
type Kept struct {
	Digest Digest
	Size   int64
	At     time.Time // when they were last put here
}

// Store is a directory of bytes. It is safe for concurrent use.
type Store struct {
	Reserve int64 // bytes of the disk that are kept free for others: signatures and the ledger lie there too
	dir     string
	mu      sync.Mutex // a name is not taken away while it is being found to be there
}

// reserve is what a store leaves free unless it is told otherwise.
const reserve = 256 << 20

// New opens a store, which is made when it is not there, and sweeps what
// writers left behind who did not live to finish.
func New(dir string) (*Store, error) {
	s := &Store{Reserve: reserve, dir: dir}
	if err := os.MkdirAll(s.tmp(), 0o700); err != nil {
		return nil, fmt.Errorf("blob.New: %w", explain(dir, err))
	}
	if err := s.sweep(); err != nil {
		return nil, fmt.Errorf("blob.New: %w", explain(dir, err))
	}
	return s, nil
}

func (s *Store) tmp() string { return filepath.Join(s.dir, "tmp") }

// path is where the bytes of a digest lie.
func (s *Store) path(d Digest) string {
	name := d.String()
	return filepath.Join(s.dir, name[:2], name[2:4], name)
}

// Put keeps what r gives, up to limit bytes; of more it keeps nothing and gives
// [ErrTooLarge]. An error of r is passed on. When Put returns without an error
// the bytes survive a loss of power.
func (s *Store) Put(ctx context.Context, r io.Reader, limit int64) (Kept, error) {
	k, err := s.put(ctx, r, limit)
	if err != nil {
		return Kept{}, fmt.Errorf("blob.Put: %w", explain(s.dir, err))
	}
	return k, nil
}

func (s *Store) put(ctx context.Context, r io.Reader, limit int64) (Kept, error) {
	if err := s.room(); err != nil {
		return Kept{}, err
	}
	t, err := s.spool()
	if err != nil {
		return Kept{}, err
	}
	defer os.Remove(t.Name()) // nothing to do once it has its name
	defer t.Close()           // the lock goes with it, so it lasts until the name is there
	sum := sha256.New()
	n, err := s.stream(ctx, t, sum, r, limit)
	if err != nil {
		return Kept{}, err
	}
	if err := t.Sync(); err != nil {
		return Kept{}, err
	}
	k := Kept{Digest: Digest(sum.Sum(nil)), Size: n, At: time.Now()}
	return k, s.settle(t.Name(), &k)
}

// roomEvery is after how many bytes the disk is looked at again.
const roomEvery = 16 << 20

// room gives [ErrFull] when the disk has less left than is kept for others.
func (s *Store) room() error {
	free, known := freeBytes(s.dir)
	if known && free < s.Reserve {
		return fmt.Errorf("%s has %d MB left, which are kept for what must not fail: %w", s.dir, free>>20, ErrFull)
	}
	return nil
}

// stream copies r to the file and the hash, and stops when ctx ends. A piece is
// hashed while the next one is read and written.
func (s *Store) stream(ctx context.Context, f *os.File, sum hash.Hash, r io.Reader, limit int64) (n int64, err error) {
	free, full, hashed := make(chan []byte, 2), make(chan []byte), make(chan struct{})
	for range cap(free) {
		free <- make([]byte, 256<<10)
	}
	go func() {
		defer close(hashed)
		for piece := range full {
			sum.Write(piece)
			free <- piece[:cap(piece)]
		}
	}()
	defer func() { close(full); <-hashed }()
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		buf := <-free
		got, rerr := r.Read(buf)
		if n += int64(got); n > limit {
			return n, ErrTooLarge
		}
		if n/roomEvery != (n-int64(got))/roomEvery {
			if err := s.room(); err != nil {
				return n, err
			}
		}
		if _, err := f.Write(buf[:got]); err != nil {
			return n, err
		}
		full <- buf[:got]
		if errors.Is(rerr, io.EOF) {
			return n, nil
		}
		if rerr != nil {
			return n, rerr
		}
	}
}

// settle gives a finished file its name, unless one of that name and length is
// there, and makes the name last. A file of another length was damaged; it is
// replaced.
func (s *Store) settle(tmp string, k *Kept) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := s.path(k.Digest)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if st, err := os.Stat(path); err == nil && st.Size() == k.Size {
		// Who takes old bytes away that nobody names must not take these: they are
		// about to be named.
		if err := os.Chtimes(path, k.At, k.At); err != nil {
			return err
		}
	} else if err := os.Rename(tmp, path); err != nil {
		return err
	}
	// Also for a file that was there: who put it may not have come this far yet.
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if err := syncDir(dir); err != nil {
			return err
		}
		if dir == filepath.Clean(s.dir) {
			return nil
		}
	}
}

// syncDir makes the names in a directory last.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Open opens the bytes of a digest for reading; size is what was recorded about
// them. Bytes that are not there are [ErrMissing], of another length [ErrDamaged].
func (s *Store) Open(d Digest, size int64) (*os.File, error) {
	f, err := os.Open(s.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("blob.Open %s: %w", d, ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("blob.Open: %w", err)
	}
	if st, err := f.Stat(); err != nil || st.Size() != size {
		f.Close()
		return nil, fmt.Errorf("blob.Open %s: %w", d, errors.Join(ErrDamaged, err))
	}
	return f, nil
}

// Verify reads the bytes of a digest again and tells whether they still are
// what they were, by [ErrMissing] or [ErrDamaged] if not.
func (s *Store) Verify(ctx context.Context, d Digest) error {
	f, err := os.Open(s.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("blob.Verify %s: %w", d, ErrMissing)
	}
	if err != nil {
		return fmt.Errorf("blob.Verify: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	buf := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := f.Read(buf)
		sum.Write(buf[:n])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("blob.Verify %s: %w", d, err)
		}
	}
	if Digest(sum.Sum(nil)) != d {
		return fmt.Errorf("blob.Verify %s: %w", d, ErrDamaged)
	}
	return nil
}

// Each tells fn of everything that is kept, in the order of the digests. Files
// of other names are passed over.
func (s *Store) Each(fn func(Kept) error) error {
	err := filepath.WalkDir(s.dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path == s.tmp():
			return filepath.SkipDir
		case e.IsDir():
			return nil
		}
		d, err := ParseDigest(e.Name())
		if err != nil || s.path(d) != filepath.Clean(path) {
			return nil
		}
		st, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		return fn(Kept{Digest: d, Size: st.Size(), At: st.ModTime()})
	})
	if err != nil {
		return fmt.Errorf("blob.Each: %w", err)
	}
	return nil
}

// DeleteOld takes the bytes of a digest away unless they were put here after an
// instant, also by somebody who puts them here just now. It tells whether they
// are gone.
func (s *Store) DeleteOld(d Digest, before time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, err := os.Stat(s.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("blob.DeleteOld: %w", err)
	}
	if !st.ModTime().Before(before) {
		return false, nil
	}
	return true, s.remove(d)
}

// Delete takes the bytes of a digest away, for good. That nothing was there is
// no error.
func (s *Store) Delete(d Digest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remove(d)
}

func (s *Store) remove(d Digest) error {
	path := s.path(d)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("blob.Delete: %w", err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("blob.Delete: %w", err)
	}
	return nil
}
