// Package child does work in a process of its own, which may be killed without
// harm to this one: reading the files of strangers, above all.
//
// A job is made once, as a variable of a package:
//
//	var reading = child.New("sheet", func(o order, in io.Reader, out io.Writer) error { … })
//
// and main hands over before anything else:
//
//	if child.Asked(os.Args[1:]) {
//		os.Exit(child.Main(os.Args[1:], os.Stdin, os.Stdout))
//	}
//
// # What is promised
//
//   - The child has no environment, no configuration, no store and no log. It may
//     write nothing but its answer, and leaves no core.
//   - It is held to its [Bounds] three times: by itself, by the system where we
//     know how, and by the parent's clock. A panic ends it and nothing else.
//   - What it says on the way down is not passed on: it could hold pieces of the
//     file.
package child

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// arg is the hidden first argument by which main knows that it was started to
// do one job.
const arg = "__child"

// mark is set for the child. A program whose main does not know arg would else
// start over and over: a test binary, for instance.
const mark = "KEEPITON_CHILD"

// Exit codes of a child that ends itself.
const (
	exitUsage   = 64
	exitHeap    = 71
	exitTime    = 72
	exitNoReply = 73
)

// Bounds are what a child may take.
type Bounds struct {
	Heap int64 // bytes of memory
	Time time.Duration
}

// Job is work that is done in a child. Orders travel as JSON, in arguments that
// everybody on the machine can see: names and contents do not belong into them.
type Job[Order any] struct {
	name    string
	started func(pid int) // for tests
}

// jobs are all jobs of this program by their names. They are made while
// packages are set up and not changed afterwards.
var jobs = map[string]func(order []byte, in io.Reader, out io.Writer) error{}

// New makes a job. run reads the file from in and writes its answer to out; an
// error means that there is no answer. What is wrong with a file is an answer.
func New[Order any](name string, run func(o Order, in io.Reader, out io.Writer) error) *Job[Order] {
	if _, twice := jobs[name]; twice {
		panic("child: two jobs are called " + name)
	}
	jobs[name] = func(text []byte, in io.Reader, out io.Writer) error {
		var o Order
		if err := json.Unmarshal(text, &o); err != nil {
			return err
		}
		return run(o, in, out)
	}
	return &Job[Order]{name: name}
}

// Died is the end of a child without an answer, or with one that makes no sense.
type Died struct {
	Time   bool // it took too long
	Memory bool // it needed too much
	Cause  error
}

// Error says how it ended.
func (d *Died) Error() string {
	switch {
	case d.Time:
		return fmt.Sprintf("the child took too long: %v", d.Cause)
	case d.Memory:
		return fmt.Sprintf("the child needed too much memory: %v", d.Cause)
	}
	return fmt.Sprintf("the child gave up: %v", d.Cause)
}

// Unwrap gives the cause; it is [context.DeadlineExceeded] when it was the time.
func (d *Died) Unwrap() error { return d.Cause }

// Run does the job in a child whose standard input is in, and gives its answer
// to receive while it comes. When receive fails, because the answer broke off or
// makes no sense, Run gives a [*Died]; a cancelled ctx gives its own error.
func (j *Job[Order]) Run(ctx context.Context, in *os.File, o Order, b Bounds, receive func(io.Reader) error) error {
	if os.Getenv(mark) != "" {
		return errors.New("child: already in a child: main does not hand over to child.Main")
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	bounds, err := json.Marshal(b)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, b.Time)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, arg, j.name, string(text), string(bounds))
	cmd.Env = []string{mark + "=1", "GOTRACEBACK=none"} // and none of our secrets
	cmd.Dir = string(os.PathSeparator)
	cmd.Stdin = in
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if j.started != nil {
		j.started(cmd.Process.Pid)
	}
	err = receive(out)
	if err != nil {
		cmd.Process.Kill() // it may be writing still, to nobody
	}
	waited := cmd.Wait()
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	}
	return died(ctx.Err(), err, waited)
}

func died(late, err, waited error) *Died {
	d := &Died{Cause: err}
	code := 0
	var exit *exec.ExitError
	if errors.As(waited, &exit) {
		code = exit.ExitCode()
		d.Cause = fmt.Errorf("%w (%s)", err, exit)
	}
	d.Memory = code == exitHeap
	if d.Time = late != nil || code == exitTime; d.Time {
		d.Cause = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return d
}

// Asked tells whether the program's arguments ask for a job.
func Asked(args []string) bool { return len(args) > 0 && args[0] == arg }

// Main does the job the program's arguments ask for and gives the exit code.
func Main(args []string, in io.Reader, out io.Writer) int {
	var b Bounds
	if len(args) != 4 || args[0] != arg || json.Unmarshal([]byte(args[3]), &b) != nil || b.Heap <= 0 || b.Time <= 0 {
		return exitUsage
	}
	run, known := jobs[args[1]]
	if !known {
		return exitUsage
	}
	if os.Getenv(mark) != "" { // a caller in its own process keeps its own bounds
		debug.SetMemoryLimit(b.Heap * 7 / 8) // collect harder before giving up
		confine(b)
		go watch(b)
	}
	if run([]byte(args[2]), in, out) != nil {
		return exitNoReply
	}
	return 0
}

// watch ends this process when it takes too much memory or time. A parent that
// died cannot kill us any more, so the time counts here too, a little longer.
func watch(b Bounds) {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	deadline := time.Now().Add(b.Time + time.Second)
	for range time.Tick(5 * time.Millisecond) {
		metrics.Read(samples)
		if int64(samples[0].Value.Uint64()-samples[1].Value.Uint64()) > b.Heap {
			os.Exit(exitHeap)
		}
		if time.Now().After(deadline) {
			os.Exit(exitTime)
		}
	}
}
