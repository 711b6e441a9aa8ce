package ledger

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// Key is an Ed25519 key with a name: that of a log, with which a deployment
// signs checkpoints, or that of a witness, with which it co-signs them. Nobody
// should use one key for both.
type Key struct {
	name    string
	private ed25519.PrivateKey
}

// Kinds of signature of C2SP signed-note, and the first byte of a public key.
const (
	algSignature   = 0x01
	algCosignature = 0x04
)

// GenerateKey makes a key. A name is like an address without a scheme
// ("example.org/ledger"): no space and no plus sign.
func GenerateKey(name string) (*Key, error) {
	if !validName(name) {
		return nil, fmt.Errorf("ledger: %q cannot name a key: no spaces, no plus sign, at most %d bytes", name, maxName)
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("ledger.GenerateKey: %w", err)
	}
	return &Key{name, private}, nil
}

const maxName = 200

func validName(name string) bool {
	return name != "" && len(name) <= maxName && utf8.ValidString(name) && !strings.Contains(name, "+") &&
		strings.IndexFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) < 0
}

// LoadKey reads the key in a file, or makes one of that name when there is no
// file; made tells which. The file is readable by its owner alone, holds one
// line in the form of golang.org/x/mod/sumdb/note, and is refused when others
// may read it or when it is a key of another name.
func LoadKey(path, name string) (key *Key, made bool, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if key, err = GenerateKey(name); err != nil {
			return nil, false, err
		}
		switch err = writeNew(path, []byte(key.secret()+"\n")); {
		case err == nil:
			return key, true, nil
		case !errors.Is(err, fs.ErrExist):
			return nil, false, err
		}
		info, err = os.Stat(path) // somebody else was faster: theirs counts
	}
	if err != nil {
		return nil, false, fmt.Errorf("ledger.LoadKey: %w", err)
	}
	if !ownerOnly(info) {
		return nil, false, fmt.Errorf("ledger.LoadKey: others may read %s; make it readable by its owner alone (chmod 600)", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, false, fmt.Errorf("ledger.LoadKey: %w", err)
	}
	if key, err = parseSecret(strings.TrimSuffix(string(text), "\n")); err != nil {
		return nil, false, fmt.Errorf("ledger.LoadKey %s: %w", path, err)
	}
	if key.name != name {
		return nil, false, fmt.Errorf("ledger.LoadKey: %s is the key of %s, not of %s", path, key.name, name)
	}
	return key, false, nil
}

// writeNew writes a file that must not exist, all of it or none, readable by
// its owner alone.
func writeNew(path string, data []byte) error {
	temp, err := writeBeside(path, data)
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	if err := os.Link(temp, path); err != nil { // unlike a renaming, never over a file that is there
		return fmt.Errorf("ledger: %w", err)
	}
	return syncDir(path)
}

// writeBeside writes a temporary file in the folder of path, on disk before it
// returns.
func writeBeside(path string, data []byte) (temp string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // made with 0600
	if err != nil {
		return "", fmt.Errorf("ledger: %w", err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return "", fmt.Errorf("ledger: %w", err)
	}
	return f.Name(), nil
}

// secret is the private key in the form of x/mod/sumdb/note.
func (k *Key) secret() string {
	public := k.public(algSignature)
	return fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", k.name, keyID(k.name, public),
		base64.StdEncoding.EncodeToString(append([]byte{algSignature}, k.private.Seed()...)))
}

func parseSecret(text string) (*Key, error) {
	if _, err := note.NewSigner(text); err != nil {
		return nil, errors.New("this is not a private key of a ledger or a witness")
	}
	parts := strings.SplitN(text, "+", 5) // private, key, name, id, bytes: as NewSigner found them
	raw, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil {
		return nil, err
	}
	return &Key{parts[2], ed25519.NewKeyFromSeed(raw[1:])}, nil
}

// Name is the key's name; of a log's key, also the origin of its checkpoints.
func (k *Key) Name() string { return k.name }

func (k *Key) public(alg byte) []byte {
	return append([]byte{alg}, k.private.Public().(ed25519.PublicKey)...)
}

// keyID is the key hash of C2SP signed-note.
func keyID(name string, public []byte) uint32 {
	h := sha256.Sum256(append([]byte(name+"\n"), public...))
	return binary.BigEndian.Uint32(h[:4])
}

func verifierKey(name string, public []byte) string {
	return fmt.Sprintf("%s+%08x+%s", name, keyID(name, public), base64.StdEncoding.EncodeToString(public))
}

// LogKey is the public key of a log, in one line (C2SP signed-note). It is what
// witnesses and auditors are given, by another way than the site itself.
func (k *Key) LogKey() string { return verifierKey(k.name, k.public(algSignature)) }

// WitnessKey is the public key of a witness, in one line. It is what a
// deployment is configured with.
func (k *Key) WitnessKey() string { return verifierKey(k.name, k.public(algCosignature)) }

// logSigner signs notes as a log does.
func (k *Key) logSigner() (note.Signer, error) { return note.NewSigner(k.secret()) }

// ParseLogKey reads what [Key.LogKey] gives.
func ParseLogKey(text string) (note.Verifier, error) {
	v, err := note.NewVerifier(text)
	if err != nil {
		return nil, fmt.Errorf("ledger: this is not the public key of a log: %w", err)
	}
	return v, nil
}

// cosigner makes cosignatures of one instant (C2SP tlog-cosignature/v1).
type cosigner struct {
	key *Key
	at  int64 // seconds since 1970
}

func (c cosigner) Name() string    { return c.key.name }
func (c cosigner) KeyHash() uint32 { return keyID(c.key.name, c.key.public(algCosignature)) }

// Sign implements [note.Signer].
func (c cosigner) Sign(text []byte) ([]byte, error) {
	sig := binary.BigEndian.AppendUint64(nil, uint64(c.at))
	return append(sig, ed25519.Sign(c.key.private, cosignedText(c.at, text))...), nil
}

func cosignedText(at int64, text []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at), text...)
}

// WitnessVerifier verifies the cosignatures of one witness.
type WitnessVerifier struct {
	name   string
	public ed25519.PublicKey
}

// ParseWitnessKey reads what [Key.WitnessKey] gives.
func ParseWitnessKey(text string) (WitnessVerifier, error) {
	bad := errors.New("ledger: this is not the public key of a witness")
	parts := strings.SplitN(text, "+", 3) // base64 may hold a plus sign
	if len(parts) != 3 || !validName(parts[0]) || len(parts[1]) != 8 {
		return WitnessVerifier{}, bad
	}
	id, err1 := strconv.ParseUint(parts[1], 16, 32)
	raw, err2 := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err1 != nil || err2 != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != algCosignature || keyID(parts[0], raw) != uint32(id) {
		return WitnessVerifier{}, bad
	}
	return WitnessVerifier{parts[0], raw[1:]}, nil
}

// Name implements [note.Verifier].
func (w WitnessVerifier) Name() string { return w.name }

// KeyHash implements [note.Verifier].
func (w WitnessVerifier) KeyHash() uint32 {
	return keyID(w.name, append([]byte{algCosignature}, w.public...))
}

// Verify implements [note.Verifier].
func (w WitnessVerifier) Verify(text, sig []byte) bool {
	at, sig, ok := cutCosignature(sig)
	return ok && ed25519.Verify(w.public, cosignedText(at, text), sig)
}

// cutCosignature parts a cosignature into its time in seconds and the
// signature proper.
func cutCosignature(raw []byte) (at int64, sig []byte, ok bool) {
	if len(raw) != 8+ed25519.SignatureSize {
		return 0, nil, false
	}
	at = int64(binary.BigEndian.Uint64(raw))
	return at, raw[8:], at >= 0
}

// cosignedAt is the time a verified cosignature states, in seconds since 1970.
func cosignedAt(sig note.Signature) (int64, error) {
	raw, err := base64.StdEncoding.DecodeString(sig.Base64)
	if err == nil && len(raw) > 4 {
		if at, _, ok := cutCosignature(raw[4:]); ok {
			return at, nil
		}
	}
	return 0, errors.New("ledger: a damaged cosignature")
}
