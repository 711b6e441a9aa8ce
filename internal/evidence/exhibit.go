package evidence

import (
	"context"
	"fmt"
	"os"
	"time"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/db"
)

// Exhibit is an item as it is handed out in a pack: what may be said of it, the
// bytes that go with it, and its custody.
type Exhibit struct {
	Public
	Content bool    // that it exists is not all that is told
	Bytes   []Bytes // by name
	Custody []Touch // empty where the content stays in: times and people lead to a source
}

// Bytes are kept bytes that go out under a name of ours.
type Bytes struct {
	Name   string
	Digest string
	Size   int64
	Salt   string // opens the seal of the digest in the custody
}

// ForPack gives what may go out of an item that was published: to everybody what
// [Service.ForPublication] gives, as far as it was told when it was published (then,
// the JSON of that answer); to a court also the whole content of an item whose
// consent says yes to that, with the originals and the captured pages. ok is false
// where not even its existence may be told.
func (s *Service) ForPack(ctx context.Context, q db.Querier, id int64, then string, court bool) (x Exhibit, ok bool, err error) {
	it, h, found, err := holdingsOf(ctx, q, id)
	if err != nil || !found {
		return Exhibit{}, false, err
	}
	if x.Public, ok = it.public(h, s.now()); !ok {
		return Exhibit{}, false, nil
	}
	if court = court && it.Court == Yes; court {
		x.Public = it.inCourt(h)
	} else if x.Public, err = x.Public.within(then); err != nil {
		return Exhibit{}, false, err
	}
	if x.Content = x.Kind != ""; !x.Content {
		return x, true, nil
	}
	for i, f := range x.Files {
		x.Bytes = append(x.Bytes, Bytes{Name: fmt.Sprintf("file-%d-%.8s%s", i+1, f.Digest, endingOf(f.Media)), Digest: f.Digest, Size: f.Size})
	}
	if court {
		for i, c := range h.captures {
			x.Bytes = append(x.Bytes, c.bytes(fmt.Sprintf("capture-%d/", i+1))...)
		}
	}
	for i, b := range x.Bytes {
		x.Bytes[i].Salt, _ = desk.Seal(it.Mask, b.Digest)
	}
	list, err := custodyOf(ctx, q, it)
	if err == nil {
		err = verifyChain(it, list)
	}
	x.Custody = beforePacks(list)
	return x, true, err
}

// inCourt is an item whose consent says yes to a court: its whole text, as it was said.
// Whose words it is needs its own word, and a place is told no more exactly than
// elsewhere.
func (i Item) inCourt(h holdings) Public {
	p := Public{Ref: i.Ref, Class: i.Class, Kind: i.Kind, Lang: i.Lang, Title: i.Title, Says: i.Says, URL: i.URL, Place: i.publicPlace(), Observed: i.publicTime()}
	if i.Named == Yes || (i.Audience == Open && i.nameMayGoOut()) {
		p.Speaker = i.Speaker
	}
	for _, f := range h.files {
		p.Files = append(p.Files, PublicFile{f.Digest, f.Size, f.Media})
	}
	for _, c := range h.captures {
		p.Captures = append(p.Captures, PublicPage{time.UnixMicro(c.At).UTC().Format(time.RFC3339), c.Body})
	}
	return p
}

// bytes are all that was kept of a page.
func (c Capture) bytes(dir string) []Bytes {
	out := []Bytes{{Name: dir + "page.warc", Digest: c.WARC, Size: c.WARCSize}, {Name: dir + "body.bin", Digest: c.Body, Size: c.BodySize}}
	for _, h := range c.Hops {
		step := fmt.Sprintf("%sstep-%d-", dir, h.N)
		for _, b := range []Bytes{{Name: step + "request.txt", Digest: h.Request, Size: h.RequestSize}, {Name: step + "response.txt", Digest: h.Response, Size: h.ResponseSize},
			{Name: step + "certificates.pem", Digest: h.Chain, Size: h.ChainSize}} {
			if b.Digest != "" {
				out = append(out, b)
			}
		}
	}
	return out
}

// beforePacks leaves off the last rows if they only say that the item was handed
// out: a pack would otherwise be another one because it was made once before.
func beforePacks(list []Touch) []Touch {
	n := len(list)
	for n > 0 && list[n-1].Act == Exported {
		n--
	}
	return list[:n]
}

// OpenBytes opens bytes of an [Exhibit]. The caller closes them.
func (s *Service) OpenBytes(b Bytes) (*os.File, error) {
	d, err := blob.ParseDigest(b.Digest)
	if err != nil {
		return nil, err
	}
	f, err := s.blobs.Open(d, b.Size)
	return f, blobTrouble(err)
}
