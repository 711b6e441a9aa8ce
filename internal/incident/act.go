package incident

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"keepiton/internal/platform/db"
)

// Act is something that was done to the record, for a ledger. Kind is public
// there; Subject and Payload are not, but Payload can be proved to whoever is
// shown it, so it holds digests in place of texts.
type Act struct {
	Kind    string
	Subject string
	Payload map[string]any
}

// Kinds of acts.
const (
	ActSheet    = "record.sheet"    // a sheet was read, or read again under another date or year
	ActRelease  = "record.release"  // an edition was frozen
	ActRenamed  = "record.renamed"  // an edition has another label
	ActEdit     = "record.edit"     // a person corrected an incident
	ActDecision = "record.decision" // a person decided what the rules could not
	ActWithheld = "record.withheld" // a passage is withheld
	ActShown    = "record.shown"    // a passage is shown again
)

// Recorder hears of every act in the transaction that does it; an error undoes
// the act.
type Recorder func(ctx context.Context, tx db.Tx, a Act) error

// RecordTo has every act told to r from now on. It is called once, before the
// service is used.
func (s *Service) RecordTo(r Recorder) { s.record = r }

func (s *Service) tell(ctx context.Context, tx db.Tx, kind, subject string, payload map[string]any) error {
	if s.record == nil {
		return nil
	}
	return s.record(ctx, tx, Act{kind, subject, payload})
}

// digestOfDiff stands for a change in an act.
func digestOfDiff(diff []FieldDiff) (string, error) {
	doc, err := json.Marshal(diff)
	sum := sha256.Sum256(doc)
	return hex.EncodeToString(sum[:]), err
}
