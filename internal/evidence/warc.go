package evidence

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io"
	"time"
)

// warcMedia is what a WARC file is called.
const warcMedia = "application/warc"

// writeWARC writes the way to a page as WARC 1.1 (ISO 28500:2017): what it is,
// then request and response of every step, byte for byte as they went over the
// line, each record packed on its own.
func writeWARC(w io.Writer, f *fetched, agent string) error {
	info := newUUID()
	about := fmt.Appendf(nil, "software: keepiton\r\nformat: WARC File Format 1.1\r\nconformsTo: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\nhttp-header-user-agent: %s\r\n", agent)
	if err := writeRecord(w, record{"warcinfo", info, f.hops[0].at, "application/warc-fields", nil, about}); err != nil {
		return err
	}
	for _, h := range f.hops {
		target := [2]string{"WARC-Target-URI", h.url.String()}
		within := [2]string{"WARC-Warcinfo-ID", info}
		answer := newUUID()
		if err := writeRecord(w, record{"response", answer, h.at, "application/http;msgtype=response", [][2]string{target, within}, h.response}); err != nil {
			return err
		}
		beside := [2]string{"WARC-Concurrent-To", answer}
		if err := writeRecord(w, record{"request", newUUID(), h.at, "application/http;msgtype=request", [][2]string{target, within, beside}, h.request}); err != nil {
			return err
		}
	}
	return nil
}

type record struct {
	kind, id string
	at       time.Time
	media    string
	more     [][2]string
	block    []byte
}

func writeRecord(w io.Writer, r record) error {
	sum := sha256.Sum256(r.block)
	var b bytes.Buffer
	b.WriteString("WARC/1.1\r\n")
	for _, f := range append([][2]string{
		{"WARC-Type", r.kind}, {"WARC-Record-ID", r.id}, {"WARC-Date", r.at.UTC().Format("2006-01-02T15:04:05.000000Z")},
		{"WARC-Block-Digest", "sha256:" + base32.StdEncoding.EncodeToString(sum[:])},
		{"Content-Type", r.media}, {"Content-Length", fmt.Sprint(len(r.block))},
	}, r.more...) {
		fmt.Fprintf(&b, "%s: %s\r\n", f[0], f[1])
	}
	b.WriteString("\r\n")
	z := gzip.NewWriter(w)
	for _, part := range [][]byte{b.Bytes(), r.block, []byte("\r\n\r\n")} {
		if _, err := z.Write(part); err != nil {
			return err
		}
	}
	return z.Close()
}

// newUUID is the name of a record (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("<urn:uuid:%x-%x-%x-%x-%x>", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
