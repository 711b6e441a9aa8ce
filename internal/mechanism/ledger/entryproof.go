package ledger

import (
	"bytes"
	"errors"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// EntryProof proves, without the deployment, that an entry stands in the ledger,
// and what it says where its opening goes with it.
type EntryProof struct {
	Entry   Entry
	Opening *Opening // nil: what it says is not shown
	Proof   Proof
}

const entryVersion = "keepiton/ledger/entry-proof/v1"

// Format writes the proof as a file: parts with an empty line between them.
//
//	keepiton/ledger/entry-proof/v1
//
//	(the leaf)
//	salt (hexadecimal)            these two lines
//	payload (canonical JSON)      only where it is opened
//
//	(the proof, see [Proof.Format])
func (p EntryProof) Format() []byte {
	var b bytes.Buffer
	b.WriteString(entryVersion + "\n\n")
	if p.Opening != nil {
		writeOpened(&b, Opened{p.Entry, *p.Opening})
	} else {
		b.Write(p.Entry.Leaf())
	}
	b.WriteByte('\n')
	b.Write(p.Proof.Format())
	return b.Bytes()
}

// IsEntryProof tells whether a file says of itself that it is one.
func IsEntryProof(file []byte) bool { return bytes.HasPrefix(file, []byte(entryVersion+"\n")) }

// ParseEntryProof reads what [EntryProof.Format] writes. Nothing is verified.
func ParseEntryProof(file []byte) (p EntryProof, err error) {
	parts := bytes.SplitN(file, []byte("\n\n"), 3)
	if len(file) > maxPayload+maxNote || len(parts) != 3 || string(parts[0]) != entryVersion {
		return p, errors.New("ledger.ParseEntryProof: it is not three parts that begin with " + entryVersion)
	}
	if bytes.Contains(parts[1], []byte("\nsalt ")) {
		o, err := parseOpened(parts[1])
		if err != nil {
			return p, err
		}
		p.Entry, p.Opening = o.Entry, &o.Opening
	} else if p.Entry, err = ParseLeaf(append(bytes.Clone(parts[1]), '\n')); err != nil {
		return p, err
	}
	p.Proof, err = ParseProof(parts[2])
	return p, err
}

// CheckEntry verifies an [EntryProof] against the key of the log, and gives the
// tree the entry stands in.
func CheckEntry(p EntryProof, key note.Verifier) (tlog.Tree, error) {
	if p.Opening != nil {
		if err := Check(p.Entry, *p.Opening); err != nil {
			return tlog.Tree{}, err
		}
	}
	return p.Proof.Verify(p.Entry.Leaf(), key)
}
