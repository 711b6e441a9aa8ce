package bundle

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// File is one file of a pack: content at hand, or bytes that are kept elsewhere
// and known by their digest.
type File struct {
	Path    string
	Content []byte
	Digest  string
	Size    int64
	Open    func() (io.ReadCloser, error) // nil: Content
	Broken  func(err error) error         // says it in words when the bytes are not what they were
}

// SumsName is the file that holds the SHA-256 of every other one.
const SumsName = "SHA256SUMS"

const manifestName = "MANIFEST.json"

// ErrDamaged: bytes are not what their digest says.
var ErrDamaged = errors.New("the bytes are not what was recorded about them")

// Manifest says what a pack is and lists its files.
type Manifest struct {
	Format   string         `json:"format"`
	Incident string         `json:"incident"`
	Revision int64          `json:"revision"`
	For      string         `json:"for"`
	Lang     string         `json:"lang"`
	Ledger   string         `json:"ledger_checkpoint"` // size of the tree and its root
	Files    []ManifestFile `json:"files"`
}

// ManifestFile is a line of it.
type ManifestFile struct {
	Path   string `json:"path"`
	Size   int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Format is the version of the form of packs.
const Format = "keepiton/bundle/v1"

// Text is a file whose content is at hand.
func Text(path string, content []byte) File {
	sum := sha256.Sum256(content)
	return File{Path: path, Content: content, Digest: hex.EncodeToString(sum[:]), Size: int64(len(content))}
}

// JSON is a file that holds a value, with a line to each field.
func JSON(path string, v any) (File, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		return File{}, fmt.Errorf("bundle: %s: %w", path, err)
	}
	return Text(path, b.Bytes()), nil
}

// Seal adds the manifest and the sums to the files of a pack and puts all in
// order. sums is the SHA-256 of the list of sums: it stands for all of the pack.
func Seal(m Manifest, files []File) (sealed []File, sums string, err error) {
	sealed = slices.Clone(files)
	byPath := func(a, b File) int { return strings.Compare(a.Path, b.Path) }
	slices.SortFunc(sealed, byPath)
	m.Format = Format
	for i, f := range sealed {
		if i > 0 && sealed[i-1].Path == f.Path {
			return nil, "", fmt.Errorf("bundle: two files are called %s", f.Path)
		}
		m.Files = append(m.Files, ManifestFile{f.Path, f.Size, f.Digest})
	}
	manifest, err := JSON(manifestName, m)
	if err != nil {
		return nil, "", err
	}
	sealed = append(sealed, manifest)
	slices.SortFunc(sealed, byPath)
	var list bytes.Buffer
	for _, f := range sealed {
		fmt.Fprintf(&list, "%s  %s\n", f.Digest, f.Path)
	}
	last := Text(SumsName, list.Bytes())
	return append(sealed, last), last.Digest, nil
}

// Write writes sealed files as a ZIP file, all of them with the same time. It
// needs no more memory for much evidence than for little.
func Write(ctx context.Context, w io.Writer, at time.Time, files []File) error {
	z := zip.NewWriter(w)
	buf := make([]byte, 256<<10)
	for _, f := range files {
		part, err := z.CreateHeader(&zip.FileHeader{Name: f.Path, Method: zip.Store, Modified: at.UTC().Truncate(time.Second)})
		if err != nil {
			return fmt.Errorf("bundle: %s: %w", f.Path, err)
		}
		if err := f.copy(ctx, part, buf); err != nil {
			return fmt.Errorf("bundle: %s: %w", f.Path, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	return nil
}

// copy writes a file and holds its bytes against their digest.
func (f File) copy(ctx context.Context, w io.Writer, buf []byte) error {
	if f.Open == nil {
		_, err := w.Write(f.Content)
		return err
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	n, err := io.CopyBuffer(onlyWriter{io.MultiWriter(w, sum)}, readUntil{ctx, r}, buf)
	if err != nil {
		return err
	}
	if n != f.Size || hex.EncodeToString(sum.Sum(nil)) != f.Digest {
		return f.Broken(fmt.Errorf("%s: %w", f.Digest, ErrDamaged))
	}
	return nil
}

// Row is a row of custody as it was hashed, with its hash.
type Row struct{ Hash, Text string }

// Custody writes a chain of custody as JSON, a row to a line, so that a shell
// can take the very text out of it that was hashed.
func Custody(rows []Row) []byte {
	var b bytes.Buffer
	b.WriteString("[\n")
	for i, r := range rows {
		end := ",\n"
		if i == len(rows)-1 {
			end = "\n"
		}
		fmt.Fprintf(&b, `{"sha256":"%s","row":%s}%s`, r.Hash, r.Text, end)
	}
	b.WriteString("]\n")
	return b.Bytes()
}

// onlyWriter and readUntil hide shortcuts of their kind from io.CopyBuffer, so
// that the buffer at hand is used.
type onlyWriter struct{ io.Writer }

// readUntil stops reading when a context ends.
type readUntil struct {
	ctx context.Context
	r   io.Reader
}

func (x readUntil) Read(p []byte) (int, error) {
	if err := x.ctx.Err(); err != nil {
		return 0, err
	}
	return x.r.Read(p)
}
