//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package db

import "os"

// tryLock gives the lock at once where there is none to be had.
func tryLock(*os.File) (got bool, err error) { return true, nil }
