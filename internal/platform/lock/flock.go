//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

// Package lock keeps processes apart by locks on files and directories. Such a
// lock ends with the process that holds it, however it ends.
package lock

import (
	"errors"
	"os"
	"syscall"
)

// Try locks an open file or directory until it is closed. A file system
// that knows no locks gives it at once: SQLite's own must do there.
func Try(f *os.File) (got bool, err error) {
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case err == nil:
		return true, nil
	case errors.Is(err, syscall.EWOULDBLOCK), errors.Is(err, syscall.EINTR):
		return false, nil
	case errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.ENOSYS), errors.Is(err, syscall.ENOLCK), errors.Is(err, syscall.EBADF), errors.Is(err, syscall.EINVAL):
		return true, nil
	default:
		return false, err
	}
}
