package publish

import (
	"context"
	"time"
)

// Verified is how an incident of the desk was verified, as far as anybody may
// know.
type Verified struct {
	Signed []Signatory
	Claims []VerifiedClaim
	Weaker bool     // a source went since, and what is left proves less
	Urgent *Urgency // of what was published urgently alone
}

// Urgency is why something is public without two signatures, in the words of who
// decided it, and how many organisations have signed by now what will replace it.
type Urgency struct {
	Reason string
	Signed int
}

// Signatory is an organisation that signed, under the name it has for the public.
type Signatory struct {
	Organisation string
	At           time.Time
}

// VerifiedClaim is one thing that is claimed and what stands behind it.
type VerifiedClaim struct {
	Claim   string // where, when, what, how, who, why or effects
	Rung    string // what its evidence reaches: corroborated, reported, signal, or "" with none
	Grade   string // confirmed, probable, possible or doubtful; "" when nobody graded it
	For     []ClassCount
	Against []ClassCount
	Dissent []Dissent
}

// Dissent says that an organisation disagreed with a claim when it was signed. Its
// words stay at the desk, where they were written for colleagues.
type Dissent struct {
	Organisation string
	At           time.Time
	Settled      bool // answered before the incident became public
}

// ClassCount is how many items of a class of evidence may be told of. Of a
// confidential one nothing is told but that it is there.
type ClassCount struct {
	Class string // T, H, O, I, N, M, D, or confidential
	N     int
}

// Verification knows how incidents were verified. app gives one; without it the
// pages say nothing of it.
type Verification interface {
	// Verification is how a public incident was verified; found is false for one
	// that was read from a sheet.
	Verification(ctx context.Context, ref, lang string) (v Verified, found bool, err error)
}
