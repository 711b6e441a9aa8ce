package account

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// authenticator is a key of WebAuthn in software, after the specification's
// sections 6 and 7: one credential, bound to one site.
type authenticator struct {
	key    *ecdsa.PrivateKey
	id     []byte
	user   []byte
	count  uint32
	origin string
	host   string
	asked  bool // the owner proves who they are
}

func newAuthenticator(t *testing.T) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &authenticator{key: key, id: random(32), origin: "https://desk.example", host: "desk.example", asked: true}
}

func (a *authenticator) client(t *testing.T, kind, challenge string) []byte {
	t.Helper()
	doc, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func (a *authenticator) data(flags byte, attested []byte) []byte {
	host := sha256.Sum256([]byte(a.host))
	if a.asked {
		flags |= 4
	}
	out := append(host[:], flags|1)
	a.count++
	out = binary.BigEndian.AppendUint32(out, a.count)
	return append(out, attested...)
}

var b64 = base64.RawURLEncoding.EncodeToString

// create answers the options for a new passkey.
func (a *authenticator) create(t *testing.T, options []byte) []byte {
	t.Helper()
	var o struct {
		PublicKey struct {
			Challenge string `json:"challenge"`
			User      struct {
				ID string `json:"id"`
			} `json:"user"`
		} `json:"publicKey"`
	}
	if err := json.Unmarshal(options, &o); err != nil {
		t.Fatal(err)
	}
	var err error
	if a.user, err = base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID); err != nil {
		t.Fatal(err)
	}
	point, err := a.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		t.Fatal(err)
	}
	attested := append(make([]byte, 16), byte(len(a.id)>>8), byte(len(a.id)))
	attested = append(append(attested, a.id...), cose...)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": a.data(0x40, attested)})
	if err != nil {
		t.Fatal(err)
	}
	return a.answer(t, map[string]any{"clientDataJSON": b64(a.client(t, "webauthn.create", o.PublicKey.Challenge)), "attestationObject": b64(object)})
}

// get answers the options for coming in.
func (a *authenticator) get(t *testing.T, options []byte) []byte {
	t.Helper()
	var o struct {
		PublicKey struct {
			Challenge string `json:"challenge"`
		} `json:"publicKey"`
	}
	if err := json.Unmarshal(options, &o); err != nil {
		t.Fatal(err)
	}
	client, data := a.client(t, "webauthn.get", o.PublicKey.Challenge), a.data(0, nil)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte(nil), data...), hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, a.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return a.answer(t, map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(sig), "userHandle": b64(a.user)})
}

func (a *authenticator) answer(t *testing.T, response map[string]any) []byte {
	t.Helper()
	doc, err := json.Marshal(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "response": response})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestPasskey makes a passkey, comes in with it, and tries what must not work.
func TestPasskey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		code, err := w.Invite(ctx, nil, "", "")
		if err != nil {
			t.Fatal(err)
		}
		p, _, err := w.Accept(ctx, Joining{Code: code, Name: "Amina"})
		if err != nil {
			t.Fatal(err)
		}
		keys, err := w.Passkeys("https://desk.example")
		if err != nil {
			t.Fatal(err)
		}
		add := func(a *authenticator) error {
			options, ticket, err := keys.BeginAdd(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			return keys.Add(ctx, p, "phone", ticket, a.create(t, options))
		}
		careless := newAuthenticator(t)
		careless.asked = false
		wants(t, "a key that asks nobody", add(careless), fault.Invalid, "account.passkey_refused")
		foreign := newAuthenticator(t)
		foreign.origin, foreign.host = "https://desk.evil.example", "desk.evil.example"
		wants(t, "a key for another site", add(foreign), fault.Invalid, "account.passkey_refused")
		a := newAuthenticator(t)
		if err := add(a); err != nil {
			t.Fatal(err)
		}
		if ways, _, enough, err := w.Ways(ctx, p); err != nil || !enough || len(ways) != 1 || ways[0].Label != "phone" {
			t.Fatalf("%+v %v %v", ways, enough, err)
		}
		wants(t, "the only way in", w.Remove(ctx, p, 1), fault.Conflict, "account.last_way")

		enter := func(a *authenticator, change func([]byte) []byte) (string, error) {
			options, ticket, err := keys.BeginEnter()
			if err != nil {
				t.Fatal(err)
			}
			answer := a.get(t, options)
			if change != nil {
				answer = change(answer)
			}
			_, token, err := keys.Enter(ctx, ticket, answer, "phone")
			return token, err
		}
		token, err := enter(a, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := w.Find(ctx, token); err != nil || got.ID != p.ID {
			t.Fatalf("%+v %v", got, err)
		}
		stranger := newAuthenticator(t)
		stranger.user = []byte(p.Ref)
		_, err = enter(stranger, nil)
		wants(t, "a key nobody knows", err, fault.Forbidden, "account.refused")
		thief := newAuthenticator(t)
		thief.id, thief.user = a.id, a.user
		_, err = enter(thief, nil)
		wants(t, "another key under the same number", err, fault.Forbidden, "account.refused")
		clone := *a
		clone.count = 0
		_, err = enter(&clone, nil)
		wants(t, "a copied key", err, fault.Forbidden, "account.refused")
		a.asked = false
		_, err = enter(a, nil)
		wants(t, "nobody proved who they are", err, fault.Forbidden, "account.refused")
		a.asked = true
		_, err = enter(a, func([]byte) []byte { return []byte("{") })
		wants(t, "an answer that is none", err, fault.Forbidden, "account.refused")

		options, ticket, err := keys.BeginEnter()
		if err != nil {
			t.Fatal(err)
		}
		answer := a.get(t, options)
		if _, _, err := keys.Enter(ctx, ticket, answer, ""); err != nil {
			t.Fatal(err)
		}
		_, _, err = keys.Enter(ctx, ticket, answer, "")
		wants(t, "the same answer again", err, fault.Invalid, "account.ceremony_over")
		options, ticket, err = keys.BeginEnter()
		if err != nil {
			t.Fatal(err)
		}
		w.clock.pass(ceremonyLife + time.Second)
		_, _, err = keys.Enter(ctx, ticket, a.get(t, options), "")
		wants(t, "an answer that came late", err, fault.Invalid, "account.ceremony_over")
		if err := w.Suspend(ctx, p, p.Ref, "test"); err != nil {
			t.Fatal(err)
		}
		_, err = enter(a, nil)
		wants(t, "a suspended person", err, fault.Forbidden, "account.refused")
	})
}
