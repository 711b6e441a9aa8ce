//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package lock

import "os"

// Try gives the lock at once where there is none to be had.
func Try(*os.File) (got bool, err error) { return true, nil }
