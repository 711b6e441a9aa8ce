package desk

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
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
