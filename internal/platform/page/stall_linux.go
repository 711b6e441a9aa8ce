package page

import (
	"net"
	"syscall"
)

// tcpNotSentLowAt is TCP_NOTSENT_LOWAT of tcp(7), which package syscall lacks.
const tcpNotSentLowAt = 25

// keepUnsentSmall bounds what waits unsent in the system's buffer; what is on
// its way to the reader is not bounded, so fast lines stay fast.
func keepUnsentSmall(c net.Conn) {
	conn, ok := c.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return // the connection is gone; the next write will tell
	}
	_ = raw.Control(func(fd uintptr) {
		// A socket that is no TCP one does not know the option and needs none.
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpNotSentLowAt, maxUnsent)
	})
}
