package evidence

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // forms that are read
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"slices"
	"time"

	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"

	"keepiton/internal/platform/child"
)

// Everything in this file runs in a child process: it reads what strangers made.

// pictureBounds hold a child that reads one file.
var pictureBounds = child.Bounds{Heap: 512 << 20, Time: 20 * time.Second}

const (
	maxPixels  = 40_000_000
	maxHead    = 1 << 20 // of a file, in which the size of a picture must stand
	previewMax = 1200    // pixels of the longer side
)

// pictureTypes are the pictures that are decoded.
var pictureTypes = []string{"image/jpeg", "image/png", "image/gif", "image/webp"}

// seen of a file by its content.
type looked struct {
	Media         string
	Width, Height int
	DHash, PHash  string
}

// looking tells the type of a file by its content, and of a picture its size and
// hashes. The type comes first: it stays if the rest kills the child.
var looking = child.New("evidence.look", func(_ struct{}, in io.Reader, out io.Writer) error {
	b := bufio.NewReaderSize(in, maxHead)
	head, err := b.Peek(8 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	l := looked{Media: mediaOf(head)}
	answer := json.NewEncoder(out)
	if err := answer.Encode(l); err != nil || !slices.Contains(pictureTypes, l.Media) {
		return err
	}
	m, err := decode(b)
	if err != nil {
		return nil // a picture that cannot be read is a file like others
	}
	l.Width, l.Height = m.Rect.Dx(), m.Rect.Dy()
	l.DHash, l.PHash = fmt.Sprintf("%016x", dHash(m)), fmt.Sprintf("%016x", pHash(m))
	return answer.Encode(l)
})

// mediaOf is the type of a file that begins like this, without parameters.
func mediaOf(head []byte) string {
	media := mimetype.Detect(head).String()
	if i := bytes.IndexByte([]byte(media), ';'); i >= 0 {
		media = media[:i]
	}
	return media
}

// Box is a part of a picture, in pixels of the picture as it is seen.
type Box struct {
	X, Y, W, H int
	Reason     Reason
}

// sketch is how a picture is drawn anew.
type sketch struct {
	Boxes []Box // burned in
	Grey  bool  // small and grey, for looking at
}

// drawn goes before the bytes of a new picture.
type drawn struct {
	looked
	Size    int64
	Trouble string // "" or the key of what is wrong
}

// drawing makes a new picture out of the pixels of another and nothing else.
var drawing = child.New("evidence.draw", func(s sketch, in io.Reader, out io.Writer) error {
	b := bufio.NewReaderSize(in, maxHead)
	head, _ := b.Peek(8 << 10)
	media := mediaOf(head)
	m, err := decode(b)
	if err != nil || !slices.Contains(pictureTypes, media) {
		return json.NewEncoder(out).Encode(drawn{Trouble: "evidence.no_picture"})
	}
	for _, box := range s.Boxes {
		r := image.Rect(box.X, box.Y, box.X+box.W, box.Y+box.H)
		if r.Empty() || !r.In(m.Rect) {
			return json.NewEncoder(out).Encode(drawn{Trouble: "evidence.bad_box"})
		}
		draw.Draw(m, r, image.Black, image.Point{}, draw.Src)
	}
	var fresh image.Image = m
	if s.Grey {
		fresh, media = greyed(m), "image/jpeg"
	}
	var body bytes.Buffer
	d := drawn{looked: looked{Media: media, Width: fresh.Bounds().Dx(), Height: fresh.Bounds().Dy()}}
	if media == "image/jpeg" {
		err = jpeg.Encode(&body, fresh, &jpeg.Options{Quality: 90})
	} else {
		d.Media, err = "image/png", (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&body, fresh)
	}
	if err != nil {
		return err
	}
	if !s.Grey {
		d.DHash, d.PHash = fmt.Sprintf("%016x", dHash(m)), fmt.Sprintf("%016x", pHash(m))
	}
	d.Size = int64(body.Len())
	if err := json.NewEncoder(out).Encode(d); err != nil {
		return err
	}
	_, err = body.WriteTo(out)
	return err
})

// decode reads a picture as it is meant to be seen. What would be too large is
// refused by its header, before it is unpacked.
func decode(b *bufio.Reader) (*image.RGBA, error) {
	turn := 1
	if head, _ := b.Peek(maxHead); len(head) > 0 {
		turn = orientation(head)
		c, _, err := image.DecodeConfig(bytes.NewReader(head))
		if err != nil {
			return nil, err
		}
		if c.Width <= 0 || c.Height <= 0 || c.Width > maxPixels/c.Height {
			return nil, errors.New("too large a picture")
		}
	}
	m, _, err := image.Decode(b)
	if err != nil {
		return nil, err
	}
	flat := image.NewRGBA(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
	draw.Draw(flat, flat.Rect, image.White, image.Point{}, draw.Src) // what is transparent may hide nothing
	draw.Draw(flat, flat.Rect, m, m.Bounds().Min, draw.Over)
	return turned(flat, turn), nil
}

// turned is a picture after its orientation (TIFF 6.0, 1 to 8).
func turned(m *image.RGBA, how int) *image.RGBA {
	if how <= 1 || how > 8 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if how >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			to := [9]image.Point{2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y}, 5: {y, x}, 6: {h - 1 - y, x}, 7: {h - 1 - y, w - 1 - x}, 8: {y, w - 1 - x}}[how]
			i, j := m.PixOffset(x, y), out.PixOffset(to.X, to.Y)
			copy(out.Pix[j:j+4], m.Pix[i:i+4])
		}
	}
	return out
}

// greyed is a small grey copy.
func greyed(m *image.RGBA) *image.Gray {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	if most := max(w, h); most > previewMax {
		w, h = max(1, w*previewMax/most), max(1, h*previewMax/most)
	}
	out := image.NewGray(image.Rect(0, 0, w, h))
	draw.ApproxBiLinear.Scale(out, out.Rect, m, m.Rect, draw.Src, nil)
	return out
}

// shades are the brightnesses of a picture brought down to w times h.
func shades(m image.Image, w, h int) []float64 {
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.BiLinear.Scale(small, small.Rect, m, m.Bounds(), draw.Src, nil)
	out := make([]float64, 0, w*h)
	for y := range h {
		for x := range w {
			out = append(out, float64(color.GrayModel.Convert(small.At(x, y)).(color.Gray).Y))
		}
	}
	return out
}

// dHash tells where a picture gets darker from left to right.
func dHash(m image.Image) (hash uint64) {
	g := shades(m, 9, 8)
	for y := range 8 {
		for x := range 8 {
			hash <<= 1
			if g[y*9+x] > g[y*9+x+1] {
				hash |= 1
			}
		}
	}
	return hash
}

// pHash tells which of the coarse waves of a picture are stronger than most.
func pHash(m image.Image) (hash uint64) {
	const n = 32
	g := shades(m, n, n)
	var waves [64]float64
	for v := range 8 {
		for u := range 8 {
			for y := range n {
				cy := math.Cos(math.Pi * float64(v) * (float64(y) + 0.5) / n)
				for x := range n {
					waves[v*8+u] += g[y*n+x] * cy * math.Cos(math.Pi*float64(u)*(float64(x)+0.5)/n)
				}
			}
		}
	}
	waves[0] = 0 // the brightness as a whole
	sorted := slices.Clone(waves[:])
	slices.Sort(sorted)
	for _, w := range waves {
		hash <<= 1
		if w > sorted[32] {
			hash |= 1
		}
	}
	return hash
}
