package sheet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"keepiton/internal/platform/child"
)

// Bounds of the child that reads one file.
const (
	childTime = 60 * time.Second
	childHeap = 512 << 20
)

// reading is the job of a child. The file itself is its standard input, and the
// file's name stays with the parent.
var reading = child.New("sheet", func(lim Limits, in io.Reader, out io.Writer) error {
	b, err := readStdin(in, lim.defaults())
	return sendBook(out, b, err)
})

// ReadInChild is Open in a process of its own, which may be killed without
// harm to this one; main must hand over to [child.Main]. It takes at most 60 s,
// or until ctx ends if that is earlier, and about 512 MB. A child that crashes,
// is killed, takes too long or needs too much memory becomes an *Error with
// CodeReaderDied, under which errors.Is finds context.DeadlineExceeded when it
// was the time. A cancelled ctx gives its own error, wrapped.
func ReadInChild(ctx context.Context, path string, lim Limits) (*Book, error) {
	return readInChild(ctx, path, lim.defaults(), child.Bounds{Heap: childHeap, Time: childTime})
}

func readInChild(ctx context.Context, path string, lim Limits, bounds child.Bounds) (*Book, error) {
	wrap := func(err error) error { return fmt.Errorf("sheet.ReadInChild %s: %w", path, err) }
	f, _, err := openRegular(path)
	if err != nil {
		return nil, wrap(err)
	}
	defer f.Close()
	var book *Book
	var bad *Error
	err = reading.Run(ctx, f, lim, bounds, func(answer io.Reader) (err error) {
		book, bad, err = receiveBook(answer, lim)
		return err
	})
	var end *child.Died
	switch {
	case errors.As(err, &end):
		return nil, died(path, bounds, end)
	case err != nil:
		return nil, wrap(err)
	case bad != nil:
		bad.File = baseName(path)
		return nil, bad
	}
	book.rename(path)
	return book, nil
}

// died explains an end without an answer.
func died(path string, bounds child.Bounds, end *child.Died) error {
	e := &Error{File: baseName(path), Code: CodeReaderDied, Cause: end,
		Detail:   "the file could not be read: the reader gave up on it",
		Expected: "a plain table; open the file in a spreadsheet program, save it as CSV UTF-8 and send that"}
	switch {
	case end.Time:
		e.Detail = "the file could not be read in the time allowed"
	case end.Memory:
		e.Detail = "the file could not be read within " + size(bounds.Heap) + " of memory"
	}
	return e
}

// readStdin reads standard input where it lies if it is a file.
func readStdin(stdin io.Reader, lim Limits) (*Book, error) {
	if f, ok := stdin.(*os.File); ok {
		if st, err := f.Stat(); err == nil && st.Mode().IsRegular() {
			return Read(f, st.Size(), "", lim)
		}
	}
	b, err := io.ReadAll(io.LimitReader(stdin, lim.FileBytes+1))
	if err != nil {
		return nil, err
	}
	return Read(bytes.NewReader(b), int64(len(b)), "", lim)
}
