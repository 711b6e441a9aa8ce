package blob

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"keepiton/internal/platform/lock"
)

// spool makes a temporary file and locks it: as long as its writer lives, a
// sweep by another process passes it over.
func (s *Store) spool() (*os.File, error) {
	for {
		f, err := os.CreateTemp(s.tmp(), "") // mode 0600
		if err != nil {
			return nil, err
		}
		if got, err := lock.Try(f); err != nil {
			f.Close()
			os.Remove(f.Name())
			return nil, err
		} else if got && still(f) {
			return f, nil
		}
		f.Close() // a sweep came between the making and the locking
	}
}

// still tells whether an open file has its name still.
func still(f *os.File) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(f.Name())
	return err == nil && os.SameFile(a, b)
}

// sweep deletes the temporary files nobody writes any more.
func (s *Store) sweep() error {
	list, err := os.ReadDir(s.tmp())
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := sweepOne(filepath.Join(s.tmp(), e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func sweepOne(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if got, err := lock.Try(f); err != nil || !got {
		return err
	}
	return os.Remove(path)
}

// ErrFull: the disk, or a limit set to the program, has no room.
var ErrFull = errors.New("the disk is full, or a limit on the size of files is reached")

// explain says in plain words what a person can mend about the directory.
func explain(dir string, err error) error {
	var system syscall.Errno
	if errors.As(err, &system) && (system == syscall.ENOSPC || system == syscall.EDQUOT || system == syscall.EFBIG) {
		return fmt.Errorf("nothing more can be written in %s: %w. Make room there and try again; what was there before is unchanged (%w)", dir, ErrFull, system)
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s cannot be written; check that the directory and the files in it belong to the user who runs keepiton (%w)", dir, err)
	}
	return err
}
