//go:build linux || darwin || freebsd || netbsd || openbsd

package ledger

import (
	"errors"
	"os"
	"syscall"
)

// lockFile keeps a second process out until unlock is called or this one ends.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { f.Close() }, nil
}
