package sheet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"time"
)

// ChildArg is the hidden first argument by which main knows that it was
// started to read one file:
//
//	if len(os.Args) > 1 && os.Args[1] == sheet.ChildArg {
//		os.Exit(sheet.ChildMain(os.Args[2:], os.Stdin, os.Stdout))
//	}
//
// It must come before anything else in main: the child has no environment, and
// needs no configuration, no store and no log.
const ChildArg = "__sheet-read"

// childMark is set for the child. A program whose main does not know ChildArg
// would else start over and over: a test binary, for instance.
const childMark = "KEEPITON_SHEET_CHILD"

const (
	childTime = 60 * time.Second
	childHeap = 512 << 20 // bytes of memory, beyond which the child ends itself
)

// Exit codes of the child when it ends itself.
const (
	exitUsage   = 64
	exitHeap    = 71
	exitTime    = 72
	exitNoReply = 73
)

// order is what the parent asks for. The file itself is the child's standard
// input, opened by the parent, and its name stays with the parent: arguments
// can be seen by everybody on the machine.
type order struct {
	Limits Limits
	Heap   int64
	Time   time.Duration
}

// ReadInChild is Open in a process of its own, which may be killed without
// harm to this one: it re-executes this program with ChildArg. It takes at
// most 60 s, or until ctx ends if that is earlier, and about 512 MB. A child
// that crashes, is killed, takes too long or needs too much memory becomes an
// *Error with CodeReaderDied, under which errors.Is finds
// context.DeadlineExceeded when it was the time. A cancelled ctx gives its own
// error, wrapped.
func ReadInChild(ctx context.Context, path string, lim Limits) (*Book, error) {
	return readInChild(ctx, path, order{Limits: lim.defaults(), Heap: childHeap, Time: childTime}, nil)
}

// readInChild is ReadInChild with every bound given; started is for tests and
// gets the child's process id.
func readInChild(ctx context.Context, path string, o order, started func(pid int)) (*Book, error) {
	wrap := func(err error) error { return fmt.Errorf("sheet.ReadInChild %s: %w", path, err) }
	if os.Getenv(childMark) != "" {
		return nil, wrap(errors.New("already in a child: main does not handle sheet.ChildArg"))
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, wrap(err)
	}
	args, err := json.Marshal(o)
	if err != nil {
		return nil, wrap(err)
	}
	f, _, err := openRegular(path)
	if err != nil {
		return nil, wrap(err)
	}
	defer f.Close()
	ctx, cancel := context.WithTimeout(ctx, o.Time)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, ChildArg, string(args))
	cmd.Env = []string{childMark + "=1", "GOTRACEBACK=none"} // and none of our secrets
	cmd.Dir = string(os.PathSeparator)
	cmd.Stdin = f
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, wrap(err)
	}
	if err := cmd.Start(); err != nil {
		return nil, wrap(err)
	}
	if started != nil {
		started(cmd.Process.Pid)
	}
	book, bad, err := receiveBook(out, o.Limits)
	if err != nil {
		cmd.Process.Kill() // it may be writing still, to nobody
	}
	waitErr := cmd.Wait()
	switch {
	case bad != nil && err == nil:
		bad.File = baseName(path)
		return nil, bad
	case book != nil && err == nil:
		book.rename(path)
		return book, nil
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, wrap(ctx.Err())
	}
	return nil, died(path, o, ctx.Err(), err, waitErr)
}

// died explains an end without an answer. What the child may have said on the
// way is not passed on: it could hold pieces of the file.
func died(path string, o order, ctxErr, err, waitErr error) error {
	e := &Error{File: baseName(path), Code: CodeReaderDied, Cause: err,
		Detail:   "the file could not be read: the reader gave up on it",
		Expected: "a plain table; open the file in a spreadsheet program, save it as CSV UTF-8 and send that"}
	var exit *exec.ExitError
	code := 0
	if errors.As(waitErr, &exit) {
		code = exit.ExitCode()
		e.Cause = fmt.Errorf("%w (%s)", err, exit)
	}
	switch {
	case ctxErr != nil || code == exitTime:
		e.Detail = "the file could not be read in the time allowed"
		e.Cause = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	case code == exitHeap:
		e.Detail = "the file could not be read within " + size(o.Heap) + " of memory"
	}
	return e
}

// ChildMain reads the file on stdin and writes the result to stdout. args are
// the program's arguments after ChildArg (with it before them is fine too).
// It gives the exit code; a file that cannot be read is a result like another.
func ChildMain(args []string, stdin io.Reader, stdout io.Writer) int {
	if i := slices.Index(args, ChildArg); i >= 0 {
		args = args[i+1:]
	}
	var o order
	if len(args) != 1 || json.Unmarshal([]byte(args[0]), &o) != nil {
		return exitUsage
	}
	if o.Heap <= 0 {
		o.Heap = childHeap
	}
	if o.Time <= 0 {
		o.Time = childTime
	}
	if os.Getenv(childMark) != "" { // a caller in its own process keeps its own bounds
		debug.SetMemoryLimit(o.Heap * 7 / 8) // collect harder before giving up
		confine(o)
		go watch(o)
	}
	b, err := readStdin(stdin, o.Limits.defaults())
	if sendBook(stdout, b, err) != nil {
		return exitNoReply
	}
	return 0
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

// watch ends this process when it takes too much memory or time. A parent that
// died cannot kill us any more, so the time counts here too, a little longer.
func watch(o order) {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	deadline := time.Now().Add(o.Time + time.Second)
	for range time.Tick(5 * time.Millisecond) {
		metrics.Read(samples)
		if int64(samples[0].Value.Uint64()-samples[1].Value.Uint64()) > o.Heap {
			os.Exit(exitHeap)
		}
		if time.Now().After(deadline) {
			os.Exit(exitTime)
		}
	}
}
