package ledger

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

// Event is something that happened and has to be provable later.
type Event struct {
	// Kind is public: words of lower-case letters, digits and underscores joined
	// by dots ("incident.published"), at most 64 bytes.
	Kind string
	// Subject is what the event is about, in the caller's own words, so that the
	// entries about it are found again. It is kept beside the payload, is not
	// public and is not proved: what has to be proved stands in the payload.
	Subject string
	// Payload is anything encoding/json takes. Only a salted hash of its
	// [Canonical] form becomes public.
	Payload any
}

// Entry is the public part of an event, one leaf of the tree.
type Entry struct {
	Kind       string
	At         int64 // instant of the append by the deployment's clock, microseconds UTC
	Commitment Commitment
}

// Commitment is SHA-256 over salt and payload.
type Commitment [sha256.Size]byte

// String is the commitment in hexadecimal, as sha256sum prints it.
func (c Commitment) String() string { return hex.EncodeToString(c[:]) }

// SaltSize is the length of a salt in bytes. It is fixed, so that salt and
// payload cannot be cut apart in two ways.
const SaltSize = 32

// Opening is what opens a commitment. Without it nobody can tell whether a
// guessed payload is the one that was committed to.
type Opening struct {
	Salt    [SaltSize]byte
	Payload []byte // canonical JSON, byte for byte
}

// Commitment is the hash this opening opens.
func (o Opening) Commitment() Commitment {
	h := sha256.New()
	h.Write(o.Salt[:])
	h.Write(o.Payload)
	return Commitment(h.Sum(nil))
}

// ErrMismatch says that a payload is not the one an entry commits to.
var ErrMismatch = errors.New("the payload does not belong to this entry of the ledger")

// Check proves that an opening belongs to an entry; otherwise it gives
// [ErrMismatch].
func Check(e Entry, o Opening) error {
	if o.Commitment() != e.Commitment {
		return ErrMismatch
	}
	return nil
}

// maxPayload bounds a payload in bytes: the ledger holds statements, not files.
const maxPayload = 1 << 20

// Canonical is the one form of a value that is hashed: JSON without white space,
// the keys of every object in the order of their bytes, numbers as
// encoding/json writes them, nothing escaped for HTML.
func Canonical(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("ledger.Canonical: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var tree any // maps are written in the order of their keys, structs are not
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("ledger.Canonical: %w", err)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(tree); err != nil {
		return nil, fmt.Errorf("ledger.Canonical: %w", err)
	}
	if out.Len() > maxPayload {
		return nil, fmt.Errorf("ledger.Canonical: a payload of %d bytes, at most %d are taken", out.Len(), maxPayload)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

const (
	maxKind    = 64
	maxSubject = 200
)

var kindForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)

// commit checks an event and gives it its public and its private part.
func (ev Event) commit(at int64) (Entry, Opening, error) {
	if len(ev.Kind) > maxKind || !kindForm.MatchString(ev.Kind) {
		return Entry{}, Opening{}, fmt.Errorf("ledger: %q is no kind of event", ev.Kind)
	}
	if len(ev.Subject) > maxSubject || !utf8.ValidString(ev.Subject) || strings.ContainsRune(ev.Subject, 0) {
		return Entry{}, Opening{}, fmt.Errorf("ledger: the subject of an event has at most %d bytes of text", maxSubject)
	}
	payload, err := Canonical(ev.Payload)
	if err != nil {
		return Entry{}, Opening{}, err
	}
	o := Opening{Payload: payload}
	rand.Read(o.Salt[:]) // never fails: it ends the program instead
	return Entry{Kind: ev.Kind, At: at, Commitment: o.Commitment()}, o, nil
}

// The leaf, line by line. A change of form is a new first line; old leaves keep
// theirs for ever.
const (
	leafVersion = "keepiton/ledger/v1"
	leafInstant = "2006-01-02T15:04:05.000000Z"
)

// Leaf is the text that is hashed into the tree and shown to everybody:
//
//	keepiton/ledger/v1
//	kind incident.published
//	at 2026-05-20T12:00:00.000000Z
//	commitment 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
func (e Entry) Leaf() []byte {
	return fmt.Appendf(nil, "%s\nkind %s\nat %s\ncommitment %s\n",
		leafVersion, e.Kind, time.UnixMicro(e.At).UTC().Format(leafInstant), e.Commitment)
}

// hash is the leaf's hash in the tree (RFC 6962).
func (e Entry) hash() tlog.Hash { return tlog.RecordHash(e.Leaf()) }

// ParseLeaf reads the text of a leaf. It takes what [Entry.Leaf] writes and
// nothing else, so that an entry has one text only.
func ParseLeaf(text []byte) (Entry, error) {
	bad := func(what string) (Entry, error) { return Entry{}, fmt.Errorf("ledger.ParseLeaf: %s", what) }
	lines := strings.Split(string(text), "\n")
	if len(lines) != 5 || lines[0] != leafVersion || lines[4] != "" {
		return bad("not four lines that begin with " + leafVersion)
	}
	kind, ok := strings.CutPrefix(lines[1], "kind ")
	if !ok || len(kind) > maxKind || !kindForm.MatchString(kind) {
		return bad("the second line names no kind")
	}
	stamp, ok := strings.CutPrefix(lines[2], "at ")
	at, err := time.Parse(leafInstant, stamp)
	if !ok || err != nil {
		return bad("the third line names no instant")
	}
	sum, ok := strings.CutPrefix(lines[3], "commitment ")
	raw, err := hex.DecodeString(sum)
	if !ok || err != nil || len(raw) != sha256.Size {
		return bad("the fourth line is no commitment")
	}
	e := Entry{Kind: kind, At: at.UnixMicro(), Commitment: Commitment(raw)}
	if !bytes.Equal(e.Leaf(), text) {
		return bad("the leaf is not written the one way it can be")
	}
	return e, nil
}
