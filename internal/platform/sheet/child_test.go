package sheet

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keepiton/internal/platform/child"
)

func tempFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// slowBook takes seconds to read: the cells are blank, so nothing limits them
// but the unpacked size.
func slowBook(t testing.TB) string {
	row := `<row>` + strings.Repeat(`<c r="A1" s="1"/>`, 100) + `</row>`
	return tempFile(t, "slow.xlsx", workbookOf(t, strings.Repeat(row, 60_000)))
}

var bounds = child.Bounds{Heap: childHeap, Time: childTime}

func TestChildGivesWhatOpenGives(t *testing.T) {
	sheet := sheetXML(`<row r="3"><c t="str"><v>x</v></c><c><v>5</v></c><c t="b"><v>1</v></c><c t="str"><f>HYPERLINK("https://x.example","y")</f><v>y</v></c></row>`)
	files := []string{
		tempFile(t, "a.csv", []byte("a,b\r\n\"x\r\ny\",\n\n3,é\n")),
		tempFile(t, "empty.csv", nil),
		tempFile(t, "b.xlsx", zipOf(t, workbookParts(sheet)...)),
	}
	for _, f := range files {
		want, err := Open(f, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadInChild(t.Context(), f, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", f, d)
		}
	}
}

func TestChildRealSheet(t *testing.T) {
	path := filepath.Join(sharedDir(t), "accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv")
	want, err := Open(path, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	got, err := ReadInChild(t.Context(), path, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("2,102 rows through a child in %v", time.Since(start))
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestChildPassesErrorsOn(t *testing.T) {
	_, err := ReadInChild(t.Context(), tempFile(t, "bad.csv", []byte("a,b\n1,\"x\n")), Limits{})
	wantError(t, err, CodeUnbalancedQuote, 2, 2)
	_, err = ReadInChild(t.Context(), tempFile(t, "rows.csv", []byte("a\nb\nc\n")), Limits{Rows: 2})
	wantError(t, err, CodeTooManyRows, 3, 0)
	data := workbookOf(t, `<row r="9"><c r="SS9"><v>1</v></c></row>`)
	_, err = ReadInChild(t.Context(), tempFile(t, "wide.xlsx", data), Limits{})
	if e := wantError(t, err, CodeTooManyColumns, 9, 513); e.Sheet != "One" {
		t.Errorf("sheet %q", e.Sheet)
	}
	for _, path := range []string{"/no/such/file.csv", t.TempDir()} {
		_, err := ReadInChild(t.Context(), path, Limits{})
		var e *Error
		if err == nil || errors.As(err, &e) {
			t.Errorf("%s gave %v", path, err)
		}
	}
	if _, err := Open("/no/such/file.csv", Limits{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestChildTakesTooLong(t *testing.T) {
	path := slowBook(t)
	short := child.Bounds{Heap: childHeap, Time: 300 * time.Millisecond}
	_, err := readInChild(t.Context(), path, Limits{Ratio: 1e9}.defaults(), short)
	wantError(t, err, CodeReaderDied, 0, 0)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	_, err = ReadInChild(ctx, path, Limits{Ratio: 1e9})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestChildOutOfMemory(t *testing.T) {
	path := tempFile(t, "many.csv", bytes.Repeat([]byte("a,b,c,d,e,f,g,h\n"), 180_000))
	lim := Limits{}.defaults()
	if _, err := readInChild(t.Context(), path, lim, bounds); err != nil {
		t.Fatal(err)
	}
	_, err := readInChild(t.Context(), path, lim, child.Bounds{Heap: 32 << 20, Time: childTime})
	if e := wantError(t, err, CodeReaderDied, 0, 0); !strings.Contains(e.Detail, "32 MB") {
		t.Errorf("got %v", e)
	}
	// One allocation beyond the system's bound kills at once.
	_, err = readInChild(t.Context(), tempFile(t, "one.csv", bytes.Repeat([]byte("x"), 60<<20)), lim, child.Bounds{Heap: 1 << 20, Time: childTime})
	wantError(t, err, CodeReaderDied, 0, 0)
}

// The answer travels whole or not at all, and never larger than the limits.
func TestAnswer(t *testing.T) {
	b, err := readStdin(strings.NewReader("a,b\n1,2\n"), Limits{}.defaults()) // also what is not a file
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := sendBook(&out, b, nil); err != nil {
		t.Fatal(err)
	}
	whole := out.Bytes()
	b, bad, err := receiveBook(bytes.NewReader(whole), Limits{}.defaults())
	if err != nil || bad != nil || len(b.Tables[0].Rows) != 2 {
		t.Fatalf("%v %v %v", b, bad, err)
	}
	for n := range whole { // every cut is noticed
		if b, _, err := receiveBook(bytes.NewReader(whole[:n]), Limits{}.defaults()); err == nil || b != nil {
			t.Errorf("an answer of %d bytes was taken for whole", n)
		}
	}
	for _, lim := range []Limits{{Rows: 1}, {Columns: 1}, {Cells: 3}} {
		if _, _, err := receiveBook(bytes.NewReader(whole), lim.defaults()); !errors.Is(err, errWire) {
			t.Errorf("limits %+v: %v", lim, err)
		}
	}
	if err := sendBook(&fullDisk{}, b, nil); err == nil {
		t.Error("nobody listened, and nobody noticed")
	}
}
