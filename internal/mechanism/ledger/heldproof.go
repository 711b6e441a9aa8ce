package ledger

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"keepiton/internal/platform/db"
)

// Opened is an entry with what opens it.
type Opened struct {
	Entry   Entry
	Opening Opening
}

// HeldProof proves, without the deployment, that an event was held before the
// instant of a checkpoint: the event, its path to the root of its batch, the
// batch, and the proof that the batch stands in the ledger.
type HeldProof struct {
	Held  Opened
	Index int64 // of the held event in its batch
	Path  tlog.RecordProof
	Batch Opened
	Proof Proof // of the batch
}

// HeldProof makes the proof of a held event. Errors are [ErrNoHeld],
// [ErrNotCovered], and [ErrForgotten] where the payload of the event or of its
// batch is gone. With ErrNotCovered the event itself is there, in Held.
func (l *Log) HeldProof(ctx context.Context, id int64) (p HeldProof, err error) {
	err = l.db.Snapshot(ctx, func(q db.Querier) error {
		p, err = heldProof(ctx, q, id)
		return err
	})
	if err != nil {
		return HeldProof{Held: p.Held}, fmt.Errorf("ledger.HeldProof %d: %w", id, err)
	}
	return p, nil
}

func heldProof(ctx context.Context, q db.Querier, id int64) (p HeldProof, err error) {
	if p.Held, err = heldOpened(ctx, q, id); err != nil {
		return p, err
	}
	batch, found, err := db.SelectOne[batchRow](ctx, q, `/* ledger.heldProof batch */ select idx, slot, upto, padding
		from ledger_batch where upto >= $1 order by upto, idx limit 1`, id)
	if err != nil {
		return p, err
	}
	c, err := latest(ctx, q)
	if errors.Is(err, ErrNoCheckpoint) || !found || err == nil && c.Tree.N <= batch.Index {
		return p, ErrNotCovered
	}
	if err != nil {
		return p, err
	}
	after, _, err := db.Value[int64](ctx, q, `/* ledger.heldProof after */ select coalesce(max(upto), 0) from ledger_batch where idx < $1`, batch.Index)
	if err != nil {
		return p, err
	}
	tree, err := heldTree(ctx, q, after, batch)
	if err != nil {
		return p, err
	}
	p.Index = id - after - 1
	if p.Path, err = tlog.ProveRecord(tree.size(), p.Index, tree); err != nil {
		return p, err
	}
	if p.Batch.Entry, err = entryAt(ctx, q, batch.Index); err != nil {
		return p, err
	}
	if p.Batch.Opening, err = openingAt(ctx, q, batch.Index); err != nil {
		return p, err
	}
	if p.Proof, err = prove(ctx, q, batch.Index, c); err != nil {
		return p, err
	}
	return p, p.check()
}

func heldOpened(ctx context.Context, q db.Querier, id int64) (o Opened, err error) {
	if o.Entry, err = heldAt(ctx, q, id); err != nil {
		return o, err
	}
	row, found, err := db.SelectOne[heldPayloadRow](ctx, q, `/* ledger.heldOpened */ select id, subject, salt, payload from ledger_held_payload where id = $1`, id)
	if err != nil {
		return o, err
	}
	if !found {
		return o, ErrForgotten
	}
	o.Opening, err = row.opening()
	return o, err
}

// check proves everything but that the batch stands in the ledger.
func (p HeldProof) check() error {
	for _, o := range []Opened{p.Held, p.Batch} {
		if err := Check(o.Entry, o.Opening); err != nil {
			return err
		}
	}
	if p.Batch.Entry.Kind != KindBatch {
		return fmt.Errorf("ledger: the entry that is said to cover the event is of the kind %s", p.Batch.Entry.Kind)
	}
	root, n, err := p.Batch.Opening.batch()
	if err != nil {
		return err
	}
	if p.Index < 0 || p.Index >= n {
		return fmt.Errorf("ledger: held event %d is not in a batch of %d", p.Index, n)
	}
	if err := tlog.CheckRecord(p.Path, n, root, p.Index, p.Held.Entry.hash()); err != nil {
		return fmt.Errorf("ledger: the held event does not stand in its batch: %w", err)
	}
	return nil
}

// CheckHeld verifies what [Log.HeldProof] gives against the key of the log, and
// gives the tree the batch stands in: the event was held before that tree was
// signed, and is what the proof shows.
func CheckHeld(p HeldProof, key note.Verifier) (tlog.Tree, error) {
	if err := p.check(); err != nil {
		return tlog.Tree{}, err
	}
	return p.Proof.Verify(p.Batch.Entry.Leaf(), key)
}

const heldVersion = "keepiton/ledger/held-proof/v1"

// Format writes the proof as a file: parts with an empty line between them.
//
//	keepiton/ledger/held-proof/v1
//	index 2
//	(the path, a hash in base64 to a line)
//
//	(the leaf of the event)
//	salt (hexadecimal)
//	payload (canonical JSON)
//
//	(the same of the batch)
//
//	(the proof of the batch, see [Proof.Format])
func (p HeldProof) Format() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nindex %d\n", heldVersion, p.Index)
	writeHashes(&b, p.Path)
	for _, o := range []Opened{p.Held, p.Batch} {
		b.WriteByte('\n')
		writeOpened(&b, o)
	}
	b.WriteByte('\n')
	b.Write(p.Proof.Format())
	return b.Bytes()
}

func writeOpened(b *bytes.Buffer, o Opened) {
	fmt.Fprintf(b, "%ssalt %x\npayload %s\n", o.Entry.Leaf(), o.Opening.Salt, o.Opening.Payload)
}

// IsHeldProof tells whether a file says of itself that it is one.
func IsHeldProof(file []byte) bool { return bytes.HasPrefix(file, []byte(heldVersion+"\n")) }

// ParseHeldProof reads what [HeldProof.Format] writes. Nothing is verified.
func ParseHeldProof(file []byte) (p HeldProof, err error) {
	bad := func(what string) (HeldProof, error) { return HeldProof{}, errors.New("ledger.ParseHeldProof: " + what) }
	parts := bytes.SplitN(file, []byte("\n\n"), 4)
	if len(file) > 2*maxPayload+2*maxNote || len(parts) != 4 || !IsHeldProof(file) {
		return bad("it is not four parts that begin with " + heldVersion)
	}
	head := lines(parts[0])
	if len(head) < 2 {
		return bad("it names no index")
	}
	text, ok := strings.CutPrefix(head[1], "index ")
	if p.Index, err = parseSize(text); !ok || err != nil {
		return bad("it names no index")
	}
	if p.Path, err = parseHashes(head[2:]); err != nil {
		return bad(err.Error())
	}
	for i, o := range []*Opened{&p.Held, &p.Batch} {
		if *o, err = parseOpened(parts[i+1]); err != nil {
			return HeldProof{}, err
		}
	}
	p.Proof, err = ParseProof(parts[3])
	return p, err
}

// parseOpened reads a leaf and what opens it.
func parseOpened(text []byte) (o Opened, err error) {
	leaf, rest, ok := bytes.Cut(text, []byte("\nsalt "))
	salt, payload, ok2 := bytes.Cut(rest, []byte("\npayload "))
	raw, herr := hex.DecodeString(string(salt))
	if !ok || !ok2 || herr != nil || len(raw) != SaltSize || len(payload) > maxPayload || bytes.ContainsRune(payload, '\n') {
		return o, errors.New("ledger.ParseHeldProof: a leaf is not followed by its salt and its payload")
	}
	o.Opening = Opening{[SaltSize]byte(raw), payload}
	o.Entry, err = ParseLeaf(append(bytes.Clone(leaf), '\n'))
	return o, err
}
