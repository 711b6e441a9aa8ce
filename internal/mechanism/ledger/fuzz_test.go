package ledger

import (
	"bytes"
	"crypto/x509"
	"math/big"
	"strings"
	"testing"

	"github.com/digitorus/timestamp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// FuzzLeaf: what is taken for a leaf is written in one way only.
func FuzzLeaf(f *testing.F) {
	f.Add(Entry{Kind: "incident.published", At: noon.UnixMicro()}.Leaf())
	f.Add([]byte("keepiton/ledger/v1\nkind a\nat 2026-05-20T12:00:00Z\ncommitment 00\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, err := ParseLeaf(text); err == nil && !bytes.Equal(e.Leaf(), text) {
			t.Fatalf("%q is written %q", text, e.Leaf())
		}
	})
}

func FuzzLeaves(f *testing.F) {
	leaf := Entry{Kind: "a", At: noon.UnixMicro()}.Leaf()
	page, _ := FormatLeaves(7, [][]byte{leaf, leaf})
	f.Add(int64(7), page)
	f.Add(int64(0), []byte("0\n\n\n"))
	f.Fuzz(func(t *testing.T, from int64, page []byte) {
		leaves, err := ParseLeaves(from, page)
		if err != nil {
			return
		}
		again, err := FormatLeaves(from, leaves)
		if err != nil {
			t.Fatalf("%q cannot be written again: %v", page, err)
		}
		if read, err := ParseLeaves(from, again); err != nil || len(read) != len(leaves) {
			t.Fatalf("%q: %v", again, err)
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	text := FormatCheckpoint(origin, frontierTree())
	f.Add(text)
	f.Add(text + "extension\n")
	k := newKey(f, origin)
	key := logVerifier(f, k)
	f.Fuzz(func(t *testing.T, text string) {
		name, tree, err := ParseCheckpoint(text)
		if err == nil && !strings.HasPrefix(text, FormatCheckpoint(name, tree)) {
			t.Fatalf("%q is written %q", text, FormatCheckpoint(name, tree))
		}
		if _, err := OpenCheckpoint([]byte(text), key); err == nil {
			t.Fatalf("%q is signed", text)
		}
		// Signed by the log all the same: a log may be hostile to its witnesses.
		signer, err := k.logSigner()
		if err != nil {
			t.Fatal(err)
		}
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			return
		}
		if got, err := OpenCheckpoint(signed, key); err == nil && (got.N < 0 || got.N > maxSize || got != tree) {
			t.Fatalf("%q: %+v", text, got)
		}
	})
}

func FuzzCosignature(f *testing.F) {
	k := newKey(f, "witness.test")
	text := []byte(FormatCheckpoint(origin, frontierTree()))
	signed, err := note.Sign(&note.Note{Text: string(text)}, cosigner{k, noon.Unix()})
	if err != nil {
		f.Fatal(err)
	}
	sig, _ := cosigner{k, noon.Unix()}.Sign(text)
	f.Add(signed, sig)
	f.Add([]byte("a\n\n— witness.test AAAA\n"), []byte{})
	known := []WitnessVerifier{witnessVerifier(f, k)}
	l := New(nil, nil)
	f.Fuzz(func(t *testing.T, file, raw []byte) {
		if list, got, err := l.openCosigned(file, known); err == nil && (got != string(text) || len(list) != 1) {
			t.Fatalf("%q has cosignatures %+v", file, list)
		}
		if known[0].Verify(text, raw) && !bytes.Equal(raw, sig) {
			t.Fatalf("%x verifies", raw)
		}
	})
}

func FuzzWitnessKey(f *testing.F) {
	f.Add(newKey(f, "witness.test").WitnessKey())
	f.Fuzz(func(t *testing.T, text string) {
		if v, err := ParseWitnessKey(text); err == nil && !strings.EqualFold(verifierKey(v.name, append([]byte{algCosignature}, v.public...)), text) {
			t.Fatalf("%q", text)
		}
	})
}

func FuzzProof(f *testing.F) {
	var grown frontier
	leaf := Entry{Kind: "a", At: noon.UnixMicro()}.Leaf()
	for range 5 {
		grown.add(tlog.RecordHash(leaf))
	}
	k := newKey(f, origin)
	signer, err := k.logSigner()
	if err != nil {
		f.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: FormatCheckpoint(origin, tlog.Tree{N: grown.size, Hash: grown.root()})}, signer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(Proof{4, []tlog.Hash{grown.peaks[0]}, signed}.Format())
	f.Add([]byte("c2sp.org/tlog-proof@v1\nextra AA==\nindex 0\n\na"))
	key := logVerifier(f, k)
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := ParseProof(file)
		if err != nil {
			return
		}
		if again, err := ParseProof(p.Format()); err != nil || again.Index != p.Index || len(again.Hashes) != len(p.Hashes) {
			t.Fatalf("%q: %v", file, err)
		}
		p.Verify(leaf, key)
		if _, err := p.Verify([]byte("another"), key); err == nil {
			t.Fatalf("%q proves another leaf", file)
		}
	})
}

func FuzzConsistency(f *testing.F) {
	f.Add(FormatConsistency([]tlog.Hash{{1}, {2}}), int64(3), int64(7))
	f.Fuzz(func(t *testing.T, text []byte, from, to int64) {
		proof, err := ParseConsistency(text)
		if err != nil {
			return
		}
		if !bytes.Equal(FormatConsistency(proof), text) {
			t.Fatalf("%q is written %q", text, FormatConsistency(proof))
		}
		from, to = from&(maxSize-1), to&(maxSize-1)
		if from > 0 && CheckConsistency(tlog.Tree{N: from}, tlog.Tree{N: to, Hash: tlog.Hash{1}}, proof) == nil {
			t.Fatalf("%q proves nothing to be something", text)
		}
	})
}

// FuzzStampReply: no answer of an authority ends the program, and none that is
// not the one it signed is taken.
func FuzzStampReply(f *testing.F) {
	ours, data := newLiar(f, x509.ExtKeyUsageTimeStamping), []byte("data")
	good := ours.answer(f, requestFor(f, data), nil)
	nonce := big.NewInt(7)
	stamp, err := ParseStampReply(good, data, nonce, ours.roots)
	if err != nil {
		f.Fatal(err)
	}
	refusal, _ := timestamp.CreateErrorResponse(timestamp.Rejection, timestamp.SystemFailure)
	f.Add(good)
	f.Add(stamp.Token)
	f.Add(refusal)
	f.Fuzz(func(t *testing.T, reply []byte) {
		s, err := ParseStampReply(reply, data, nonce, ours.roots)
		if err == nil && s.At != stamp.At {
			t.Fatalf("%x: states %d", reply, s.At)
		}
		if s, err := CheckStamp(reply, data, ours.roots); err == nil && s.At != stamp.At {
			t.Fatalf("%x: states %d", reply, s.At)
		}
	})
}
