package account

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

const amina = "amina@post.example"

// proved gives somebody a mail address for 7:00 UTC. It is 9:00.
func (w *world) proved(t *testing.T, p Person, address string) {
	t.Helper()
	code, err := w.AskMail(t.Context(), p, address, 7)
	if err == nil {
		err = w.ConfirmMail(t.Context(), p, code)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// due is who gets a mail now, each as sent.
func (w *world) due(t *testing.T) (out []string) {
	t.Helper()
	for {
		m, found, err := w.NextMail(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !found {
			return out
		}
		out = append(out, m.Person.Name+" "+m.Address)
		if err := w.MailDone(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMailAddress: nothing is sent before the code from the mail comes back; then once
// a day at the hour; and whatever ends it ends it.
func TestMailAddress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, w := t.Context(), newWorld(t, d)
		p, _, _ := w.join(t, "Amina")
		begun := len(w.acts)
		code, err := w.AskMail(ctx, p, amina, 10)
		if err != nil {
			t.Fatal(err)
		}
		w.clock.pass(30 * time.Minute)
		if m, found, err := w.Mail(ctx, p); err != nil || !found || m.Confirmed || m.Address != amina {
			t.Fatalf("asked: %+v %v %v", m, found, err)
		}
		for range mailCodeTries - 1 {
			if err := w.ConfirmMail(ctx, p, "aaaa-aaaa"); fault.Fields(err)[0].Key != "account.mail_code_wrong" {
				t.Fatal(err)
			}
		}
		if err := w.ConfirmMail(ctx, p, " "+strings.ToUpper(code)+" "); err != nil {
			t.Fatalf("the right one at last: %v", err)
		}
		if err := w.ConfirmMail(ctx, p, code); err == nil {
			t.Error("a code works twice")
		}
		if got := w.due(t); got != nil {
			t.Errorf("before the hour: %v", got)
		}
		w.clock.pass(31 * time.Minute)
		if got := w.due(t); !slices.Equal(got, []string{"Amina " + amina}) {
			t.Errorf("at the hour: %v", got)
		}
		w.clock.pass(23 * time.Hour)
		if got := w.due(t); got != nil {
			t.Errorf("twice a day: %v", got)
		}
		w.clock.pass(time.Hour)
		if got := w.due(t); len(got) != 1 {
			t.Errorf("the next day: %v", got)
		}
		if err := w.KeepMail(ctx, p, 13); err != nil {
			t.Fatal(err)
		}
		if m, _, err := w.Mail(ctx, p); err != nil || m.Hour != 13 || time.UnixMicro(m.Next).UTC().Hour() != 13 {
			t.Errorf("another hour: %+v %v", m, err)
		}
		if acts := w.acts[begun:]; len(acts) != 1 || acts[0] != (Act{"credential", p.Ref, p.Ref, "mail address proved"}) {
			t.Errorf("recorded: %v", acts)
		}
		if err := w.DropMail(ctx, p); err != nil {
			t.Fatal(err)
		}
		w.clock.pass(48 * time.Hour)
		if _, found, err := w.Mail(ctx, p); err != nil || found || w.due(t) != nil {
			t.Errorf("removed: %v %v", found, err)
		}
		if err := w.KeepMail(ctx, p, 7); fault.KindOf(err) != fault.Conflict {
			t.Errorf("kept without one: %v", err)
		}
	})
}

// TestMailCodes: a code proves one address of one person, for an hour, and nobody has
// more than a few sent in a day.
func TestMailCodes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, w := t.Context(), newWorld(t, d)
		p, _, _ := w.join(t, "Amina")
		other, _, _ := w.join(t, "Boris")
		for _, bad := range []string{"", "amina", amina + "\r\nBcc: boris@post.example", amina + ", boris@post.example", "Amina <" + amina + ">", amina + "\n"} {
			if _, err := w.AskMail(ctx, p, bad, 7); fault.KindOf(err) != fault.Invalid || fault.Fields(err)[0].Name != "address" {
				t.Errorf("%q: %v", bad, err)
			}
		}
		if _, err := w.AskMail(ctx, p, amina, 24); fault.KindOf(err) != fault.Invalid {
			t.Errorf("an hour that is none: %v", err)
		}
		first, err := w.AskMail(ctx, p, amina, 7)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.ConfirmMail(ctx, other, first); err == nil {
			t.Error("the code of another")
		}
		second, err := w.AskMail(ctx, p, "else@post.example", 7)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.ConfirmMail(ctx, p, first); err == nil {
			t.Error("the code of the address before")
		}
		for range mailCodeTries {
			_ = w.ConfirmMail(ctx, p, "aaaa-aaaa")
		}
		if err := w.ConfirmMail(ctx, p, second); fault.Fields(err)[0].Key != "account.mail_code_over" {
			t.Errorf("after many tries: %v", err)
		}
		late, err := w.AskMail(ctx, p, amina, 7)
		if err != nil {
			t.Fatal(err)
		}
		w.clock.pass(mailCodeFor + time.Second)
		if err := w.ConfirmMail(ctx, p, late); err == nil {
			t.Error("after an hour")
		}
		if _, found, _ := w.Mail(ctx, p); found {
			t.Error("an address nobody proved is there after an hour")
		}
		if err := w.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if all, _, err := w.SealedAddresses(ctx); err != nil || all != 0 {
			t.Errorf("and is kept: %d %v", all, err)
		}
		for i := 4; i <= codesADay; i++ {
			if _, err := w.AskMail(ctx, p, amina, 7); err != nil {
				t.Fatal(i, err)
			}
		}
		if _, err := w.AskMail(ctx, p, amina, 7); fault.KindOf(err) != fault.TooMany {
			t.Errorf("one too many: %v", err)
		}
		w.clock.pass(24 * time.Hour)
		if _, err := w.AskMail(ctx, p, amina, 7); err != nil {
			t.Errorf("the next day: %v", err)
		}
	})
}

// TestMailEnds: by the link in a mail, with the account, and until its owner says
// again that it is theirs when all sessions ended.
func TestMailEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, w := t.Context(), newWorld(t, d)
		p, _, _ := w.join(t, "Amina")
		w.proved(t, p, amina)
		w.clock.pass(24 * time.Hour)
		m, found, err := w.NextMail(ctx)
		if err != nil || !found {
			t.Fatal(found, err)
		}
		for _, secret := range []string{"", "AAAA", m.Stop + "A"} {
			if err := w.StopMail(ctx, secret); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%q: %v", secret, err)
			}
		}
		if err := w.MailStops(ctx, m.Stop); err != nil {
			t.Error(err)
		}
		if err := w.StopMail(ctx, m.Stop); err != nil {
			t.Error(err)
		}
		if err := w.MailFailed(ctx, m, "unreachable"); err != nil { // it comes back too late
			t.Error(err)
		}
		if _, found, err := w.Mail(ctx, p); found || err != nil || w.MailStops(ctx, m.Stop) == nil {
			t.Error("stopped and kept", err)
		}
		if last := w.acts[len(w.acts)-1]; last != (Act{"credential", p.Ref, "", "mail address removed"}) {
			t.Errorf("recorded: %v", last)
		}

		w.proved(t, p, amina)
		held := func(what string, do func() error) {
			t.Helper()
			if err := do(); err != nil {
				t.Fatal(what, err)
			}
			w.clock.pass(24*time.Hour + modeAge)
			p, err = w.PersonByRef(ctx, p.Ref)
			if got := w.due(t); err != nil || got != nil {
				t.Errorf("%s: %v", what, got)
			}
			if m, found, err := w.Mail(ctx, p); err != nil || !found || !m.Held {
				t.Errorf("%s: %+v %v", what, m, err)
			}
			if err := w.KeepMail(ctx, p, 7); err != nil {
				t.Fatal(err)
			}
			w.clock.pass(24 * time.Hour)
			if got := w.due(t); len(got) != 1 {
				t.Errorf("%s and kept: %v", what, got)
			}
		}
		held("logged out everywhere", func() error { return w.EndAll(ctx, p) })
		held("everybody logged out", func() error { return w.SetMode(ctx, LoggedOut, true, "", "a test") })

		held("restored from a backup", func() error { return d.Write(ctx, func(tx db.Tx) error { return HoldMails(ctx, tx) }) })

		w.clock.pass(24 * time.Hour)
		if err := w.SetMode(ctx, Closed, true, "", "a test"); err != nil {
			t.Fatal(err)
		}
		if got := w.due(t); got != nil {
			t.Errorf("while closed: %v", got)
		}
		if err := w.SetMode(ctx, Closed, false, "", "a test"); err != nil {
			t.Fatal(err)
		}
		if got := w.due(t); len(got) != 1 {
			t.Errorf("open again: %v", got)
		}
		if err := w.Suspend(ctx, p, "", "a test"); err != nil {
			t.Fatal(err)
		}
		if all, _, err := w.SealedAddresses(ctx); err != nil || all != 0 {
			t.Errorf("the address of a suspended person is kept: %d %v", all, err)
		}
		if err := w.Restore(ctx, p, "", "a test"); err != nil {
			t.Fatal(err)
		}
		w.clock.pass(24 * time.Hour)
		if got := w.due(t); got != nil {
			t.Errorf("restored: %v", got)
		}
	})
}

// TestMailLease: of many processes one takes a mail; one that dies with it leaves it
// to the others, later; one that fails waits longer each time.
func TestMailLease(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, w := context.Background(), newWorld(t, d)
		const people = 5
		for i := range people {
			p, _, _ := w.join(t, fmt.Sprint("Person ", i))
			w.proved(t, p, fmt.Sprintf("person%d@post.example", i))
		}
		w.clock.pass(24 * time.Hour)
		var mu sync.Mutex
		var wg sync.WaitGroup
		taken := map[string]int{}
		var one Mailing
		for range 4 {
			wg.Go(func() {
				for {
					m, found, err := w.NextMail(ctx)
					if err != nil {
						t.Error(err)
					}
					if !found {
						return
					}
					mu.Lock()
					taken[m.Address]++
					one = m
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(taken) != people {
			t.Errorf("taken: %v", taken)
		}
		for address, n := range taken {
			if n != 1 {
				t.Errorf("%s: %d times", address, n)
			}
		}
		waited := time.Duration(0)
		for i, want := range []time.Duration{5 * time.Minute, 15 * time.Minute, 45 * time.Minute, 135 * time.Minute, 405 * time.Minute, 1215 * time.Minute, 24 * time.Hour, 24 * time.Hour} {
			if err := w.MailFailed(ctx, one, "unreachable"); err != nil {
				t.Fatal(err)
			}
			row, _, err := w.addressOf(ctx, d.Reader(), one.Person.ID)
			if err != nil || row.Next-w.clock.at.Load() != want.Microseconds() || row.Failures != i+1 || row.Failing != w.clock.at.Load()-waited.Microseconds() {
				t.Fatalf("failure %d: %v %+v", i+1, err, row)
			}
			w.clock.pass(want)
			waited += want
			one = Mailing{}
			for one.Person.ID != row.Person {
				if one, _, err = w.NextMail(ctx); err != nil || one.Address == "" {
					t.Fatal("not due again", err)
				}
			}
		}
		if m, err := w.MailState(ctx); err != nil || m.Addresses != people || m.Failing != 1 || m.Problem != "unreachable" || m.Since == 0 {
			t.Errorf("%+v %v", m, err)
		}
		if err := w.MailDone(ctx, one); err != nil {
			t.Fatal(err)
		}
		if m, err := w.MailState(ctx); err != nil || m.Failing != 0 || m.Since != 0 || m.Problem != "" {
			t.Errorf("%+v %v", m, err)
		}
	})
}

// TestMailIsSealed: a copied database holds no address; with another secret nothing is
// sent and it is told.
func TestMailIsSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, w := t.Context(), newWorld(t, d)
		p, _, _ := w.join(t, "Amina")
		w.proved(t, p, amina)
		row, _, err := w.addressOf(ctx, d.Reader(), p.ID)
		if err != nil || strings.Contains(fmt.Sprint(row), "post.example") {
			t.Fatalf("%+v %v", row, err)
		}
		if _, err := w.mails.unsealed(p.ID+1, row.Sealed); err == nil {
			t.Error("sealed for anybody")
		}
		if _, err := w.clocks.unsealed(p.ID, row.Sealed); err == nil {
			t.Error("sealed for any purpose")
		}
		w.clock.pass(24 * time.Hour)
		other, err := New(d, Options{Secret: []byte(strings.Repeat("t", 32)), Now: w.clock.now})
		if err != nil {
			t.Fatal(err)
		}
		if _, found, err := other.NextMail(ctx); found || err != nil {
			t.Errorf("with another secret: %v %v", found, err)
		}
		if m, err := other.MailState(ctx); err != nil || m.Problem != problemSealed {
			t.Errorf("%+v %v", m, err)
		}
		if _, found, err := other.Mail(ctx, p); found || err != nil {
			t.Error(found, err)
		}
		if all, lost, err := other.SealedAddresses(ctx); all != 1 || lost != 1 || err != nil {
			t.Error(all, lost, err)
		}
	})
}
