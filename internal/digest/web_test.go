package digest

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

// onlyDoor lets one person in.
type onlyDoor struct{ desk.Actor }

func (d onlyDoor) Who(context.Context, string) (desk.Actor, error) { return d.Actor, nil }

func (onlyDoor) Modes(context.Context) (readOnly, closed bool, err error) { return false, false, nil }

// TestAskedOnceForAPage: the list and the number beside its link are one answer, and
// who sends a form or takes a file waits for neither.
func TestAskedOnceForAPage(t *testing.T) {
	texts, err := i18n.Load(page.Texts(), desk.Texts(), Texts())
	if err != nil {
		t.Fatal(err)
	}
	shell, err := page.New(page.Options{Name: "a test", Texts: texts, Views: []fs.FS{desk.Views(), Views()}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	s := New(Source{Due, func(context.Context, desk.Actor) (desk.Waiting, error) {
		asked++
		return desk.WaitingOf([]desk.Pending{{Ref: "L-2026-0001", Path: "/desk/leads/L-2026-0001"}}), nil
	}})
	item := Nav()[0]
	item.Count = s.Count
	frame, err := desk.NewFrame(shell, onlyDoor{desk.Actor{Person: 1, Name: "Somebody", Holds: []desk.Hold{{Role: desk.Reader, Everywhere: true}}}}, "", item)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	frame.Handle(mux, NewWeb(s, nil).Routes()...)
	frame.Handle(mux, desk.Route{Method: "GET", Path: "/desk/away", Member: true, Do: func(v *desk.Visit) error { return v.Go("/desk", "") }})
	for path, want := range map[string]struct {
		asked int
		says  string
	}{Path: {1, "(1)"}, "/desk/nowhere": {0, ""}, "/desk/away": {0, ""}} {
		asked = 0
		r := httptest.NewRequest("GET", "http://localhost"+path, nil)
		r.AddCookie(&http.Cookie{Name: "desk", Value: "a session"})
		w := httptest.NewRecorder()
		shell.Handler(mux).ServeHTTP(w, r)
		if asked != want.asked || !strings.Contains(w.Body.String(), want.says) {
			t.Errorf("%s: asked %d times, %d %s", path, asked, w.Code, w.Body)
		}
	}
}
