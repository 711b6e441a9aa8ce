package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/digest"
	"keepiton/internal/dispute"
	"keepiton/internal/evidence"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/limit"
	"keepiton/internal/platform/page"
	"keepiton/internal/verify"
)

// deskRoom is a room behind the door: what it says and shows, its links in the
// navigation, and its routes.
type deskRoom struct {
	texts, views fs.FS
	nav          []desk.Item
	script       func() (path string, data []byte) // nil for none
	routes       func(f *frame) []desk.Route
}

// deskRooms lists the rooms behind the door, once, in the order of the
// navigation. Its first link is where people come to after logging in.
func deskRooms() []deskRoom {
	return []deskRoom{
		{verify.Texts(), verify.Views(), verify.Nav(), verify.Script, func(f *frame) []desk.Route { return verify.NewWeb(f.cases, staff{f.Office}, f.touches).Routes() }},
		{digest.Texts(), digest.Views(), digest.Nav(), nil, func(f *frame) []desk.Route { return digest.NewWeb(f.waits, byFeed(f.insiders)).Routes() }},
		{evidence.Texts(), evidence.Views(), nil, nil, func(f *frame) []desk.Route {
			return evidence.NewWeb(f.items, handlers{staff{f.Office}, f.cases}).Routes()
		}},
		{dispute.Texts(), dispute.Views(), dispute.Nav(), nil, func(f *frame) []desk.Route { return dispute.NewOffice(f.disputes).Routes() }},
		{coalition.Texts(), coalition.Views(), coalition.Nav(), coalition.Script, func(f *frame) []desk.Route { return coalition.NewWeb(f.Office, f.origin, f.sender, f.mails).Routes() }},
	}
}

// frame is what the rooms behind the door are built on.
type frame struct {
	*insiders
	*desk.Frame
	log      *ledger.Log
	disputes *dispute.Service
	waits    *digest.Service
	shell    *page.Shell
	origin   string
	sender   limit.Sender
	mails    coalition.Mailer // nil where no mail is sent
}

// post sends by mail what waits.
func (f *frame) post() *digest.Post {
	return &digest.Post{Digest: f.waits, People: f.Accounts, Actor: f.Actor, Mailer: f.mails, Words: f.shell.Words, Origin: f.origin}
}

// insiders are the rooms behind the door.
type insiders struct {
	*coalition.Office
	*casework
}

// touches lists what was done to the evidence of a dossier.
func (in *insiders) touches(ctx context.Context, dossier int64) ([]verify.Touch, error) {
	list, err := in.items.Trail(ctx, dossier)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	people, err := in.Accounts.People(ctx)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]int64, len(people))
	for _, p := range people {
		ids[p.Ref] = p.ID
	}
	out := make([]verify.Touch, len(list))
	for i, t := range list {
		out[i] = verify.Touch{Person: ids[t.Person], Item: t.Ref, Act: string(t.Act), At: t.At}
	}
	return out, nil
}

// siteName is what clock apps and passkeys show.
const siteName = "keepiton"

// office wires people and organisations, with every act of theirs on the
// ledger in the same transaction. secret may be nil where nobody comes in.
func office(d *db.DB, log *ledger.Log, secret []byte) (*coalition.Office, error) {
	record := func(ctx context.Context, tx db.Tx, kind, subject string, payload any) error {
		_, err := log.Append(ctx, tx, ledger.Event{Kind: kind, Subject: subject, Payload: payload})
		return err
	}
	members := coalition.New(d, coalition.Recorder{
		Role: func(ctx context.Context, tx db.Tx, c coalition.Change) error {
			kind := "role.taken"
			if c.Given {
				kind = "role.given"
			}
			return record(ctx, tx, kind, c.Person, map[string]string{"person": c.Person, "organisation": c.Organisation, "role": string(c.Role), "area": c.Area, "by": c.By})
		},
		Organisation: recordOrganisation(log),
	}, nil)
	people, err := account.New(d, account.Options{Secret: secret, Issuer: siteName, Accepted: members.Accepted, Reserved: reserved(), Turn: doorTurn, Memory: doorMemory,
		Record: func(ctx context.Context, tx db.Tx, a account.Act) error {
			if a.Kind == "renamed" { // pages name people
				if err := incident.Touch(ctx, tx); err != nil {
					return err
				}
			}
			return record(ctx, tx, "account."+a.Kind, a.Subject, map[string]string{"subject": a.Subject, "by": a.By, "what": a.What})
		}})
	if err != nil {
		return nil, err
	}
	return &coalition.Office{Service: members, Accounts: people}, nil
}

// doorTurn is how long a try at the door takes where many failed; 0 is as long as
// the door thinks right.
var doorTurn time.Duration

// doorMemory is how many KiB hashing a passphrase takes; 0 is as many as it should.
var doorMemory uint32

// reserved are the names that the program and what it calls people go by, in all
// languages: nobody else shows under them.
func reserved() []string {
	texts, err := i18n.Load(coalition.Texts(), verify.Texts())
	if err != nil {
		panic("app: embedded texts: " + err.Error()) // their tests load them
	}
	out := []string{siteName}
	for _, l := range texts.Langs() {
		x := texts.For(l.Tag)
		for _, r := range desk.Roles() {
			out = append(out, x.T("coalition.role."+string(r)))
		}
		out = append(out, x.T("coalition.kind."+coalition.Secretariat), x.T("verify.program"), x.T("verify.the_record"), x.T("verify.somebody"), x.T("verify.colleague"))
	}
	return out
}

// door tells the frame who stands before it.
type door struct{ *coalition.Office }

// Who is the person of a session, with what they hold now.
func (d door) Who(ctx context.Context, token string) (desk.Actor, error) {
	p, _, err := d.Accounts.Find(ctx, token)
	if err != nil {
		return desk.Actor{}, err
	}
	return d.Actor(ctx, p)
}

// Modes are the emergency modes, at most a second old.
func (d door) Modes(ctx context.Context) (readOnly, closed bool, err error) {
	all, err := d.Accounts.Modes(ctx)
	return all[account.ReadOnly].Active == 1, all[account.Closed].Active == 1, err
}

// openDesk adds the rooms behind the door to a site.
func openDesk(in *insiders, log *ledger.Log, disputes *dispute.Service, shell *page.Shell, origin string, sender limit.Sender, mails coalition.Mailer, mux *http.ServeMux) (*frame, error) {
	var nav []desk.Item
	for _, r := range deskRooms() {
		nav = append(nav, r.nav...)
	}
	waits := digestOf(in, disputes)
	for i := range nav {
		switch nav[i].Path {
		case dispute.DeskPath:
			nav[i].Count = disputes.Waiting
		case digest.Path:
			nav[i].Count = waits.Count
		}
	}
	df, err := desk.NewFrame(shell, door{in.Office}, origin, nav...)
	if err != nil {
		return nil, err
	}
	df.Answers(in.cases.Chosen, evidence.Chosen)
	df.Labels("verify.ask.", "evidence.ask.", "coalition.field.", "dispute.form.", "dispute.desk.")
	f := &frame{in, df, log, disputes, waits, shell, strings.TrimSuffix(origin, "/"), sender, mails}
	for _, path := range []string{"/login", "/desk/login"} { // where people look for the door
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, page.Of(r).URL(desk.Enter), http.StatusSeeOther)
		})
	}
	for _, r := range deskRooms() {
		if r.script != nil {
			path, data := r.script()
			df.Script(mux, path, data)
		}
		df.Handle(mux, r.routes(f)...)
	}
	return f, nil
}

// sweepEvery is how often sessions that are over are deleted.
const sweepEvery = time.Hour

// keepSwept deletes sessions that are over, and yesterday's forms, while a server
// runs: that somebody was here is nobody's business for longer.
func keepSwept(ctx context.Context, env *Env, d *db.DB, o *coalition.Office) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := errors.Join(o.Accounts.Sweep(ctx), desk.SweepForms(ctx, d, time.Now())); err != nil && !errors.Is(err, context.Canceled) {
			env.Log.Error("sessions that are over cannot be deleted", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// secretFile holds what the secrets of clock apps are sealed with. It lies
// beside the database, never in it: a copied database lets nobody in.
const secretFile = "desk.secret"

// errOpenSecret: others on the machine could let themselves in.
var errOpenSecret = errors.New("others may read it; make it readable by its owner alone (chmod 600)")

// readDeskSecret reads the secret; a missing file is fs.ErrNotExist.
func (e *Env) readDeskSecret() ([]byte, error) {
	path := filepath.Join(e.directory(), secretFile)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: %w", path, errOpenSecret)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(secret) < 32 {
		return nil, fmt.Errorf("%s does not hold 32 bytes in hexadecimal digits", path)
	}
	return secret, nil
}

// deskSecret reads the secret, or makes one when a deployment begins.
func (e *Env) deskSecret() ([]byte, error) {
	secret, err := e.readDeskSecret()
	if !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	if err := os.MkdirAll(e.directory(), 0o700); err != nil {
		return nil, fmt.Errorf("the directory %s for the desk's secret cannot be made: %w", e.directory(), err)
	}
	path := filepath.Join(e.directory(), secretFile)
	fresh := make([]byte, 32)
	rand.Read(fresh)                                           // never fails
	temp, err := os.CreateTemp(e.directory(), secretFile+".*") // made with 0600
	if err != nil {
		return nil, fmt.Errorf("the desk's secret cannot be made: %w", err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.WriteString(hex.EncodeToString(fresh) + "\n")
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return nil, fmt.Errorf("the desk's secret cannot be written: %w", err)
	}
	switch err := os.Link(temp.Name(), path); {
	case errors.Is(err, fs.ErrExist): // somebody else was faster: theirs counts
		return e.readDeskSecret()
	case err != nil:
		return nil, fmt.Errorf("the desk's secret cannot be kept: %w", err)
	}
	e.Log.Info("a secret for the desk was made; keep a copy of it apart from the database", "file", path)
	return fresh, nil
}

// checkSecret is what doctor says of the secret.
func (e *Env) checkSecret(d *db.DB) (string, error) {
	secret, err := e.readDeskSecret()
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return "", err
	}
	o, err := office(d, ledger.New(d, nil), secret)
	if err != nil {
		return "", err
	}
	clocks, lostClocks, err := o.Accounts.SealedClocks(e.Ctx)
	if err != nil {
		return "", err
	}
	mails, lostMails, err := o.Accounts.SealedAddresses(e.Ctx)
	if err != nil {
		return "", err
	}
	sealed := counted(clocks, "clock app")
	if mails > 0 {
		sealed += " and " + counted(mails, "mail address")
	}
	switch {
	case missing && clocks+mails == 0:
		return "not needed yet", nil
	case missing:
		return "", fmt.Errorf("%s is missing: %s cannot be read. Bring the file back, or let people come in with recovery codes and set up their apps anew", secretFile, sealed)
	case lostClocks+lostMails > 0:
		return "", fmt.Errorf("%s is another one than %d of %s were sealed with", secretFile, lostClocks+lostMails, sealed)
	}
	return sealed + " can be read", nil
}
