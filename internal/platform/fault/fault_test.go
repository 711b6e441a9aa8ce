package fault

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestKinds(t *testing.T) {
	wrapped := fmt.Errorf("letter.Sign 7: %w", New(Conflict, "letter.closed", "n", 3))
	for _, c := range []struct {
		err  error
		kind Kind
		key  string
	}{
		{nil, "", ""},
		{io.ErrUnexpectedEOF, Internal, ""},
		{New(NotFound, "a.b"), NotFound, "a.b"},
		{wrapped, Conflict, "letter.closed"},
		{Wrap(io.EOF, Unavailable, "x"), Unavailable, "x"},
		{Wrap(wrapped, Gone, ""), Gone, ""},
		{Wrap(io.EOF, Internal, "secret.cause"), Internal, ""},
		{Mend(Field{Name: "place", Key: "need.place"}), Invalid, ""},
	} {
		if got := KindOf(c.err); got != c.kind {
			t.Errorf("KindOf(%v) = %q, want %q", c.err, got, c.kind)
		}
		if key, _ := Text(c.err); key != c.key {
			t.Errorf("Text(%v) = %q, want %q", c.err, key, c.key)
		}
	}
	if Wrap(nil, Gone, "x") != nil || Mend() != nil {
		t.Error("nothing wrong must stay nil")
	}
	if !errors.Is(Wrap(io.EOF, Gone, ""), io.EOF) {
		t.Error("the cause is lost")
	}
	if _, args := Text(wrapped); len(args) != 2 || args[1] != 3 {
		t.Errorf("arguments lost: %v", args)
	}
	if f := Fields(fmt.Errorf("op: %w", Mend(Field{Name: "a", Key: "k"}))); len(f) != 1 || f[0].Name != "a" {
		t.Errorf("fields lost: %v", f)
	}
}
