package evidence

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/draw"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/child"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// photo is a picture with shapes that no two seeds share.
func photo(seed uint64, w, h int) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 1))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Rect, image.NewUniform(color.RGBA{uint8(r.IntN(256)), 90, 160, 255}), image.Point{}, draw.Src)
	for range 14 {
		x, y := r.IntN(w), r.IntN(h)
		part := image.Rect(x, y, x+w/8+r.IntN(w/3), y+h/8+r.IntN(h/3))
		draw.Draw(m, part, image.NewUniform(color.RGBA{uint8(r.IntN(256)), uint8(r.IntN(256)), uint8(r.IntN(256)), 255}), image.Point{}, draw.Src)
	}
	return m
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t testing.TB, m image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withCamera puts what a camera writes into a JPEG: how to turn it, and where it
// was taken.
func withCamera(jpeg []byte, turn uint16) []byte {
	tiff := []byte("II*\x00\x08\x00\x00\x00\x02\x00")
	entry := func(tag, kind uint16, count, value uint32) {
		tiff = binary.LittleEndian.AppendUint16(tiff, tag)
		tiff = binary.LittleEndian.AppendUint16(tiff, kind)
		tiff = binary.LittleEndian.AppendUint32(tiff, count)
		tiff = binary.LittleEndian.AppendUint32(tiff, value)
	}
	entry(0x010f, 2, 20, 64)
	entry(0x0112, 3, 1, uint32(turn))
	tiff = append(tiff, "\x00\x00\x00\x00 CANARY-GPS 35.6892,51.3890"...)
	part := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{}, jpeg[:2]...)
	out = append(out, 0xff, 0xe1, byte((len(part)+2)>>8), byte(len(part)+2))
	return append(append(append(out, part...), jpeg[2:]...), "CANARY-TRAILER"...)
}

func (w *world) mustAddFile(t testing.TB, a desk.Actor, name string, content []byte) (Item, StoredFile) {
	t.Helper()
	f := filing()
	f.Kind, f.Class = File, ClassMedia
	it, err := w.AddFile(t.Context(), a, "L-2026-0001", f, name, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.Files(t.Context(), a, it.Ref)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	return it, list[0]
}

func zipped(t testing.TB, content ...[]byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("a.txt")
	if err != nil {
		t.Fatal(err)
	}
	f.Write(bytes.Join(content, nil))
	z.Close()
	return b.Bytes()
}

// TestFileTypes: what a file is, its content tells; how it is handed out does not
// depend on it.
func TestFileTypes(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	small := photo(1, 90, 60)
	var animation bytes.Buffer
	gif.Encode(&animation, small, nil)
	for _, c := range []struct {
		name    string
		content []byte
		media   string
		width   int
		ending  string
	}{
		{"photo.exe", asPNG(t, small), "image/png", 90, ".png"}, {"text.txt", asJPEG(t, small, 80), "image/jpeg", 90, ".jpg"}, {"a.png", animation.Bytes(), "image/gif", 90, ".gif"},
		{"turned.jpg", withCamera(asJPEG(t, small, 80), 6), "image/jpeg", 60, ".jpg"},
		{"photo.jpg", []byte("<!DOCTYPE html><html><script>alert(1)</script>"), "text/html", 0, ".bin"},
		{"photo.png", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "image/svg+xml", 0, ".bin"},
		{"a.jpg", zipped(t), "application/zip", 0, ".bin"}, {"paper", []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"), "application/pdf", 0, ".pdf"},
		{"film.jpg", []byte("\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"), "video/mp4", 0, ".mp4"}, {"", []byte("words"), "text/plain", 0, ".txt"},
		{"a.jpg\u202egpj.exe", []byte("MZ\x90\x00\x03\x00\x00\x00"), "application/vnd.microsoft.portable-executable", 0, ".bin"},
	} {
		it, f := w.mustAddFile(t, amina, c.name, c.content)
		if f.Media != c.media || f.Width != c.width || f.Name != CleanName(c.name) || f.Size != int64(len(c.content)) || string(w.bytesOf(t, f.Digest, f.Size)) != string(c.content) {
			t.Errorf("%q is %q, %d wide: %+v", c.name, f.Media, f.Width, f)
		}
		h := http.Header{}
		Disposition(h, it.Ref, f)
		if h.Get("Content-Type") != "application/octet-stream" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" ||
			h.Get("Content-Disposition") != `attachment; filename="`+it.Ref+"-"+f.Digest[:8]+c.ending+`"` {
			t.Errorf("%q is handed out with %v", c.name, h)
		}
		_, err := w.Preview(t.Context(), amina, it.Ref, f.Digest)
		if (err == nil) != (c.width > 0) {
			t.Errorf("a small picture of %q: %v", c.name, err)
		} else if err != nil {
			mustBe(t, c.name, err, fault.Invalid)
		}
	}
	f := filing()
	f.Kind = File
	_, err := w.Add(t.Context(), amina, "L-2026-0001", f)
	mustBe(t, "a file without a file", err, fault.Invalid)
}

// endless is a file that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestFileRefused: before the bytes come where the person may not, and when they
// are too many.
func TestFileRefused(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	f := filing()
	f.Kind = File
	_, err := w.AddFile(t.Context(), reads, "L-2026-0001", f, "x", nil) // nil: would panic if it were read
	mustBe(t, "by a reader", err, fault.Forbidden)
	_, err = w.AddFile(t.Context(), other, "L-2026-0001", f, "x", nil)
	mustBe(t, "from elsewhere", err, fault.NotFound)
	wrong := f
	wrong.Title = ""
	_, err = w.AddFile(t.Context(), amina, "L-2026-0001", wrong, "x", nil)
	mustBe(t, "without a title", err, fault.Invalid)
	_, err = w.AddFile(t.Context(), amina, "L-2026-0001", f, "x", endless{})
	mustBe(t, "endless", err, fault.TooLarge)
	if list, err := ItemsOf(t.Context(), w.db.Reader(), 1); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

// TestPreview: small, grey, and with nothing of what the camera wrote; who looked
// and who took it away is in the custody.
func TestPreview(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		it, f := w.mustAddFile(t, amina, "photo.jpg", withCamera(asJPEG(t, photo(2, 1600, 1000), 90), 8))
		if f.Width != 1000 || f.Height != 1600 {
			t.Errorf("%+v", f)
		}
		_, err := w.Preview(t.Context(), other, it.Ref, f.Digest)
		mustBe(t, "looking from elsewhere", err, fault.NotFound)
		_, err = w.Preview(t.Context(), amina, it.Ref, strings.Repeat("0", 64))
		mustBe(t, "a file of another item", err, fault.NotFound)
		small, err := w.Preview(t.Context(), reads, it.Ref, f.Digest)
		if err != nil {
			t.Fatal(err)
		}
		m, form, err := image.Decode(bytes.NewReader(small))
		if err != nil || form != "jpeg" || m.ColorModel() != color.GrayModel || m.Bounds().Dx() != 750 || m.Bounds().Dy() != 1200 {
			t.Errorf("%v %s %v", m.Bounds(), form, err)
		}
		if bytes.Contains(small, []byte("CANARY")) || bytes.Contains(small, []byte("Exif")) {
			t.Error("what the camera wrote is in the small picture")
		}
		_, _, err = w.Download(t.Context(), reads, it.Ref, f.Digest)
		mustBe(t, "a reader who takes it away", err, fault.Forbidden)
		body, _, err := w.Download(t.Context(), boris, it.Ref, f.Digest)
		if err != nil {
			t.Fatal(err)
		}
		body.Close()
		w.mustBeWhole(t, it.Ref, Received, Viewed, Downloaded)
		list, err := w.Custody(t.Context(), reads, it.Ref)
		if err != nil || list[0].Digest != f.Digest || list[1].Person != "reads" || list[1].Organisation != 8 || list[2].Person != "boris" || list[2].Digest != f.Digest {
			t.Errorf("%+v %v", list, err)
		}
		w.record = func(_ context.Context, _ db.Tx, _ Touch) error { return io.ErrClosedPipe }
		if _, err := w.Preview(t.Context(), reads, it.Ref, f.Digest); err == nil {
			t.Error("shown though it could not be recorded")
		}
		if _, _, err := w.Download(t.Context(), boris, it.Ref, f.Digest); err == nil {
			t.Error("handed out though it could not be recorded")
		}
	})
}

// TestDuplicates: the same file, and the same picture in another form, are found;
// others are not.
func TestDuplicates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := photo(3, 800, 600)
		original := asPNG(t, m)
		first, _ := w.mustAddFile(t, amina, "a.png", original)
		small := image.NewRGBA(image.Rect(0, 0, 320, 240))
		draw.CatmullRom.Scale(small, small.Rect, m, m.Rect, draw.Src, nil)
		copies := map[string][]byte{"same": original, "smaller": asPNG(t, small), "packed harder": asJPEG(t, m, 30), "smaller and packed": asJPEG(t, small, 40)}
		for name, content := range copies {
			it, _ := w.mustAddFile(t, boris, name, content)
			list, err := w.Suggest(t.Context(), boris, it.Ref)
			found := false
			for _, s := range list {
				found = found || (s.Ref == first.Ref && (s.Why == SameFile) == (name == "same"))
			}
			if err != nil || !found {
				t.Errorf("%s: %+v %v", name, list, err)
			}
			if name == "same" && (len(list) == 0 || list[0].Why != SameFile) {
				t.Errorf("the surest comes first: %+v", list)
			}
		}
		for seed := range uint64(20) {
			it, _ := w.mustAddFile(t, boris, "another", asPNG(t, photo(100+seed, 400, 300)))
			if list, err := w.Suggest(t.Context(), boris, it.Ref); err != nil || len(list) != 0 {
				t.Errorf("picture %d is said to be like %+v %v", seed, list, err)
			}
			if testing.Short() || seed == 5 && d.Engine == db.Postgres {
				break
			}
		}
		hidden := actor("hidden", 9, desk.Contributor, "SY")
		f := filing()
		f.Kind, f.Class = File, ClassMedia
		elsewhere, err := w.AddFile(t.Context(), hidden, "L-2026-0002", f, "x", bytes.NewReader(original))
		if err != nil {
			t.Fatal(err)
		}
		if list, err := w.Suggest(t.Context(), hidden, elsewhere.Ref); err != nil || len(list) != 0 {
			t.Errorf("items of another country are told of: %+v %v", list, err)
		}
	})
}

// pngOf is a PNG whose header claims a size, with as much of its rows as is
// given.
func pngOf(w, h uint32, kind byte, rows []byte, more ...string) []byte {
	out := []byte("\x89PNG\r\n\x1a\n")
	part := func(name string, body []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
		start := len(out)
		out = append(append(out, name...), body...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	part("IHDR", append(head, 8, kind, 0, 0, 0))
	for i := 0; i+1 < len(more); i += 2 {
		part(more[i], []byte(more[i+1]))
	}
	part("IDAT", rows)
	part("IEND", nil)
	return out
}

// packed are zeros, small.
func packed(t testing.TB, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(make([]byte, n))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// manyScans repeats the scan of a JPEG a thousand times.
func manyScans(good []byte) []byte {
	i := bytes.Index(good, []byte{0xff, 0xda})
	scan := good[i : len(good)-2]
	return append(append(bytes.Clone(good[:i]), bytes.Repeat(scan, 1000)...), 0xff, 0xd9)
}

// TestBombs: files made to hurt a reader are files like others, soon, and the
// next one is none the worse.
func TestBombs(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	good := asJPEG(t, photo(4, 200, 100), 80)
	wide := asPNG(t, image.NewGray(image.Rect(0, 0, 30_000, 5_000))) // 150 million pixels in some kB
	deep := asPNG(t, image.NewGray16(image.Rect(0, 0, 6_300, 6_300)))
	gifHead := "GIF89a\xff\xff\xff\xff\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x02D\x01\x00;"
	lying := bytes.Clone(good)
	if i := bytes.Index(lying, []byte{0xff, 0xc0}); i > 0 { // the frame says it is 65,500 pixels high
		binary.BigEndian.PutUint16(lying[i+5:], 65_500)
		binary.BigEndian.PutUint16(lying[i+7:], 65_500)
	}
	for name, content := range map[string][]byte{
		"png of 4 billion pixels": pngOf(1<<16, 1<<16, 6, nil), "png of the largest size": pngOf(1<<31-1, 1<<31-1, 6, nil), "png of no size": pngOf(0, 0, 6, nil), "wide png": wide, "deep png": deep,
		"gif of the largest size": []byte(gifHead), "lying jpeg": lying, "cut jpeg": good[:len(good)/2], "jpeg of its header": good[:20], "png of nothing": pngOf(10, 10, 6, []byte("nothing")),
		"webp that lies": []byte("RIFF\xff\xff\xff\x7fWEBPVP8L\xff\xff\xff\x7f/\xff\xff\xff\xff\x00"), "header without a body": []byte("\xff\xd8\xff\xe1\xff\xff"), "many markers": append([]byte("\xff\xd8\xff"), bytes.Repeat([]byte("\xe1\x00\x02\xff"), 1<<18)...),
		"svg of a billion laughs": []byte(`<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "` + strings.Repeat("ha", 500) + `"><!ENTITY b "` + strings.Repeat("&a;", 1000) + `">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>`),
		"packed zeros":            packed(t, 64<<20), "zip in a zip": zipped(t, zipped(t, zipped(t, make([]byte, 8<<20)))), "tiff of the largest size": []byte("II*\x00\x08\x00\x00\x00\x02\x00\x00\x01\x04\x00\x01\x00\x00\x00\xff\xff\xff\x7f\x01\x01\x04\x00\x01\x00\x00\x00\xff\xff\xff\x7f"),
		"png with packed text": pngOf(10, 10, 6, nil, "zTXt", "a\x00\x00"+string(packed(t, 64<<20))), "jpeg of many scans": manyScans(good), "pdf that packs itself": []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Filter[" + strings.Repeat("/FlateDecode ", 1<<16) + "]>>"),
	} {
		start := time.Now()
		it, f := w.mustAddFile(t, amina, name, content)
		_, err := w.Preview(t.Context(), amina, it.Ref, f.Digest)
		if err == nil && name != "deep png" && name != "cut jpeg" && name != "jpeg of many scans" {
			t.Errorf("%s was drawn", name)
		} else if err != nil {
			mustBe(t, name, err, fault.Invalid)
		}
		t.Logf("%s: %v", name, time.Since(start).Round(time.Millisecond))
		if d := time.Since(start); d > 15*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}
	it, f := w.mustAddFile(t, amina, "good", good)
	if _, err := w.Preview(t.Context(), amina, it.Ref, f.Digest); err != nil {
		t.Errorf("the next one is the worse for it: %v", err)
	}
}

// A picture that is too large is refused by its header, before anything is
// unpacked: the bounds of the child are for what nobody thought of.
func TestTooLargeByItsHeader(t *testing.T) {
	wide := asPNG(t, image.NewGray(image.Rect(0, 0, 30_000, 5_000)))
	before := allocated()
	if _, err := decode(bufio.NewReaderSize(bytes.NewReader(wide), maxHead)); err == nil {
		t.Error("decoded")
	}
	if used := allocated() - before; used > 4*maxHead {
		t.Errorf("%d kB were allocated", used>>10)
	}
}

// A child that dies takes nothing along: the file is kept, with its type.
func TestChildDies(t *testing.T) {
	before := pictureBounds
	defer func() { pictureBounds = before }()
	w := newWorld(t, dbtest.SQLite(t))
	large := asPNG(t, photo(5, 2000, 2000))
	for _, b := range []child.Bounds{{Heap: 12 << 20, Time: time.Minute}, {Heap: 512 << 20, Time: 40 * time.Millisecond}} {
		pictureBounds = b
		it, f := w.mustAddFile(t, amina, "large.png", large)
		if f.Width != 0 || f.DHash != "" || (f.Media != "image/png" && b.Time > time.Second) {
			t.Errorf("%+v", f)
		}
		_, err := w.Preview(t.Context(), amina, it.Ref, f.Digest)
		mustBe(t, "a small picture by a child that dies", err, fault.Invalid)
		w.mustBeWhole(t, it.Ref, Received)
	}
}

// Every orientation turns the picture upright.
func TestTurned(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 3, 2))
	for i := range 6 {
		m.SetRGBA(i%3, i/3, color.RGBA{uint8(i), 0, 0, 255})
	}
	for how, want := range map[int]string{1: "012/345", 2: "210/543", 3: "543/210", 4: "345/012", 5: "03/14/25", 6: "30/41/52", 7: "52/41/30", 8: "25/14/03", 0: "012/345", 9: "012/345"} {
		out := turned(m, how)
		var got []string
		for y := range out.Rect.Dy() {
			row := ""
			for x := range out.Rect.Dx() {
				row += string(rune('0' + out.RGBAAt(x, y).R))
			}
			got = append(got, row)
		}
		if strings.Join(got, "/") != want {
			t.Errorf("%d: %v, want %s", how, got, want)
		}
	}
}

func FuzzOrientation(f *testing.F) {
	small := asJPEG(f, photo(1, 16, 16), 50)
	f.Add(small)
	f.Add(withCamera(small, 6))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x02"))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if turn := orientation(b); turn < 1 || turn > 8 {
			t.Errorf("%d", turn)
		}
	})
}

// What the child does with strangers' bytes, without the child: it may refuse,
// it must not panic.
func FuzzMedia(f *testing.F) {
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("<html>"))
	f.Add([]byte("\x00\x00\x00\x20ftyp"))
	f.Add(asPNG(f, photo(1, 8, 8)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if media := mediaOf(b); media == "" || strings.ContainsAny(media, "; \r\n") {
			t.Errorf("%q", media)
		}
	})
}
