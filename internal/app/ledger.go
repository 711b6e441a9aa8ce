package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/publish/logbook"
)

// recordActs has what is done to the record appended to the ledger, in the same
// transaction.
func recordActs(s *incident.Service, log *ledger.Log) {
	s.RecordTo(func(ctx context.Context, tx db.Tx, a incident.Act) error {
		_, err := log.Append(ctx, tx, ledger.Event{Kind: a.Kind, Subject: a.Subject, Payload: a.Payload})
		return err
	})
}

// keyFile holds the key that signs checkpoints. It lies beside the database,
// never in it: a copied database cannot sign.
const keyFile = "ledger.key"

// ledgerKey reads the key, or makes one when a deployment begins. A ledger that was
// sealed with another one gets none: outside that would look like a history that was
// written anew. With fresh it gets one all the same, because its own is lost.
func (e *Env) ledgerKey(d *db.DB, fresh bool) (*ledger.Key, error) {
	dir := e.directory()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the directory %s for the ledger's key cannot be made: %w", dir, err)
	}
	file := filepath.Join(dir, keyFile)
	last, err := ledger.New(d, nil).Latest(e.Ctx)
	sealed := err == nil && !fresh
	if err != nil && !errors.Is(err, ledger.ErrNoCheckpoint) {
		return nil, err
	}
	if _, err := os.Stat(file); sealed && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("this ledger was sealed with a key that is not here: put the file %s of the former place into %s. Where it is lost for good, keepiton ledger checkpoint --new-key goes on with another one, and says so to everybody", keyFile, dir)
	}
	key, made, err := ledger.LoadKey(file, ledgerName)
	if err != nil {
		return nil, err
	}
	if made {
		e.Log.Info("a key for the ledger was made; keep a copy of it apart from the database", "file", file, "key", key.LogKey())
	}
	if sealed && !sealedWith(last, key) {
		return nil, fmt.Errorf("the last checkpoint of this ledger was signed with another key than the one in %s", file)
	}
	return key, nil
}

// sealedWith tells whether a key signed a checkpoint.
func sealedWith(c ledger.Checkpoint, key *ledger.Key) bool {
	verifier, err := ledger.ParseLogKey(key.LogKey())
	if err != nil {
		return false
	}
	_, err = ledger.OpenCheckpoint(c.Note, verifier)
	return err == nil
}

// checkKey is what doctor says of the ledger's key.
func (e *Env) checkKey(d *db.DB) (string, error) {
	log := ledger.New(d, nil)
	if _, err := log.Latest(e.Ctx); errors.Is(err, ledger.ErrNoCheckpoint) {
		return "nothing is sealed yet", nil
	} else if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(e.directory(), keyFile)); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s is not in %s: nothing can be sealed here", keyFile, e.directory())
	}
	key, err := e.ledgerKey(d, false)
	if err != nil {
		return "", err
	}
	others := 0
	for after := int64(0); ; {
		list, err := log.Checkpoints(e.Ctx, after)
		if err != nil {
			return "", err
		}
		for _, c := range list {
			if after = c.Number; !sealedWith(c, key) {
				others++
			}
		}
		if len(list) == 0 {
			break
		}
	}
	if others > 0 {
		return counted(others, "checkpoint") + " signed with a key that was here before", nil
	}
	return "it signed every checkpoint", nil
}

// ledgerName is the name the ledger's key carries: it must never change.
const ledgerName = "keepiton/record"

// LedgerCmd groups the commands about the ledger.
type LedgerCmd struct {
	Verify     LedgerVerifyCmd     `cmd:"" help:"Check that history was not rewritten: of a site by its address, or of the database here."`
	Checkpoint LedgerCheckpointCmd `cmd:"" help:"Seal the ledger as it stands; serve does so every hour."`
}

// LedgerVerifyCmd checks a ledger.
type LedgerVerifyCmd struct {
	URL   string   `name:"url" help:"Address of a site to check from outside." placeholder:"https://HOST"`
	Proof string   `help:"A file that proves a single event, to be checked by itself; needs --key." type:"path" placeholder:"FILE"`
	Key   string   `help:"The log's key, as its page /ledger shows it." placeholder:"KEY"`
	Kept  []string `help:"Files with checkpoints kept from before; the newest is written to the first." type:"path" placeholder:"FILE"`
}

// Run checks, and says what was found.
func (c *LedgerVerifyCmd) Run(env *Env) error {
	if c.Proof != "" {
		return c.proof(env)
	}
	if c.URL == "" {
		return c.inside(env)
	}
	if c.Key == "" {
		return errors.New("--key is needed with --url: what the site says of itself proves nothing. Take the key from its page /ledger once, and keep it")
	}
	site, err := logbook.NewSite(c.URL)
	if err != nil {
		return err
	}
	key, err := ledger.ParseLogKey(c.Key)
	if err != nil {
		return err
	}
	var kept [][]byte
	for _, path := range c.Kept {
		text, err := os.ReadFile(path)
		switch {
		case errors.Is(err, os.ErrNotExist): // the first time
		case err != nil:
			return err
		default:
			kept = append(kept, text)
		}
	}
	r, err := ledger.Audit(env.Ctx, site, key, kept)
	if err != nil {
		return err
	}
	if err := env.sayReport(r, c.URL); err != nil {
		return err
	}
	if len(c.Kept) == 0 {
		return nil
	}
	signed, err := site.Published(env.Ctx)
	if err != nil {
		return err
	}
	return os.WriteFile(c.Kept[0], signed, 0o644)
}

// proof checks a file about one held event, without any site.
func (c *LedgerVerifyCmd) proof(env *Env) error {
	if c.Key == "" {
		return errors.New("--key is needed with --proof: a file proves something only under a key you have from elsewhere. Take it from the site's page /ledger")
	}
	key, err := ledger.ParseLogKey(c.Key)
	if err != nil {
		return err
	}
	file, err := os.ReadFile(c.Proof)
	if err != nil {
		return err
	}
	if ledger.IsEntryProof(file) {
		return c.entryProof(env, file, key)
	}
	p, err := ledger.ParseHeldProof(file)
	if err != nil {
		return notAProof(c.Proof, ledger.IsHeldProof(file), err)
	}
	tree, err := ledger.CheckHeld(p, key)
	if err != nil {
		return fmt.Errorf("%s proves nothing under this key: %w", c.Proof, err)
	}
	fmt.Fprintf(env.Stdout, "Proved: %s of %s was held, and covered by entry %d of %s. The tree of %s was signed by this key.\n%s\n",
		p.Held.Entry.Kind, instantOf(p.Held.Entry), p.Proof.Index, instantOf(p.Batch.Entry), counted(int(tree.N), "entry"), p.Held.Opening.Payload)
	return nil
}

// entryProof checks a file about one entry.
func (c *LedgerVerifyCmd) entryProof(env *Env, file []byte, key note.Verifier) error {
	p, err := ledger.ParseEntryProof(file)
	if err != nil {
		return notAProof(c.Proof, true, err)
	}
	tree, err := ledger.CheckEntry(p, key)
	if err != nil {
		return fmt.Errorf("%s proves nothing under this key: %w", c.Proof, err)
	}
	fmt.Fprintf(env.Stdout, "Proved: %s of %s is entry %d. The tree of %s was signed by this key.\n",
		p.Entry.Kind, instantOf(p.Entry), p.Proof.Index, counted(int(tree.N), "entry"))
	if p.Opening != nil {
		fmt.Fprintf(env.Stdout, "%s\n", p.Opening.Payload)
	}
	return nil
}

// notAProof says that a file proves nothing: begun tells whether it says of itself that it
// is a proof, and then what is wrong with it helps whoever made it.
func notAProof(file string, begun bool, err error) error {
	if begun {
		return fmt.Errorf("%s calls itself a proof, but it is damaged or was cut off: %w", file, err)
	}
	return fmt.Errorf("%s is not a proof. Proofs are the files a pack keeps in its directory ledger whose names end with .proof, and what the page /ledger gives out at “proof of entry”", file)
}

func instantOf(e ledger.Entry) string { return time.UnixMicro(e.At).UTC().Format(time.RFC3339) }

func (c *LedgerVerifyCmd) inside(env *Env) error {
	d, _, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	r, err := ledger.New(d, nil).Verify(env.Ctx)
	if err != nil {
		return err
	}
	return env.sayReport(r, "this database")
}

// sayReport says what a check of a ledger found; a finding is an error.
func (env *Env) sayReport(r ledger.Report, where string) error {
	if len(r.Findings) == 0 {
		fmt.Fprintf(env.Stdout, "The ledger of %s is whole: %s read, held against %s of the past.\n", where, counted(int(r.Entries), "entry"), counted(r.Kept, "checkpoint"))
		return nil
	}
	for _, f := range r.Findings {
		fmt.Fprintf(env.Stdout, "%s: %s\n", f.Fault, faultWords[f.Fault]+fmt.Sprintf(" (%d)", f.Index))
	}
	verdict := "keepiton: the ledger of %s was changed after the fact\n"
	if len(r.Findings) == 1 && r.Findings[0].Fault == ledger.FaultSignature { // nothing else was looked at
		verdict = "keepiton: the ledger of %s cannot be checked with this key. Either it is the key of another site, or this site has another key than before; compare it with its page /ledger and with what you were given. If it is the right one, the checkpoint is forged\n"
	}
	fmt.Fprintf(env.Stderr, verdict, where)
	return errSaid
}

// faultWords say what is wrong; the number behind is the entry or the size.
var faultWords = map[ledger.Fault]string{
	ledger.FaultSignature: "a checkpoint is not signed by the key of this log",
	ledger.FaultShrunk:    "there are fewer entries than were signed before",
	ledger.FaultMissing:   "an entry is not there",
	ledger.FaultMoved:     "entries were moved or taken out: where this one should stand is another",
	ledger.FaultBroken:    "the list of entries breaks off, or cannot be read from this one on",
	ledger.FaultLeaf:      "an entry is not what was hashed when it was written",
	ledger.FaultHistory:   "the entries up to this size are not those that were signed",
	ledger.FaultHashes:    "the stored hashes do not fit together",
	ledger.FaultPayload:   "what is kept for an entry is not what it commits to",

	ledger.FaultHeld:        "the held events that an entry covers are not those that were held",
	ledger.FaultHeldMissing: "a held event is not there",
	ledger.FaultHeldPayload: "what is kept for a held event is not what it commits to",
}

// LedgerCheckpointCmd seals the ledger.
type LedgerCheckpointCmd struct {
	NewKey bool `help:"The key that sealed it before is lost for good: seal it with another one. Everybody who checks the ledger from outside is told that its key changed."`
}

// Run makes a checkpoint.
func (c *LedgerCheckpointCmd) Run(env *Env) error {
	d, _, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	key, err := env.ledgerKey(d, c.NewKey)
	if err != nil {
		return err
	}
	log := ledger.New(d, key)
	if err := batch(env.Ctx, log, d); err != nil {
		return err
	}
	point, made, err := log.Checkpoint(env.Ctx)
	if err != nil {
		return err
	}
	word := "was there already"
	if made {
		word = "is new"
	}
	fmt.Fprintf(env.Stdout, "Checkpoint %d of %s %s.\n%s", point.Number, counted(int(point.Tree.N), "entry"), word, point.Note)
	return nil
}

// stamperOf reads the authorities of --timestamp; nil when there is none.
func stamperOf(settings []string) (*ledger.Stamper, error) {
	var list []ledger.Authority
	for _, text := range settings {
		address, file, ok := strings.Cut(text, ",")
		u, err := url.Parse(address)
		if !ok || err != nil || u.Host == "" {
			return nil, fmt.Errorf("--timestamp %q: write the authority's address, a comma, and the file of its certificate", text)
		}
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("--timestamp: %w", err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--timestamp: %s holds no certificate in PEM", file)
		}
		list = append(list, ledger.Authority{Name: u.Host, URL: address, Roots: roots})
	}
	if len(list) == 0 {
		return nil, nil
	}
	return ledger.NewStamper(nil, list...)
}

// batch appends this hour's entry about held events, once anybody works here:
// before that nothing can be held.
func batch(ctx context.Context, log *ledger.Log, d *db.DB) error {
	used, err := account.InUse(ctx, d)
	if err != nil || !used {
		return err
	}
	_, _, err = log.Batch(ctx)
	return err
}

// sealer seals a ledger.
type sealer struct {
	db      *db.DB
	log     *ledger.Log
	stamper *ledger.Stamper // nil: no authority is asked
}

// seal makes a checkpoint when one is due, and has the latest one stamped by
// the authorities that have not done so yet: one that was down is asked again.
func (s sealer) seal(ctx context.Context, env *Env) error {
	if err := batch(ctx, s.log, s.db); err != nil {
		return err
	}
	c, _, err := s.log.Checkpoint(ctx)
	if errors.Is(err, ledger.ErrNoCheckpoint) { // nothing has happened here yet
		return nil
	}
	if err != nil || s.stamper == nil {
		return err
	}
	results, err := s.log.Stamp(ctx, c, s.stamper)
	if err != nil {
		return err
	}
	for _, r := range results {
		if r.Err != nil {
			env.Log.Warn("a time-stamping authority did not certify the ledger", "authority", r.Authority, "err", r.Err)
		}
	}
	return nil
}

// sealEvery is how often a server asks whether the ledger has to be sealed.
const sealEvery = time.Minute

// keepSealed makes a checkpoint in every span in which something happened, and one
// when the server begins.
func (s sealer) keepSealed(ctx context.Context, env *Env, each time.Duration) {
	tick := time.NewTicker(sealEvery)
	defer tick.Stop()
	last := time.Time{}
	for {
		if time.Since(last) >= each-sealEvery/2 { // the clock ticks a moment before or after
			if err := s.seal(ctx, env); err != nil && !errors.Is(err, context.Canceled) {
				env.Log.Error("the ledger cannot be sealed", "err", err)
			} else {
				last = time.Now()
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// WitnessCmd runs a witness: another organisation that signs what it has seen.
type WitnessCmd struct {
	URL   string        `name:"url" help:"Address of the site whose ledger to witness." required:"" placeholder:"https://HOST"`
	Key   string        `help:"The log's key, as its page /ledger shows it." required:"" placeholder:"KEY"`
	Name  string        `help:"Name of this witness, such as your organisation's host name; it must never change." required:"" placeholder:"NAME"`
	State string        `help:"Directory for the witness's own key and for what it signed last." default:"./witness" placeholder:"DIR"`
	Every time.Duration `help:"How often to look; 0 looks once." default:"10m"`
}

// Run visits the site, signs what continues the past, and hands it in.
func (c *WitnessCmd) Run(env *Env) error {
	site, err := logbook.NewSite(c.URL)
	if err != nil {
		return err
	}
	log, err := ledger.ParseLogKey(c.Key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.State, 0o700); err != nil {
		return err
	}
	key, made, err := ledger.LoadKey(filepath.Join(c.State, "witness.key"), c.Name)
	if err != nil {
		return err
	}
	if made {
		fmt.Fprintf(env.Stdout, "A key was made. Give this line to the site, for --witness:\n%s\n", key.WitnessKey())
	}
	w := ledger.NewWitness(key, log, filepath.Join(c.State, "checkpoint"))
	for {
		err := c.visit(env, w, site)
		var fork *ledger.ForkError
		switch {
		case errors.As(err, &fork):
			return fmt.Errorf("the site shows another history than before; nothing was signed. Keep the directory %s, it holds the proof: %w", c.State, err)
		case c.Every == 0:
			return err
		case err != nil:
			env.Log.Error("not signed this time", "err", err)
		}
		select {
		case <-env.Ctx.Done():
			return nil
		case <-time.After(c.Every):
		}
	}
}

func (c *WitnessCmd) visit(env *Env, w *ledger.Witness, site *logbook.Site) error {
	signed, err := w.Visit(env.Ctx, site)
	if err != nil {
		return err
	}
	if err := site.Cosign(env.Ctx, signed); err != nil {
		return err
	}
	seen, err := w.Seen()
	if err == nil {
		fmt.Fprintf(env.Stdout, "Signed: %s, nothing of the past was changed.\n", counted(int(seen.N), "entry"))
	}
	return err
}
