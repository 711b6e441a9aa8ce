//go:build !linux

package page

import "net"

// keepUnsentSmall bounds the whole buffer where the system cannot bound its
// unsent part alone.
func keepUnsentSmall(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(4 * maxUnsent) // a hint; the system may refuse it
	}
}
