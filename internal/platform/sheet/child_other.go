//go:build !linux

package sheet

// confine is left to watch where the system's bounds are unknown to us.
func confine(order) {}
