package db

import (
	"errors"
	"fmt"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
)

// trouble is an error said in plain words, with the last word of the engine or
// the system behind them; on which way it came is left out.
type trouble struct {
	plain string
	last  error
	err   error
}

func (t *trouble) Error() string { return fmt.Sprintf("%s (%v)", t.plain, t.last) }

// Unwrap gives the cause.
func (t *trouble) Unwrap() error { return t.err }

// Result codes of SQLite; the low byte is the kind.
const (
	liteBusy     = 5
	liteReadOnly = 8
	liteIOError  = 10
	liteFull     = 13
	liteCantOpen = 14

	liteRead      = 266 // input and output: reading failed
	liteShortRead = 522
)

// explain says what a person can mend about a SQLite database in dir: nothing
// is wrong with the program or the record then. Other errors stay as they are.
func explain(dir string, err error) error {
	var said *trouble
	if err == nil || errors.As(err, &said) {
		return err
	}
	if abs, aerr := filepath.Abs(dir); aerr == nil {
		dir = abs
	}
	full := fmt.Sprintf("nothing more can be written in %s: the disk is full, or a limit on the size of files is reached. "+
		"Make room there, or name another directory with --data, and try again; what was there before is unchanged", dir)
	var system syscall.Errno
	if errors.As(err, &system) && (system == syscall.ENOSPC || system == syscall.EDQUOT || system == syscall.EFBIG) {
		return &trouble{full, system, err}
	}
	var lite *sqlite.Error
	if !errors.As(err, &lite) {
		return err
	}
	switch code := lite.Code(); code & 0xff {
	case liteFull:
		return &trouble{full, lite, err}
	case liteIOError:
		if code != liteRead && code != liteShortRead {
			return &trouble{full, lite, err}
		}
	case liteBusy:
		return &trouble{fmt.Sprintf("another program is writing to the register in %s; wait until it is done and try again", dir), lite, err}
	case liteReadOnly, liteCantOpen:
		return &trouble{fmt.Sprintf("the register in %s cannot be opened for writing; check that the directory and the files in it belong to the user who runs keepiton", dir), lite, err}
	}
	return err
}
