package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/publish"
	"keepiton/internal/publish/bundle"
	"keepiton/internal/publish/feed"
	"keepiton/internal/verify"
)

func (e *Env) bundler(d *db.DB, s *incident.Service, c *ExportBundleCmd) (*bundler, error) {
	texts, err := catalogue()
	if err != nil {
		return nil, err
	}
	b := &bundler{cmd: c, db: d, record: s, log: ledger.New(d, nil), words: texts.For(c.Lang)}
	if b.work, err = e.casework(d, s, b.log); err != nil {
		return nil, err
	}
	file := filepath.Join(e.directory(), keyFile)
	if _, err := os.Stat(file); err == nil { // a pack is no occasion to make one
		key, _, err := ledger.LoadKey(file, ledgerName)
		if err != nil {
			return nil, err
		}
		b.key = key.LogKey()
	}
	members := coalition.New(d, coalition.Recorder{}, nil)
	b.readers = verification{q: d.Reader(), record: s, work: b.work, members: members, texts: texts}
	b.names, err = members.PublicNames(e.Ctx, b.words)
	return b, err
}

// gather reads everything of one moment: again, when the record or the ledger
// moved on meanwhile.
func (b *bundler) gather(ctx context.Context) (*packed, error) {
	const tries = 5
	for range tries {
		before, err := b.record.Version(ctx)
		if err != nil {
			return nil, err
		}
		point, err := b.log.Latest(ctx)
		if errors.Is(err, ledger.ErrNoCheckpoint) {
			return nil, fault.Wrap(err, fault.Conflict, "bundle.error.unsealed")
		}
		if err != nil {
			return nil, err
		}
		p, err := b.gatherUnder(ctx, point)
		if err != nil {
			return nil, err
		}
		after, err := b.record.Version(ctx)
		if err != nil {
			return nil, err
		}
		last, err := b.log.Latest(ctx)
		if err != nil || after == before && last.Number == point.Number {
			return p, err
		}
	}
	return nil, errors.New("the record changes all the time; try again when no import runs")
}

func (b *bundler) gatherUnder(ctx context.Context, point ledger.Checkpoint) (*packed, error) {
	inc, err := b.record.Get(ctx, incident.RecordEdition, b.cmd.Incident)
	if err != nil {
		return nil, err
	}
	if err := b.work.cases.AuditOne(ctx, inc.Ref); err != nil {
		return nil, fault.Wrap(err, fault.Conflict, "bundle.error.audit", "ref", inc.Ref)
	}
	if inc.MergedInto != "" {
		return nil, fault.New(fault.Conflict, "bundle.error.merged", "ref", inc.Ref, "into", inc.MergedInto)
	}
	if err := feed.MayTell(inc); err != nil {
		return nil, err
	}
	mask, err := b.record.Masker(ctx)
	if err != nil {
		return nil, err
	}
	speaker := publish.Speaker{X: b.words, Tax: b.record.Taxonomy()}
	pages := &bundle.Pages{Speaker: speaker, For: b.cmd.For, Facts: feed.PublicFacts(inc.Facts), Key: b.key, Entries: point.Tree.N, Sealed: time.UnixMicro(point.At).UTC()}
	title := speaker.Title(inc.Facts)
	if inc.Urgent != nil {
		title = b.words.T("publish.unconfirmed.title", "title", i18n.Phrase(title))
	}
	pages.Doc = bundle.Document{Incident: feed.Tell(inc, title, "/incidents/"+inc.Ref), Signatures: []bundle.Signature{}, Evidence: []bundle.Item{}}
	if pages.Doc.Row, err = b.row(ctx, inc); err != nil {
		return nil, err
	}
	p := &packed{at: time.UnixMicro(point.At).UTC()}
	behind, found, err := b.behind(ctx, inc.Ref, p)
	if err != nil {
		return nil, err
	}
	for _, x := range p.items {
		told := masked(x.Public, mask)
		it := bundle.Item{Ref: x.Ref, Class: string(x.Class), Content: x.Content}
		if x.Content {
			it.Title, it.Speaker, it.Says, it.Lang, it.Observed, it.Place, it.URL = told.Title, told.Speaker, told.Says, told.Lang, told.Observed, told.Place, told.URL
			it.Files, it.Dir = len(x.Bytes), evidenceDir(x.Ref)
			pages.Bytes = pages.Bytes || len(seals(x.Bytes, x.Custody)) > 0
			files, err := b.itemFiles(x, told)
			if err != nil {
				return nil, err
			}
			p.files = append(p.files, files...)
		}
		pages.Doc.Evidence = append(pages.Doc.Evidence, it)
	}
	public, _, err := b.readers.Verification(ctx, inc.Ref, b.cmd.Lang)
	if err != nil {
		return nil, err
	}
	b.claims(pages, behind, public, p.items)
	pages.Doc.Weaker = public.Weaker
	stands(&pages.Doc, inc, public)
	if err := b.signed(ctx, pages, behind, p, mask); err != nil {
		return nil, err
	}
	proofs := &prover{bundler: b, point: point, pages: pages, packed: p}
	if err := proofs.all(ctx, inc, behind, found); err != nil {
		return nil, err
	}
	pages.Later = p.unsealed
	files, err := pages.Files()
	if err != nil {
		return nil, err
	}
	manifest := bundle.Manifest{Incident: inc.Ref, Revision: inc.Revision, For: b.cmd.For, Lang: b.cmd.Lang, Ledger: fmt.Sprintf("%d %s", point.Tree.N, point.Tree.Hash)}
	p.files, p.sums, err = bundle.Seal(manifest, append(p.files, files...))
	return p, err
}

// row is the row of the sheet, word for word where readers may read it.
func (b *bundler) row(ctx context.Context, inc *incident.Incident) ([]bundle.Cell, error) {
	read, err := b.record.RowOf(ctx, inc, incident.RecordEdition)
	if err != nil || read == nil {
		return nil, err
	}
	var out []bundle.Cell
	for i, column := range read.Header {
		if i >= len(read.Cells) {
			break
		}
		cell := bundle.Cell{Column: column, Text: read.Cells[i]}
		if !feed.OpenCell(column, inc.Facts) || !feed.OpenCell(column, read.Facts) {
			cell.Text, cell.Withheld = "", true
		}
		out = append(out, cell)
	}
	return out, nil
}

// behind reads what stands behind an incident, and of the items that speak for
// or against it what may go out. Those of which nothing may be told are not
// there at all.
func (b *bundler) behind(ctx context.Context, ref string, p *packed) (back verify.Backing, found bool, err error) {
	err = b.db.Snapshot(ctx, func(q db.Querier) error {
		p.items = nil
		if back, found, err = b.work.cases.Behind(ctx, q, ref); err != nil || !found {
			return err
		}
		var ids []int64
		for _, l := range back.Links {
			if l.Side != verify.Silent && !slices.Contains(ids, l.Item) {
				ids = append(ids, l.Item)
			}
		}
		slices.Sort(ids)
		for _, id := range ids {
			then, told := back.Told[id]
			if !told {
				continue // under embargo then, or withdrawn
			}
			x, ok, err := b.work.items.ForPack(ctx, q, id, then, b.court())
			if err != nil {
				return err
			}
			if ok {
				p.items = append(p.items, exhibit{id, then, x})
			}
		}
		return nil
	})
	return back, found, err
}

// stands says of what two organisations did not sign how it is public all the same.
func stands(doc *bundle.Document, inc *incident.Incident, public publish.Verified) {
	switch {
	case inc.Urgent != nil:
		doc.Unsigned, doc.Urgent = "urgent", &bundle.Urgent{Until: *inc.Urgent}
		if u := public.Urgent; u != nil {
			doc.Urgent.Reason, doc.Urgent.Signed = u.Reason, u.Signed
		}
	case len(doc.Signatures) > 0:
	case inc.Desk:
		doc.Unsigned = "desk"
	default:
		doc.Unsigned = "sheet"
	}
}

// claims says the facts claim by claim, with what stands behind each, and of how it is
// proved what readers of the site are told.
func (b *bundler) claims(pages *bundle.Pages, back verify.Backing, public publish.Verified, items []exhibit) {
	at := func(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339) }
	for _, c := range verify.Claims() {
		says := slices.DeleteFunc(c.Says(pages.Facts), func(d incident.FieldDiff) bool { // no statements about the shutdown
			return d.Field == "sources" || d.Field == "publications"
		})
		out := bundle.Claim{Key: string(c), Stated: pages.Speaker.Stated(says), Value: feed.PublicStated(says), Evidence: []bundle.Support{}, Dissent: []bundle.Dissent{}}
		for _, x := range public.Claims {
			if x.Claim == string(c) {
				out.Rung = x.Rung
			}
		}
		for _, g := range back.Grades {
			if g.Claim == c {
				out.Grade, out.Graded = g.Grade, at(g.At)
			}
		}
		for _, l := range back.Links {
			if i := slices.IndexFunc(items, func(x exhibit) bool { return x.id == l.Item }); i >= 0 && l.Claim == c && l.Side != verify.Silent {
				out.Evidence = append(out.Evidence, bundle.Support{Item: items[i].Ref, Side: string(l.Side)})
			}
		}
		for _, d := range back.Dissents {
			if d.Claim != string(c) {
				continue
			}
			x := bundle.Dissent{Organisation: b.names[d.Organisation], At: at(d.At)}
			if d.Settled != nil && *d.Settled <= back.At {
				x.Settled = at(*d.Settled)
			}
			out.Dissent = append(out.Dissent, x)
		}
		pages.Doc.Claims = append(pages.Doc.Claims, out)
	}
	for _, s := range back.Signatures {
		_, told := desk.Seal(back.Dossier.Mask, s.Told)
		pages.Doc.Signatures = append(pages.Doc.Signatures, bundle.Signature{Organisation: b.names[s.Organisation], At: at(s.At), Told: told})
	}
}

// signed adds the facts in the very form of which the signatures speak, with what
// opens the seal under which these name it: unless something of them is withheld by
// now, or a source is concealed, which nobody can guess from the seal alone.
func (b *bundler) signed(ctx context.Context, pages *bundle.Pages, back verify.Backing, p *packed, mask func(string) string) error {
	doc, err := signedForm(&back.Facts)
	if err != nil {
		return err
	}
	readers, err := b.record.AsTold(ctx, b.db.Reader(), pages.Doc.Incident.Ref, back.Facts)
	if err != nil {
		return err
	}
	if now, err := signedForm(&readers); err != nil || !bytes.Equal(now, doc) {
		return err
	}
	sum := sha256.Sum256(doc)
	told := hex.EncodeToString(sum[:])
	if len(back.Signatures) == 0 || mask(string(doc)) != string(doc) || slices.ContainsFunc(back.Signatures, func(s verify.SignOff) bool { return s.Told != told }) {
		return nil
	}
	salt, _ := desk.Seal(back.Dossier.Mask, told)
	p.files = append(p.files, bundle.Text("signed.json", doc), bundle.Text("signed.salt", []byte(salt+"\n")))
	pages.Signed = true
	return nil
}

// prover puts what the ledger proves of an incident into its pack.
type prover struct {
	*bundler
	point  ledger.Checkpoint
	pages  *bundle.Pages
	packed *packed
	shown  int // held events in the pack
}

func (x *prover) all(ctx context.Context, inc *incident.Incident, back verify.Backing, found bool) error {
	x.add("checkpoint", x.point.Note)
	// Acts on the record name people; that they happened is proved, what they say
	// is not shown.
	if err := x.entries(ctx, inc.Ref, false); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, y := range inc.Years {
		if y.Line > 0 && !seen[y.Origin] {
			seen[y.Origin] = true
			if err := x.sheet(ctx, y.Origin); err != nil {
				return err
			}
		}
	}
	if found {
		if err := x.entries(ctx, back.Dossier.Ref, true); err != nil {
			return err
		}
		if err := x.held(ctx, back.Dossier.Ref, func(kind string, payload held) bool {
			return slices.Contains(shownActs, kind) && payload.Revision <= back.Dossier.Signed
		}); err != nil {
			return err
		}
	}
	for _, it := range x.packed.items {
		if err := x.held(ctx, it.Ref, func(kind string, payload held) bool {
			return strings.HasPrefix(kind, "custody.") && payload.N <= int64(len(it.Custody))
		}); err != nil {
			return err
		}
	}
	return x.stamps(ctx)
}

// shownActs are the acts on a dossier that lead to what is public. Others, such
// as a lead that was parked or a reviewer who is too close, stay inside.
var shownActs = []string{"desk.filed", "desk.stated", "desk.attached", "desk.graded", "desk.disagreed", "desk.settled", "desk.signed", "desk.unsigned", "desk.fell_away"}

// held is what has to be known of the payload of a held event.
type held struct {
	Revision int64 `json:"revision"` // of a dossier
	N        int64 `json:"n"`        // of a row of custody
}

// entries adds the entries about a subject.
func (x *prover) entries(ctx context.Context, subject string, opened bool) error {
	list, err := x.log.About(ctx, subject)
	if err != nil {
		return err
	}
	for _, i := range list {
		if i >= x.point.Tree.N {
			x.packed.unsealed++
			continue
		}
		var p ledger.EntryProof
		if p.Entry, err = x.log.Entry(ctx, i); err != nil {
			return err
		}
		if opened {
			o, err := x.log.Reveal(ctx, i)
			if errors.Is(err, ledger.ErrForgotten) {
				continue
			}
			if err != nil {
				return err
			}
			p.Opening = &o
		}
		if p.Proof, err = x.log.Prove(ctx, i, x.point); err != nil {
			return err
		}
		x.proof(fmt.Sprintf("entry-%06d", i), p.Format(), p.Opening)
	}
	return nil
}

// sheet proves that a sheet was read: of which file is told as long as nothing of it is
// hidden.
func (x *prover) sheet(ctx context.Context, label string) error {
	e, err := x.record.EditionByLabel(ctx, label)
	if err != nil {
		return err
	}
	hidden, err := x.record.Hidden(ctx, e)
	if err != nil {
		return err
	}
	x.pages.Unhashed = x.pages.Unhashed || hidden
	return x.entries(ctx, label, !hidden)
}

// held adds the held events about a subject that may be shown.
func (x *prover) held(ctx context.Context, subject string, may func(kind string, payload held) bool) error {
	list, err := x.log.HeldAbout(ctx, subject)
	if err != nil {
		return err
	}
	for _, id := range list {
		p, err := x.log.HeldProof(ctx, id)
		uncovered := errors.Is(err, ledger.ErrNotCovered)
		switch {
		case errors.Is(err, ledger.ErrForgotten):
			continue
		case err != nil && !uncovered:
			return err
		}
		var payload held
		if err := json.Unmarshal(p.Held.Opening.Payload, &payload); err != nil {
			return fmt.Errorf("held event %d: %w", id, err)
		}
		switch {
		case !may(p.Held.Entry.Kind, payload):
		case uncovered:
			x.packed.unsealed++
		default:
			x.shown++ // its number of all acts would tell how many there are
			x.proof(fmt.Sprintf("held-%04d", x.shown), p.Format(), &p.Held.Opening)
		}
	}
	return nil
}

func (x *prover) proof(name string, file []byte, o *ledger.Opening) {
	x.add(name+".proof", file)
	x.pages.Proofs = append(x.pages.Proofs, name+".proof")
	if o != nil {
		x.add(name+".opening", append(slices.Clone(o.Salt[:]), o.Payload...))
		x.pages.Opened = true
	}
}

// stamps adds the time stamps of the checkpoint, with the certificates of those
// authorities that were named to us.
func (x *prover) stamps(ctx context.Context) error {
	list, err := x.log.Stamps(ctx, x.point.Number)
	if err != nil {
		return err
	}
	if _, err := stamperOf(x.cmd.Timestamp); err != nil {
		return err // a file without a certificate, above all
	}
	for i, s := range list {
		name := fmt.Sprintf("stamp-%d", i+1)
		out := bundle.Stamp{Authority: s.Authority, At: time.UnixMicro(s.At).UTC(), File: "ledger/" + name + ".der"}
		x.add(name+".der", s.Token)
		for _, setting := range x.cmd.Timestamp {
			address, file, _ := strings.Cut(setting, ",")
			if u, err := url.Parse(address); err != nil || u.Host != s.Authority {
				continue
			}
			roots, err := os.ReadFile(file)
			if err != nil {
				return fmt.Errorf("--timestamp: %w", err)
			}
			x.add(name+".pem", certificates(roots))
			out.Roots = "ledger/" + name + ".pem"
		}
		x.pages.Stamps = append(x.pages.Stamps, out)
	}
	return nil
}

// certificates leaves nothing of a PEM file but the certificates: a key may lie
// beside them.
func certificates(text []byte) (out []byte) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			out = append(out, pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes})...)
		}
	}
	return out
}

func (x *prover) add(name string, content []byte) {
	x.packed.files = append(x.packed.files, bundle.Text("ledger/"+name, content))
}
