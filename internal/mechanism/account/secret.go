package account

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"keepiton/internal/platform/i18n"
)

// Costs of a passphrase's hash: argon2id over 64 MiB, three rounds, as
// measured for people who work here (intake reference 2.1). At most hashPlaces
// run at once, so that many guesses cost time and not memory.
const (
	hashMemory = 64 << 10 // KiB
	hashTime   = 3
	hashLanes  = 2
	hashPlaces = 2
	hashSize   = 32
	saltSize   = 16
)

// random gives n bytes nobody can guess.
func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}

// newToken is 256 bits for a browser or an address.
func newToken() string { return base64.RawURLEncoding.EncodeToString(random(32)) }

// hashToken is what the database keeps of a token. A token is as long as its
// hash, so a plain one is enough.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// foldPassphrase makes keyboards agree: letters in one form, runs of blanks as
// one.
func foldPassphrase(p string) []byte {
	return []byte(strings.Join(strings.Fields(norm.NFKC.String(p)), " "))
}

// hashPassphrase is a passphrase as it is stored: costs, salt, hash.
func (s *Service) hashPassphrase(ctx context.Context, p string) (string, error) {
	salt := random(saltSize)
	sum, err := s.slowly(ctx, foldPassphrase(p), salt, s.opt.Memory, hashTime, hashLanes)
	if err != nil {
		return "", err
	}
	enc := base64.RawStdEncoding
	return fmt.Sprintf("argon2id$%d$%d$%d$%s$%s", s.opt.Memory, hashTime, hashLanes, enc.EncodeToString(salt), enc.EncodeToString(sum)), nil
}

// slowly hashes when a place is free.
func (s *Service) slowly(ctx context.Context, p, salt []byte, memory, time uint32, lanes uint8) ([]byte, error) {
	select {
	case s.hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-s.hashing }()
	return argon2.IDKey(p, salt, time, memory, lanes, hashSize), nil
}

// nobodys is compared with when there is no such person, so that a guess takes
// the same time.
func (s *Service) nobodys() string {
	return fmt.Sprintf("argon2id$%d$%d$%d$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", s.opt.Memory, hashTime, hashLanes)
}

// matches compares a passphrase with what is stored.
func (s *Service) matches(ctx context.Context, p, stored string) (bool, error) {
	var memory, time uint32
	var lanes uint8
	f := strings.Split(stored, "$")
	if len(f) != 6 || f[0] != "argon2id" {
		return false, fmt.Errorf("account: a passphrase is stored in an unknown form")
	}
	if _, err := fmt.Sscan(strings.Join(f[1:4], " "), &memory, &time, &lanes); err != nil {
		return false, fmt.Errorf("account: costs of a stored passphrase: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(f[4])
	if err != nil {
		return false, fmt.Errorf("account: salt of a stored passphrase: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(f[5])
	if err != nil {
		return false, fmt.Errorf("account: a stored passphrase: %w", err)
	}
	got, err := s.slowly(ctx, foldPassphrase(p), salt, memory, time, lanes)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// box seals what the database may hold only as nobody can read it.
type box [32]byte

// newBox is the box for one purpose.
func newBox(secret []byte, purpose string) (b box, err error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "keepiton account: "+purpose, len(b))
	copy(b[:], key)
	return b, err
}

// sealed is a secret as it is stored, bound to its person.
func (b *box) sealed(person int64, secret []byte) (string, error) {
	aead, err := b.aead()
	if err != nil {
		return "", err
	}
	nonce := random(aead.NonceSize())
	return base64.RawStdEncoding.EncodeToString(aead.Seal(nonce, nonce, secret, fmt.Append(nil, person))), nil
}

// unsealed is the reverse of [box.sealed].
func (b *box) unsealed(person int64, stored string) ([]byte, error) {
	aead, err := b.aead()
	if err != nil {
		return nil, err
	}
	raw, err := base64.RawStdEncoding.DecodeString(stored)
	if err != nil || len(raw) < aead.NonceSize() {
		return nil, fmt.Errorf("account: a sealed secret is stored in an unknown form")
	}
	n := aead.NonceSize()
	out, err := aead.Open(nil, raw[:n], raw[n:], fmt.Append(nil, person))
	if err != nil {
		return nil, fmt.Errorf("account: a secret was sealed with another key: %w", err)
	}
	return out, nil
}

func (b *box) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(b[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// newRecoveryCode is 80 bits in four groups that can be read out and copied by
// hand: no letter looks like a digit.
func newRecoveryCode() string {
	text := strings.ToLower(recoveryLetters.EncodeToString(random(10)))
	return strings.Join([]string{text[0:4], text[4:8], text[8:12], text[12:16]}, "-")
}

var recoveryLetters = base32.NewEncoding("23456789ABCDEFGHJKLMNPQRSTUVWXYZ").WithPadding(base32.NoPadding)

// foldRecoveryCode forgives blanks, hyphens, capitals and digits of any script.
func foldRecoveryCode(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return -1
	}, i18n.LatinDigits(norm.NFKC.String(code)))
}
