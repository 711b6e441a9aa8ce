package child

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

// confine asks the system to hold the child to its bounds, in case one
// allocation is faster than watch. What fails here is left to watch.
func confine(b Bounds) {
	limit := func(what int, n uint64) { syscall.Setrlimit(what, &syscall.Rlimit{Cur: n, Max: n}) }
	limit(syscall.RLIMIT_CORE, 0)  // a core would hold the file's content
	limit(syscall.RLIMIT_FSIZE, 0) // it has nothing to write but its answer
	limit(syscall.RLIMIT_CPU, uint64(2*b.Time/time.Second)+5)
	// Go reserves far more address space than it uses, and in large steps, so
	// the bound is what it has now plus twice what it may use and some steps.
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return
	}
	first, _, _ := bytes.Cut(statm, []byte(" "))
	if pages, err := strconv.ParseUint(string(first), 10, 64); err == nil {
		limit(syscall.RLIMIT_AS, pages*uint64(os.Getpagesize())+2*uint64(b.Heap)+256<<20)
	}
}
