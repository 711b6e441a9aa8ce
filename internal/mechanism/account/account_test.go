package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/limit"
)

// clock is the time of a test.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time       { return time.UnixMicro(c.at.Load()) }
func (c *clock) pass(d time.Duration) { c.at.Add(d.Microseconds()) }
func startClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC).UnixMicro())
	return c
}

const goodPass = "four quiet boats at noon"

type world struct {
	*Service
	d     *db.DB
	clock *clock
	acts  []Act
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{d: d, clock: startClock()}
	s, err := New(d, Options{Secret: []byte(strings.Repeat("s", 32)), Issuer: "keepiton", Now: w.clock.now,
		Record: func(_ context.Context, _ db.Tx, a Act) error { w.acts = append(w.acts, a); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	w.Service = s
	return w
}

// join brings somebody in with a passphrase and a clock app.
func (w *world) join(t *testing.T, name string) (p Person, token, secret string) {
	t.Helper()
	ctx := context.Background()
	code, err := w.Invite(ctx, nil, "for "+name, "reader")
	if err != nil {
		t.Fatal(err)
	}
	p, token, err = w.Accept(ctx, Joining{Code: code, Name: name, Lang: "en", Passphrase: goodPass})
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err = w.NewClock(p, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.ConfirmClock(ctx, p, secret, w.code(t, secret)); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(clockStep)
	return p, token, secret
}

func (w *world) code(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, w.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// wants holds an error against a kind and a key.
func wants(t *testing.T, what string, err error, kind fault.Kind, key string) {
	t.Helper()
	got, _ := fault.Text(err)
	for _, f := range fault.Fields(err) {
		got = f.Key
	}
	if fault.KindOf(err) != kind || got != key {
		t.Errorf("%s: %v, want %s %s", what, err, kind, key)
	}
}

// TestComingIn takes a person from the invitation to the session and out.
func TestComingIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		code, err := w.Invite(ctx, nil, "for the desk", "verifier")
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []struct{ name, pass, key string }{
			{"x", goodPass, "account.name_length"}, {strings.Repeat("n", 61), goodPass, "account.name_length"}, {"evil\u202ename", goodPass, "account.name_letters"},
			{"Amina", "short", "account.passphrase_length"}, {"Amina", strings.Repeat("ab", 20), "account.passphrase_plain"},
			{"A long name of mine", "a long  name of MINE", "account.passphrase_plain"},
		} {
			_, _, err := w.Accept(ctx, Joining{Code: code, Name: bad.name, Passphrase: bad.pass})
			wants(t, fmt.Sprint(bad), err, fault.Invalid, bad.key)
		}
		p, token, err := w.Accept(ctx, Joining{Code: code, Name: "  Amina  B. ", Lang: "AR", Passphrase: goodPass, Device: "office"})
		if err != nil || p.Name != "Amina B." || p.Lang != "ar" {
			t.Fatalf("%+v %v", p, err)
		}
		_, _, err = w.Accept(ctx, Joining{Code: code, Name: "Somebody", Passphrase: goodPass})
		wants(t, "an invitation used twice", err, fault.Gone, "account.invitation_used")
		if _, _, enough, err := w.Ways(ctx, p); err != nil || enough {
			t.Errorf("a passphrase alone is enough: %v %v", enough, err)
		}
		if got, se, err := w.Find(ctx, token); err != nil || got.ID != p.ID || se.Label != "office" {
			t.Fatalf("%+v %v", got, err)
		}
		_, _, err = w.Find(ctx, token+"x")
		wants(t, "a wrong token", err, fault.Forbidden, "account.not_logged_in")

		other, err := w.Invite(ctx, &p, "", "")
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = w.Accept(ctx, Joining{Code: other, Name: "AMINA b.", Passphrase: goodPass})
		wants(t, "a name that differs in capitals alone", err, fault.Invalid, "account.name_taken")
		w.clock.pass(InvitationLife)
		_, _, err = w.Accept(ctx, Joining{Code: other, Name: "Bo Li", Passphrase: goodPass})
		wants(t, "an invitation of last week", err, fault.Gone, "account.invitation_over")

		var kinds []string
		for _, a := range w.acts {
			kinds = append(kinds, a.Kind)
		}
		if got := strings.Join(kinds, " "); got != "invited credential joined invited" {
			t.Errorf("recorded: %s", got)
		}
	})
}

// TestSecondFactor: a passphrase alone does not let in, a code works once, a
// recovery code stands in for it once.
func TestSecondFactor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		p, _, secret := w.join(t, "Amina")
		enter := func(name, pass, code string) error {
			_, _, err := w.Enter(ctx, Entry{Name: name, Passphrase: pass, Code: code, Address: "192.0.2.7:1"})
			return err
		}
		code := w.code(t, secret)
		for what, err := range map[string]error{"no code": enter("Amina", goodPass, ""), "a wrong code": enter("Amina", goodPass, "000000"),
			"a wrong passphrase": enter("Amina", goodPass+"!", code), "nobody": enter("Nobody", goodPass, code)} {
			wants(t, what, err, fault.Forbidden, "account.refused")
		}
		if err := enter(" amina", "four  quiet boats at noon ", code[:3]+" "+code[3:]); err != nil {
			t.Errorf("the right code, with blanks: %v", err)
		}
		wants(t, "the same code again", enter("Amina", goodPass, code), fault.Forbidden, "account.refused")
		codes, err := w.NewRecovery(ctx, p)
		if err != nil || len(codes) != RecoveryCodes {
			t.Fatal(codes, err)
		}
		if err := enter("Amina", goodPass, strings.ToUpper(strings.ReplaceAll(codes[3], "-", " "))); err != nil {
			t.Errorf("a recovery code as it was written by hand: %v", err)
		}
		wants(t, "a recovery code used before", enter("Amina", goodPass, codes[3]), fault.Forbidden, "account.refused")
		if _, left, enough, err := w.Ways(ctx, p); err != nil || left != RecoveryCodes-1 || !enough {
			t.Errorf("%d codes left, enough %v, %v", left, enough, err)
		}
		w.clock.pass(clockStep)
		arabic := strings.NewReplacer("0", "٠", "1", "١", "2", "٢", "3", "٣", "4", "٤", "5", "٥", "6", "٦", "7", "٧", "8", "٨", "9", "٩")
		if err := enter("Amina", goodPass, arabic.Replace(w.code(t, secret))); err != nil {
			t.Errorf("the next code, in digits of another script: %v", err)
		}
	})
}

// TestNothingLetsInFromTheDatabase looks for what would open a door in a copy
// of the database.
func TestNothingLetsInFromTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		p, token, secret := w.join(t, "Amina")
		codes, err := w.NewRecovery(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		open, err := w.Invite(ctx, &p, "", "")
		if err != nil {
			t.Fatal(err)
		}
		type text struct {
			Text string `db:"t"`
		}
		var all strings.Builder
		for _, query := range []string{`select secret as t from credential`, `select coalesce(lookup, '') as t from credential`, `select token_hash as t from session`, `select code_hash as t from invitation`, `select label as t from session`} {
			rows, err := db.Select[text](ctx, d.Reader(), query)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				all.WriteString(r.Text + "\n")
			}
		}
		for what, key := range map[string]string{"the session": token, "the clock app's secret": secret, "an invitation": open, "the passphrase": goodPass, "a recovery code": codes[0], "its letters": foldRecoveryCode(codes[0])} {
			if strings.Contains(all.String(), key) {
				t.Errorf("%s lies in the database", what)
			}
		}
		// Another deployment's key opens no clock app.
		other, err := New(d, Options{Secret: []byte(strings.Repeat("o", 32)), Issuer: "keepiton", Now: w.clock.now})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := other.Enter(ctx, Entry{Name: "Amina", Passphrase: goodPass, Code: w.code(t, secret)}); err == nil {
			t.Error("a copied database lets in elsewhere")
		}
	})
}

// TestSessionsEnd: by idleness, by age, here, everywhere, by suspension, for
// everybody.
func TestSessionsEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		p, token, secret := w.join(t, "Amina")
		admin, _, _ := w.join(t, "Keeper")
		again := func() string {
			t.Helper()
			w.clock.pass(clockStep)
			_, token, err := w.Enter(ctx, Entry{Name: "Amina", Passphrase: goodPass, Code: w.code(t, secret), Device: "phone"})
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		gone := func(what, token string) {
			t.Helper()
			_, _, err := w.Find(ctx, token)
			wants(t, what, err, fault.Forbidden, "account.not_logged_in")
		}
		for range 20 { // used every ten hours, to the end of its life
			w.clock.pass(8 * time.Hour)
			if _, _, err := w.Find(ctx, token); err != nil {
				t.Fatal(err)
			}
		}
		w.clock.pass(8*time.Hour + time.Minute)
		gone("a week old", token)
		token = again()
		w.clock.pass(SessionIdle + time.Minute)
		gone("idle", token)
		if err := w.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		a, b := again(), again()
		list, err := w.Sessions(ctx, p)
		if err != nil || len(list) != 2 || list[0].Label != "phone" {
			t.Fatalf("%+v %v", list, err)
		}
		wants(t, "a session of somebody else", w.End(ctx, admin, list[0].Hash), fault.NotFound, "account.no_session")
		if _, _, err := w.Find(ctx, b); err != nil {
			t.Errorf("somebody else ended the session: %v", err)
		}
		if err := w.End(ctx, p, list[0].Hash); err != nil {
			t.Fatal(err)
		}
		gone("ended here", b)
		if _, _, err := w.Find(ctx, a); err != nil {
			t.Errorf("the other session ended as well: %v", err)
		}
		w.clock.pass(time.Second)
		if err := w.EndAll(ctx, p); err != nil {
			t.Fatal(err)
		}
		gone("ended everywhere", a)
		a = again()
		if err := w.Suspend(ctx, p, admin.Ref, "left the organisation"); err != nil {
			t.Fatal(err)
		}
		gone("suspended", a)
		w.clock.pass(clockStep)
		_, _, err = w.Enter(ctx, Entry{Name: "Amina", Passphrase: goodPass, Code: w.code(t, secret)})
		wants(t, "a suspended person", err, fault.Forbidden, "account.refused")
		if err := w.Restore(ctx, p, admin.Ref, "came back"); err != nil {
			t.Fatal(err)
		}
		a = again()
		if err := w.SetMode(ctx, LoggedOut, true, admin.Ref, "a laptop was taken"); err != nil {
			t.Fatal(err)
		}
		gone("everybody logged out", a)
		a = again()
		if _, _, err := w.Find(ctx, a); err != nil {
			t.Errorf("nobody comes in again after everybody was logged out: %v", err)
		}
	})
}

// TestModesReachOtherProcesses: what one process sets, another follows within
// the promised five seconds.
func TestModesReachOtherProcesses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		admin, token, _ := w.join(t, "Keeper")
		other, err := New(d, Options{Secret: []byte(strings.Repeat("s", 32)), Now: w.clock.now})
		if err != nil {
			t.Fatal(err)
		}
		if modes, err := other.Modes(ctx); err != nil || modes[ReadOnly].Active != 0 {
			t.Fatal(modes, err)
		}
		if err := w.SetMode(ctx, ReadOnly, true, admin.Ref, "an attack"); err != nil {
			t.Fatal(err)
		}
		if err := w.SetMode(ctx, LoggedOut, true, admin.Ref, "an attack"); err != nil {
			t.Fatal(err)
		}
		w.clock.pass(5 * time.Second)
		modes, err := other.Modes(ctx)
		if err != nil || modes[ReadOnly].Active != 1 || modes[ReadOnly].Reason != "an attack" {
			t.Errorf("%+v %v", modes, err)
		}
		_, _, err = other.Find(ctx, token)
		wants(t, "another process", err, fault.Forbidden, "account.not_logged_in")
		wants(t, "a mode without a reason", w.SetMode(ctx, Closed, true, admin.Ref, " "), fault.Invalid, "account.reason_needed")
		wants(t, "a mode nobody knows", w.SetMode(ctx, "panic", true, admin.Ref, "x"), fault.Invalid, "account.mode_unknown")
	})
}

// TestAnActThatCannotBeRecordedIsUndone: what the ledger does not take did not
// happen.
func TestAnActThatCannotBeRecordedIsUndone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		p, _, _ := w.join(t, "Amina")
		w.opt.Record = func(context.Context, db.Tx, Act) error { return errors.New("the ledger is full") }
		if err := w.Suspend(ctx, p, p.Ref, "test"); err == nil {
			t.Error("suspended without a record")
		}
		if _, err := w.Invite(ctx, nil, "", ""); err == nil {
			t.Error("invited without a record")
		}
		if err := w.SetMode(ctx, Closed, true, p.Ref, "test"); err == nil {
			t.Error("closed without a record")
		}
		if now, err := w.PersonByRef(ctx, p.Ref); err != nil || now.State != "active" {
			t.Errorf("%+v %v", now, err)
		}
		if list, err := w.Invitations(ctx); err != nil || len(list) != 0 {
			t.Errorf("%+v %v", list, err)
		}
	})
}

// TestGuessing: who guesses waits longer and longer, others do not.
func TestGuessing(t *testing.T) {
	c := startClock()
	th := newThrottle()
	guess := func(name, addr string, n int) {
		for range n {
			th.failed(c.now(), name, addr)
		}
	}
	guess("amina", "192.0.2.7:9", freePair)
	if th.wait(c.now(), "amina", "192.0.2.200:1") != firstWait {
		t.Error("the same network is not slowed")
	}
	for what, w := range map[string]time.Duration{"another network": th.wait(c.now(), "amina", "198.51.100.1:1"), "another name": th.wait(c.now(), "bo", "192.0.2.7:1")} {
		if w != 0 {
			t.Errorf("%s waits %v", what, w)
		}
	}
	guess("amina", "192.0.2.7:9", 30)
	if w := th.wait(c.now(), "amina", "192.0.2.7:1"); w != longestWait {
		t.Errorf("after many guesses the wait is %v", w)
	}
	for i := range 60 { // many networks, one name
		guess("amina", fmt.Sprintf("203.0.%d.1:1", i), 1)
	}
	if th.wait(c.now(), "amina", "198.51.100.1:1") == 0 {
		t.Error("guesses from many networks are not slowed")
	}
	for i := range freeNet { // many names, one network
		guess(fmt.Sprint("name", i), "[2001:db8:1:2::3]:1", 1)
	}
	if th.wait(c.now(), "unheard of", "[2001:db8:1:ffff::9]:1") == 0 {
		t.Error("guesses at many names are not slowed")
	}
	c.pass(forgetAfter + time.Minute)
	if w := th.wait(c.now(), "amina", "192.0.2.7:1"); w != 0 {
		t.Errorf("after an hour the wait is still %v", w)
	}
	guess("bo", "192.0.2.7:1", freePair+3)
	th.passed(c.now(), "bo", "192.0.2.7:1")
	if w := th.wait(c.now(), "bo", "192.0.2.7:1"); w != 0 {
		t.Errorf("after coming in the wait is %v", w)
	}
	guess("bo", "192.0.2.7:1", freePair+3)
	c.pass(keyLife + time.Minute)
	th.wait(c.now(), "bo", "192.0.2.7:1")
	if len(th.fails) != 0 {
		t.Error("the counts outlive their key")
	}
}

// TestStrangersKeepNobodyOut: however many guess at a name, its owner comes in: at
// once from a network they came in from before, after some seconds from any other.
func TestStrangersKeepNobodyOut(t *testing.T) {
	c, th := startClock(), newThrottle()
	const home, hotel = "192.0.2.7:1", "198.51.100.1:1"
	th.passed(c.now(), "boris", home)
	strangers := func(n int) {
		for i := range n {
			addr := fmt.Sprintf("10.%d.1.1:1", i)
			if th.wait(c.now(), "boris", addr) == 0 {
				th.failed(c.now(), "boris", addr)
			}
		}
	}
	strangers(freeName + 20)
	if w := th.wait(c.now(), "boris", home); w != 0 {
		t.Errorf("Boris at home waits %v", w)
	}
	if w := th.wait(c.now(), "boris", hotel); w != nameWait {
		t.Fatalf("Boris in a hotel waits %v", w)
	}
	for range 4 { // strangers take every turn they get meanwhile
		c.pass(nameWait / 4)
		strangers(200)
	}
	if w := th.wait(c.now(), "boris", hotel); w != 0 {
		t.Errorf("after having waited Boris waits %v", w)
	}
	th.failed(c.now(), "boris", hotel)
	if w := th.wait(c.now(), "boris", hotel); w != nameWait {
		t.Errorf("the next try waits %v", w)
	}
	c.pass(knownFor + time.Hour)
	strangers(freeName + 20)
	if w := th.wait(c.now(), "boris", home); w == 0 {
		t.Error("a network is known for ever")
	}
	for i := range freePair {
		th.passed(c.now(), "boris", home)
		for range i {
			th.failed(c.now(), "boris", home)
		}
	}
	for range 10 {
		th.failed(c.now(), "boris", home)
	}
	if th.wait(c.now(), "boris", home) == 0 {
		t.Error("from a network that is known anything can be tried")
	}
}

// TestTheOnionIsNoNetwork: guesses through the onion service lock out nobody who
// comes by it; from some number on they take turns.
func TestTheOnionIsNoNetwork(t *testing.T) {
	c, th := startClock(), newThrottle()
	for range 10 * freeNet {
		th.failed(c.now(), "boris", limit.Onion)
	}
	for _, name := range []string{"boris", "amina"} {
		if w := th.wait(c.now(), name, limit.Onion); w != 0 {
			t.Errorf("%s by the onion waits %v", name, w)
		}
	}
	if !th.crowded(c.now(), limit.Onion) || th.crowded(c.now(), "192.0.2.7:1") {
		t.Error("the wrong ones take turns")
	}
	h := &hall{make(chan struct{}, 2), 20 * time.Millisecond, time.Second}
	began, done := time.Now(), make(chan error, 6)
	for range cap(done) {
		go func() { done <- h.pass(t.Context()) }()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if took := time.Since(began); took < 60*time.Millisecond {
		t.Errorf("six tries at two places took %v", took)
	}
	h.patience = time.Millisecond
	h.places <- struct{}{}
	h.places <- struct{}{}
	if err := h.pass(t.Context()); fault.KindOf(err) != fault.TooMany {
		t.Errorf("a full hall: %v", err)
	}
}

// TestALostSecret: without the file that clock apps were sealed with, their codes
// let nobody in, recovery codes do, and the loss can be counted.
func TestALostSecret(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		p, _, secret := w.join(t, "Amina")
		codes, err := w.NewRecovery(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		if all, lost, err := w.SealedClocks(ctx); all != 1 || lost != 0 || err != nil {
			t.Errorf("%d %d %v", all, lost, err)
		}
		other, err := New(d, Options{Secret: []byte(strings.Repeat("o", 32)), Now: w.clock.now})
		if err != nil {
			t.Fatal(err)
		}
		if all, lost, err := other.SealedClocks(ctx); all != 1 || lost != 1 || err != nil {
			t.Errorf("%d %d %v", all, lost, err)
		}
		_, _, err = other.Enter(ctx, Entry{Name: "Amina", Passphrase: goodPass, Code: w.code(t, secret)})
		wants(t, "a code nobody can check", err, fault.Forbidden, "account.refused")
		if _, _, err := other.Enter(ctx, Entry{Name: "Amina", Passphrase: goodPass, Code: codes[0]}); err != nil {
			t.Errorf("a recovery code: %v", err)
		}
	})
}

// TestInvitationsEndWithTheirMaker: who is suspended leaves no way in behind.
func TestInvitationsEndWithTheirMaker(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		p, _, _ := w.join(t, "Amina")
		code, err := w.Invite(ctx, &p, "", "")
		if err != nil {
			t.Fatal(err)
		}
		refuse := errors.New("no")
		if err := w.Suspend(ctx, p, "", "test", func(context.Context, db.Tx) error { return refuse }); !errors.Is(err, refuse) {
			t.Fatal(err)
		}
		if _, err := w.Invited(ctx, code); err != nil {
			t.Errorf("a suspension that was refused: %v", err)
		}
		if err := w.Suspend(ctx, p, "", "test"); err != nil {
			t.Fatal(err)
		}
		_, err = w.Invited(ctx, code)
		wants(t, "an invitation of a suspended person", err, fault.Gone, "account.invitation_over")
		_, _, err = w.Accept(ctx, Joining{Code: code, Name: "x"}) // before the name is looked at
		wants(t, "accepting it", err, fault.Gone, "account.invitation_over")
	})
}
