package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if Asked(os.Args[1:]) {
		os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// behaviour is a job that behaves as it is told.
var behaviour = New("behaviour", func(how string, in io.Reader, out io.Writer) error {
	switch how {
	case "answer":
		content, err := io.ReadAll(in)
		fmt.Fprintf(out, "%d bytes", len(content))
		return err
	case "half":
		fmt.Fprint(out, "half an ")
		os.Exit(0)
	case "panic":
		var list []int
		_ = list[len(how)]
	case "slow":
		time.Sleep(time.Minute)
	case "busy":
		for {
		}
	case "greedy":
		var all [][]byte
		for {
			all = append(all, make([]byte, 1<<20))
			clear(all[len(all)-1][:1<<20])
			time.Sleep(time.Millisecond)
		}
	case "at once":
		fmt.Fprint(out, make([]byte, 4<<30)[5])
	case "write":
		if err := os.WriteFile(filepath.Join(os.TempDir(), "keepiton-child-wrote"), []byte("x"), 0o600); err == nil {
			fmt.Fprint(out, "it wrote a file")
		} else {
			fmt.Fprint(out, "it may not write")
		}
	case "environment":
		fmt.Fprint(out, strings.Join(os.Environ(), " "))
	}
	return errors.New("no answer")
})

var ample = Bounds{Heap: 64 << 20, Time: 20 * time.Second}

func file(t *testing.T, content string) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// does runs the job; an answer shorter than it says is none.
func does(t *testing.T, ctx context.Context, how string, b Bounds) (answer string, err error) {
	t.Helper()
	err = behaviour.Run(ctx, file(t, "content"), how, b, func(r io.Reader) error {
		all, err := io.ReadAll(r)
		if answer = string(all); err == nil && (answer == "" || answer == "half an ") {
			err = io.ErrUnexpectedEOF
		}
		return err
	})
	return answer, err
}

func TestAnswers(t *testing.T) {
	t.Setenv("SECRET", "canary")
	defer os.Remove(filepath.Join(os.TempDir(), "keepiton-child-wrote"))
	for how, want := range map[string]string{"answer": "7 bytes", "environment": mark + "=1 GOTRACEBACK=none", "write": "it may not write"} {
		if got, err := does(t, t.Context(), how, ample); err != nil || got != want {
			t.Errorf("%s: %q %v", how, got, err)
		}
	}
}

// However a child ends, this process lives and says how it was.
func TestEnds(t *testing.T) {
	for how, want := range map[string]Died{"half": {}, "panic": {}, "nothing": {}, "at once": {}, "greedy": {Memory: true}, "slow": {Time: true}, "busy": {Time: true}} {
		b := ample
		if want.Time {
			b.Time = 300 * time.Millisecond
		}
		start := time.Now()
		_, err := does(t, t.Context(), how, b)
		var d *Died
		if !errors.As(err, &d) || d.Time != want.Time || (how != "at once" && d.Memory != want.Memory) || errors.Is(err, context.DeadlineExceeded) != want.Time {
			t.Errorf("%s: %v", how, err)
		}
		if strings.Contains(fmt.Sprint(err), "goroutine") {
			t.Errorf("%s: what it said on the way down is passed on: %v", how, err)
		}
		if took := time.Since(start); took > 15*time.Second {
			t.Errorf("%s took %v", how, took)
		}
	}
	if got, err := does(t, t.Context(), "answer", ample); err != nil || got != "7 bytes" {
		t.Errorf("the next one is the worse for it: %q %v", got, err)
	}
}

// The child is killed while it works, as the system does when memory is short.
func TestKilled(t *testing.T) {
	behaviour.started = func(pid int) {
		p, err := os.FindProcess(pid)
		if err != nil {
			t.Error(err)
			return
		}
		time.AfterFunc(200*time.Millisecond, func() { p.Kill() })
	}
	defer func() { behaviour.started = nil }()
	_, err := does(t, t.Context(), "slow", ample)
	var d *Died
	if !errors.As(err, &d) || d.Time || d.Memory || !strings.Contains(err.Error(), "killed") {
		t.Errorf("%v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	_, err := does(t, ctx, "slow", ample)
	var d *Died
	if !errors.Is(err, context.Canceled) || errors.As(err, &d) {
		t.Errorf("%v", err)
	}
}

// Without a parent the child ends by itself.
func TestEndsAlone(t *testing.T) {
	cmd := exec.Command(os.Args[0], arg, "behaviour", `"slow"`, `{"Heap":67108864,"Time":100000000}`)
	cmd.Env = []string{mark + "=1"}
	cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != exitTime {
		t.Errorf("exit code %d", code)
	}
}

// A main that does not hand over must not start over and over.
func TestNoChildrenOfChildren(t *testing.T) {
	t.Setenv(mark, "1")
	if _, err := does(t, t.Context(), "answer", ample); err == nil {
		t.Error("a child started a child")
	}
}

func TestArguments(t *testing.T) {
	bounds := `{"Heap":1,"Time":1}`
	for _, args := range [][]string{nil, {arg}, {arg, "behaviour", `"x"`}, {arg, "nobody", `"x"`, bounds}, {arg, "behaviour", `"x"`, "{"}, {arg, "behaviour", `"x"`, "{}"}, {"serve", "behaviour", `"x"`, bounds}} {
		if code := Main(args, strings.NewReader(""), io.Discard); code != exitUsage {
			t.Errorf("%q gave %d", args, code)
		}
	}
	if code := Main([]string{arg, "behaviour", "{", bounds}, strings.NewReader(""), io.Discard); code != exitNoReply {
		t.Errorf("an order that makes no sense gave %d", code)
	}
	if Asked(nil) || Asked([]string{"serve"}) || !Asked([]string{arg}) {
		t.Error("who is asked")
	}
}
