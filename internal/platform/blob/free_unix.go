//go:build linux || darwin || freebsd

package blob

import "syscall"

// freeBytes is what an ordinary user may still write beside a path.
func freeBytes(path string) (n int64, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
