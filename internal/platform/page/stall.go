package page

import (
	"net"
	"time"
)

// A reader who stops reading would keep a goroutine, and with a large download
// a view of the database, for ever. So a connection that carries nothing for a
// while is ended: the write fails, net/http cancels the request, and whatever
// the answer held is let go. A slow reader is no stalled one. What counts is
// that bytes flow, not how long the whole takes.

// Patience is how long a reader may take nothing before the connection ends.
// Half a minute is too short: the system makes room in steps of up to 80 kB,
// which takes 40 seconds on a line of 2,000 bytes a second, and lost packets
// add gaps of ten seconds and more. Such a download was seen cut off.
const Patience = 2 * time.Minute

// movingPiece is how many bytes must go out within the patience.
const movingPiece = 8 << 10

// maxUnsent bounds what waits in the system's own buffer before more is taken.
// Left to itself that grows to megabytes and makes room only when a third of
// them are free; on a slow line the reader would look stalled for many minutes.
const maxUnsent = 16 << 10

// writeMoving writes b in pieces, each of which has the whole patience.
func writeMoving(c net.Conn, b []byte, patience time.Duration) (n int, err error) {
	for {
		if err := c.SetWriteDeadline(time.Now().Add(patience)); err != nil {
			return n, err
		}
		m, err := c.Write(b[n:min(n+movingPiece, len(b))])
		if n += m; err != nil || n == len(b) {
			return n, err
		}
	}
}
