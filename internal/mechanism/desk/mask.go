package desk

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// A mask gives people and organisations other names in each case and in each item:
// whoever is shown the acts of several of them, in packs say, sees who did what in
// one, and cannot tell whether it is the same person in another. Inside, the mask
// and the list of people give the name back.

// NewMask makes a mask.
func NewMask() string {
	b := make([]byte, 18)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// Seal binds whoever says sum to a digest without telling it: what a digest is of may
// be short enough to be guessed. sum is the SHA-256, hexadecimal, of salt, a space and
// the digest; the salt, 32 hexadecimal digits, opens it and follows from a mask that is
// told nobody. Of nothing, both are "".
func Seal(mask, digest string) (salt, sum string) {
	if digest == "" {
		return "", ""
	}
	m := hmac.New(sha256.New, []byte(mask))
	m.Write([]byte("seal\n" + digest))
	salt = hex.EncodeToString(m.Sum(nil)[:16])
	h := sha256.Sum256([]byte(salt + " " + digest))
	return salt, hex.EncodeToString(h[:])
}

// Masked is what stands for somebody under a mask, 16 letters; "" for nobody. kind
// keeps people and organisations apart.
func Masked(mask, kind, who string) string {
	if who == "" {
		return ""
	}
	m := hmac.New(sha256.New, []byte(mask))
	m.Write([]byte(kind + "\n" + who))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:12])
}
