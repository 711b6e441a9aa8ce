package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"keepiton/internal/platform/db"
)

// Cosignature is a witness's statement about a checkpoint.
type Cosignature struct {
	Witness string // name of the witness's key
	At      int64  // when it was made by the witness's clock, microseconds UTC, whole seconds
	Line    string // the line of C2SP tlog-cosignature/v1, with its newline
}

type cosignatureRow struct {
	Number  int64  `db:"n"`
	Witness string `db:"witness"`
	At      int64  `db:"at"`
	Line    string `db:"line"`
}

// maxAhead is how far the clock of a witness or an authority may be ahead of
// ours.
const maxAhead = 10 * time.Minute

// ErrNoWitness: none of the signatures is of a witness we know.
var ErrNoWitness = errors.New("none of these signatures is of a configured witness")

// AddCosignatures stores the cosignatures in a signed checkpoint that a witness
// handed in, and gives those that are new. Signatures of unknown keys are
// passed over; a wrong one of a known witness, a time in the future or a
// checkpoint that is not ours refuses the whole. When several checkpoints have
// the same text, the cosignature belongs to the latest.
func (l *Log) AddCosignatures(ctx context.Context, signed []byte, witnesses []WitnessVerifier) ([]Cosignature, error) {
	list, text, err := l.openCosigned(signed, witnesses)
	if err != nil {
		return nil, fmt.Errorf("ledger.AddCosignatures: %w", err)
	}
	_, tree, err := ParseCheckpoint(text)
	if err != nil {
		return nil, fmt.Errorf("ledger.AddCosignatures: %w", err)
	}
	var added []Cosignature
	err = l.db.Write(ctx, func(tx db.Tx) error {
		added = nil
		c, err := oneCheckpoint(ctx, tx, `/* ledger.AddCosignatures */ select n, at, size, note
			from ledger_checkpoint where size = $1 order by n desc limit 1`, tree.N)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(string(c.Note), text+"\n") {
			return ErrNoCheckpoint
		}
		have, err := cosignatures(ctx, tx, c.Number)
		if err != nil {
			return err
		}
		known := map[string]bool{}
		for _, h := range have {
			known[h.Witness] = true
		}
		var rows []cosignatureRow
		for _, s := range list {
			if !known[s.Witness] {
				known[s.Witness] = true
				added = append(added, s)
				rows = append(rows, cosignatureRow{c.Number, s.Witness, s.At, s.Line})
			}
		}
		return db.Upsert(ctx, tx, "ledger_cosignature", rows, "on conflict (n, witness) do nothing")
	})
	if err != nil {
		return nil, fmt.Errorf("ledger.AddCosignatures: %w", err)
	}
	return added, nil
}

// openCosigned verifies the cosignatures of a note and gives its text.
func (l *Log) openCosigned(signed []byte, witnesses []WitnessVerifier) ([]Cosignature, string, error) {
	if len(signed) > maxNote {
		return nil, "", errors.New("too long")
	}
	known := make([]note.Verifier, len(witnesses))
	for i, w := range witnesses {
		known[i] = w
	}
	n, err := note.Open(signed, note.VerifierList(known...))
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		return nil, "", ErrNoWitness
	}
	if err != nil {
		return nil, "", err
	}
	var list []Cosignature
	for _, sig := range n.Sigs {
		at, err := cosignedAt(sig)
		if err != nil {
			return nil, "", err
		}
		if at > time.UnixMicro(l.now()).Add(maxAhead).Unix() {
			return nil, "", fmt.Errorf("the cosignature of %s is of the future", sig.Name)
		}
		list = append(list, Cosignature{sig.Name, time.Unix(at, 0).UnixMicro(), fmt.Sprintf("— %s %s\n", sig.Name, sig.Base64)})
	}
	return list, n.Text, nil
}

// Cosignatures lists the cosignatures of a checkpoint by the witness's name.
func (l *Log) Cosignatures(ctx context.Context, number int64) ([]Cosignature, error) {
	return cosignatures(ctx, l.db.Reader(), number)
}

func cosignatures(ctx context.Context, q db.Querier, number int64) ([]Cosignature, error) {
	rows, err := db.Select[cosignatureRow](ctx, q, `/* ledger.cosignatures */ select n, witness, at, line
		from ledger_cosignature where n = $1 order by witness`, number)
	list := make([]Cosignature, len(rows))
	for i, r := range rows {
		list[i] = Cosignature{r.Witness, r.At, r.Line}
	}
	return list, err
}
