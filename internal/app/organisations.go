package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"keepiton/internal/coalition"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
)

// kindOrganisation is the kind of the entries that say who stored an organisation.
const kindOrganisation = "organisation.saved"

// savedOrganisation is what the ledger keeps of it: no name, which may be one that
// nobody is told, but what binds whoever stored it to what they stored.
type savedOrganisation struct {
	Organisation string `json:"organisation"` // ref
	By           string `json:"by"`           // ref of a person, "" for the command line
	Digest       string `json:"digest"`       // of all that was stored
}

// recordOrganisation appends that somebody stored an organisation.
func recordOrganisation(log *ledger.Log) func(context.Context, db.Tx, coalition.Organisation, string) error {
	return func(ctx context.Context, tx db.Tx, o coalition.Organisation, by string) error {
		digest, err := organisationDigest(o)
		if err != nil {
			return err
		}
		_, err = log.Append(ctx, tx, ledger.Event{Kind: kindOrganisation, Subject: o.Ref, Payload: savedOrganisation{o.Ref, by, digest}})
		return err
	}
}

// organisationDigest is SHA-256 over what readers and colleagues are told of one.
func organisationDigest(o coalition.Organisation) (string, error) {
	o.ID = 0
	if len(o.Countries) == 0 {
		o.Countries = nil
	}
	doc, err := json.Marshal(o)
	if err != nil {
		return "", fmt.Errorf("app.organisationDigest: %w", err)
	}
	sum := sha256.Sum256(append([]byte("keepiton organisation 1\n"), doc...))
	return hex.EncodeToString(sum[:]), nil
}

// checkOrganisations is what doctor says of organisations: each is what somebody
// stored, and the ledger knows who. What the ledger was made to forget proves nothing.
func (e *Env) checkOrganisations(d *db.DB) (string, error) {
	log := ledger.New(d, nil)
	list, err := coalition.New(d, coalition.Recorder{}, nil).Organisations(e.Ctx)
	if err != nil {
		return "", err
	}
	unproved := 0
	for _, o := range list {
		last, forgotten, err := lastSaved(e.Ctx, log, o.Ref)
		if err != nil {
			return "", err
		}
		digest, err := organisationDigest(o)
		switch {
		case err != nil:
			return "", err
		case last.Digest == digest:
		case forgotten:
			unproved++
		default:
			return "", fmt.Errorf("the organisation %q is not what the ledger says was stored: somebody changed it past the program", o.Name("en"))
		}
	}
	if unproved > 0 {
		return fmt.Sprintf("%s; of %d of them the ledger was made to forget what was stored", counted(len(list), "organisation"), unproved), nil
	}
	return counted(len(list), "organisation"), nil
}

// lastSaved is the newest entry about an organisation that can be read, and whether the
// ledger was made to forget a newer one.
func lastSaved(ctx context.Context, log *ledger.Log, ref string) (last savedOrganisation, forgotten bool, err error) {
	at, gone := int64(-1), int64(-1)
	about, err := log.About(ctx, ref)
	for _, index := range about {
		entry, err := log.Entry(ctx, index)
		if err != nil {
			return last, false, err
		}
		if entry.Kind != kindOrganisation && entry.Kind != ledger.KindForgotten {
			continue
		}
		opening, err := log.Reveal(ctx, index)
		if err != nil {
			return last, false, err
		}
		if entry.Kind == ledger.KindForgotten {
			var f ledger.Forgotten
			if err := json.Unmarshal(opening.Payload, &f); err != nil {
				return last, false, fmt.Errorf("app.lastSaved: %w", err)
			}
			gone = max(gone, f.Index)
			continue
		}
		if err := json.Unmarshal(opening.Payload, &last); err != nil {
			return last, false, fmt.Errorf("app.lastSaved: %w", err)
		}
		at = index
	}
	return last, gone > at, err
}
