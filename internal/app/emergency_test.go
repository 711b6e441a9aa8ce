package app

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// modePromise is how long every server of a deployment may take to follow.
const modePromise = 5 * time.Second

// TestEmergencyModes serves in one process and sets each mode from another: the
// server follows within five seconds, and the act is on the ledger.
func TestEmergencyModes(t *testing.T) {
	bin := build(t)
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			dir := t.TempDir()
			at, target := []string{"--data=" + dir}, dir
			if engine == "postgres" {
				target = dbtest.PostgresURL(t) // skips when there is no server
				at = append(at, "--database="+target)
			}
			admin := func(args ...string) string {
				t.Helper()
				out, err := exec.Command(bin, append(append([]string{"admin"}, args...), at...)...).CombinedOutput()
				if err != nil {
					t.Fatalf("%v: %v %s", args, err, out)
				}
				return string(out)
			}
			x := &deskSite{t: t, url: serveProcess(t, bin, at)}
			keeper, reader := x.comeIn("Keeper", admin("invite")), x.comeIn("Quentin", admin("invite", "--organisation=Secretariat", "--role=reader"))
			follows := func(what string, done func() bool, args ...string) (out string) {
				t.Helper()
				out = admin(args...)
				said := time.Now()
				for !done() {
					if time.Since(said) > modePromise {
						t.Fatalf("%s: not after %v", what, time.Since(said))
					}
					time.Sleep(20 * time.Millisecond)
				}
				t.Logf("%s: %v after the command", what, time.Since(said).Round(time.Millisecond))
				return out
			}
			rename := func(v *visitor) int { return v.post("/account/name", "name", fresh(), "lang", "en").status }
			if got := rename(reader); got != http.StatusSeeOther {
				t.Fatal(got)
			}
			follows("read-only", func() bool { return rename(reader) == http.StatusServiceUnavailable }, "mode", "read_only", "on", "--reason=an attack")
			if a := reader.get("/account"); a.status != http.StatusOK || !strings.Contains(a.body, "Nothing can be changed for the moment") {
				t.Errorf("reading in read-only mode: %d", a.status)
			}
			follows("changes again", func() bool { return rename(reader) == http.StatusSeeOther }, "mode", "read_only", "off", "--reason=over")
			follows("closed", func() bool { return reader.get("/account").status == http.StatusServiceUnavailable }, "mode", "closed", "on", "--reason=an attack")
			if got := keeper.get("/desk/people").status; got != http.StatusOK {
				t.Errorf("an administrator at the closed desk: %d", got)
			}
			if got := x.nobody().get("/").status; got != http.StatusOK {
				t.Errorf("readers at a closed desk: %d", got)
			}
			follows("open again", func() bool { return reader.get("/account").status == http.StatusOK }, "mode", "closed", "off", "--reason=over")
			out := follows("everybody out", func() bool {
				return keeper.get("/account").status == http.StatusSeeOther && reader.get("/account").status == http.StatusSeeOther
			}, "logout-all", "--reason=a laptop was taken")
			if !strings.Contains(out, "How many had not finished setting up how they come in: 2. Without a new invitation") {
				t.Errorf("nothing is said of those who stay out: %s", out)
			}

			d, err := db.Open(context.Background(), target)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			x.book, x.d = ledger.New(d, nil), d
			if n := x.onLedger("account.mode"); n != 5 {
				t.Errorf("%d of 5 changes of modes are on the ledger", n)
			}
			if n := x.onLedger("role.given"); n != 3 {
				t.Errorf("%d of 3 roles are on the ledger", n)
			}
		})
	}
}

// onLedger counts the entries of a kind.
func (x *deskSite) onLedger(kind string) int {
	x.t.Helper()
	leaves, err := x.book.Leaves(context.Background(), 0, ledger.MaxPage)
	if err != nil {
		x.t.Fatal(err)
	}
	n := 0
	for _, leaf := range leaves {
		if bytes.Contains(leaf, []byte(kind+"\n")) {
			n++
		}
	}
	return n
}

// serveProcess runs a server of its own until the test ends, and gives its
// address.
func serveProcess(t *testing.T, bin string, at []string) string {
	t.Helper()
	cmd := exec.Command(bin, append([]string{"serve", "--empty", "--listen=127.0.0.1:0"}, at...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt) //nolint:errcheck // it may have ended
		cmd.Wait()                       //nolint:errcheck // ended by us
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, address, ok := strings.Cut(lines.Text(), "http://"); ok {
			return "http://" + address
		}
	}
	t.Fatal("the server did not say where it is")
	return ""
}

// comeIn lets somebody in with what admin invite printed.
func (x *deskSite) comeIn(name, printed string) *visitor {
	x.t.Helper()
	v := x.nobody()
	path := regexp.MustCompile(`/account/join/[\w-]+`).FindString(printed)
	if a := v.post(path, "name", name, "lang", "en", "passphrase", deskPass); a.status != http.StatusSeeOther || v.token == "" {
		x.t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	return v
}

// TestModesLeaveAWayOut: in every mode people can log out and in, and whoever may
// do all can lift it.
func TestModesLeaveAWayOut(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	keeper := x.walker(chief)
	set := func(name string, on bool) {
		if err := x.office.SetMode(context.Background(), nil, name, on, "a test"); err != nil {
			t.Fatal(err)
		}
	}
	for _, mode := range []string{"read_only", "closed"} {
		set(mode, true)
		for what, who := range map[string]string{"a reader": string(desk.Reader), "a chief": chief} {
			if a := x.walker(who).post("/account/sessions/end"); a.status != http.StatusSeeOther {
				t.Errorf("%s: %s logs out everywhere: %d", mode, what, a.status)
			}
			if a := x.walker(who).post("/account/leave"); a.status != http.StatusSeeOther {
				t.Errorf("%s: %s logs out: %d", mode, what, a.status)
			}
		}
		if a := x.nobody().post("/account/enter", "name", "x", "passphrase", "x", "code", "1"); a.status != http.StatusForbidden {
			t.Errorf("%s: the door answers %d", mode, a.status)
		}
		if a := keeper.get("/desk/people"); a.status != http.StatusOK {
			t.Errorf("%s: %d", mode, a.status)
		}
		if a := keeper.post("/desk/modes", "mode", mode, "active", "off", "reason_"+mode, "over"); a.status != http.StatusSeeOther {
			t.Errorf("%s cannot be lifted: %d", mode, a.status)
		}
	}
}
