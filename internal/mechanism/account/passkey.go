package account

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// ceremonyLife is how long a person may take to touch their key.
const ceremonyLife = 5 * time.Minute

// Passkeys runs the two ceremonies of WebAuthn for one address of the site. A
// passkey is bound to that address; the key's owner has to prove to the key
// that it is them, so that it is two factors in one.
type Passkeys struct {
	s  *Service
	wa *webauthn.WebAuthn

	mu    sync.Mutex
	spent map[string]time.Time // challenges that were answered, until they are void
}

// Passkeys makes the ceremonies for an origin, such as https://desk.example.
func (s *Service) Passkeys(origin string) (*Passkeys, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("account.Passkeys: %q is no origin", origin)
	}
	wa, err := webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: s.opt.Issuer, RPOrigins: []string{origin},
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired},
		AttestationPreference:  protocol.PreferNoAttestation})
	if err != nil {
		return nil, fmt.Errorf("account.Passkeys: %w", err)
	}
	return &Passkeys{s: s, wa: wa, spent: map[string]time.Time{}}, nil
}

// keyed is a person as the library wants them.
type keyed struct {
	Person
	keys []webauthn.Credential
}

func (k keyed) WebAuthnID() []byte                         { return []byte(k.Ref) }
func (k keyed) WebAuthnName() string                       { return k.Name }
func (k keyed) WebAuthnDisplayName() string                { return k.Name }
func (k keyed) WebAuthnCredentials() []webauthn.Credential { return k.keys }

func (s *Service) keyed(ctx context.Context, q db.Querier, p Person) (keyed, error) {
	list, err := db.Select[credential](ctx, q, `/* account.keyed */ select `+db.Columns[credential]("")+` from credential where person_id = $1 and kind = $2`, p.ID, KindPasskey)
	out := keyed{Person: p}
	for _, c := range list {
		var key webauthn.Credential
		if err := json.Unmarshal([]byte(c.Secret), &key); err != nil {
			return out, fmt.Errorf("account: passkey %d: %w", c.ID, err)
		}
		out.keys = append(out.keys, key)
	}
	return out, err
}

// BeginAdd starts making a passkey for a person: options for the browser, and
// a ticket that has to come back with its answer.
func (k *Passkeys) BeginAdd(ctx context.Context, p Person) (options []byte, ticket string, err error) {
	who, err := k.s.keyed(ctx, k.s.db.Reader(), p)
	if err != nil {
		return nil, "", err
	}
	var known []protocol.CredentialDescriptor
	for _, c := range who.keys {
		known = append(known, c.Descriptor())
	}
	creation, session, err := k.wa.BeginRegistration(who, webauthn.WithExclusions(known))
	if err != nil {
		return nil, "", fmt.Errorf("account.BeginAdd: %w", err)
	}
	return k.hand(creation, session)
}

// Add stores the passkey that a browser made.
func (k *Passkeys) Add(ctx context.Context, p Person, label, ticket string, answer []byte) error {
	if r := []rune(label); len(r) > maxLabel {
		label = string(r[:maxLabel])
	}
	session, err := k.redeem(ticket)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "account.passkey_refused")
	}
	who, err := k.s.keyed(ctx, k.s.db.Reader(), p)
	if err != nil {
		return err
	}
	key, err := k.wa.CreateCredential(who, session, parsed)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "account.passkey_refused")
	}
	doc, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("account.Add: %w", err)
	}
	lookup := lookupOf(key.ID)
	err = k.s.db.Write(ctx, func(tx db.Tx) error {
		return k.s.addCredential(ctx, tx, p, credential{Kind: KindPasskey, Lookup: &lookup, Label: label, Secret: string(doc)})
	})
	if db.IsUnique(err) {
		err = fault.New(fault.Conflict, "account.passkey_known")
	}
	return err
}

// BeginEnter starts logging in: nobody says who they are, the key does.
func (k *Passkeys) BeginEnter() (options []byte, ticket string, err error) {
	assertion, session, err := k.wa.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, "", fmt.Errorf("account.BeginEnter: %w", err)
	}
	return k.hand(assertion, session)
}

// Enter logs in with what a passkey answered.
func (k *Passkeys) Enter(ctx context.Context, ticket string, answer []byte, device string) (p Person, token string, err error) {
	session, err := k.redeem(ticket)
	if err != nil {
		return p, "", err
	}
	refused := fault.New(fault.Forbidden, "account.refused")
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return p, "", refused
	}
	err = k.s.db.Write(ctx, func(tx db.Tx) error {
		row, found, err := db.SelectOne[credential](ctx, tx, `/* account.Enter */ select `+db.Columns[credential]("")+` from credential where lookup = $1 and kind = $2`,
			lookupOf(parsed.RawID), KindPasskey)
		if err != nil || !found {
			return orElse(err, refused)
		}
		p, _, err = db.SelectOne[Person](ctx, tx, `/* account.Enter person */ select `+db.Columns[Person]("")+` from person where id = $1`, row.Person)
		if err != nil {
			return err
		}
		who, err := k.s.keyed(ctx, tx, p)
		if err != nil {
			return err
		}
		key, err := k.wa.ValidateDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
			if !bytes.Equal(handle, []byte(p.Ref)) {
				return nil, refused
			}
			return who, nil
		}, session, parsed)
		if err != nil || key.Authenticator.CloneWarning {
			return refused
		}
		doc, err := json.Marshal(key)
		if err != nil {
			return fmt.Errorf("account.Enter: %w", err)
		}
		if _, err := db.Exec(ctx, tx, `/* account.Enter used */ update credential set secret = $2 where id = $1`, row.ID, string(doc)); err != nil {
			return err
		}
		token, err = k.s.begin(ctx, tx, p, device)
		return err
	})
	if err != nil {
		return Person{}, "", err
	}
	return p, token, nil
}

func lookupOf(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// hand gives the browser its options, and a sealed ticket of what the server
// has to know when the answer comes: no row is written for whoever only looks.
func (k *Passkeys) hand(options any, session *webauthn.SessionData) ([]byte, string, error) {
	doc, err := json.Marshal(options)
	if err != nil {
		return nil, "", fmt.Errorf("account: options of a ceremony: %w", err)
	}
	session.Expires = k.s.opt.Now().Add(ceremonyLife)
	state, err := json.Marshal(session)
	if err != nil {
		return nil, "", fmt.Errorf("account: state of a ceremony: %w", err)
	}
	ticket, err := k.s.clocks.sealed(ceremony, state)
	return doc, ticket, err
}

// ceremony binds tickets to their purpose; no person has this number.
const ceremony = -1

// redeem opens a ticket, once.
func (k *Passkeys) redeem(ticket string) (session webauthn.SessionData, err error) {
	over := fault.New(fault.Invalid, "account.ceremony_over")
	state, err := k.s.clocks.unsealed(ceremony, ticket)
	if err != nil {
		return session, over
	}
	if err := json.Unmarshal(state, &session); err != nil {
		return session, over
	}
	now := k.s.opt.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	for c, until := range k.spent {
		if now.After(until) {
			delete(k.spent, c)
		}
	}
	if _, again := k.spent[session.Challenge]; again || now.After(session.Expires) {
		return session, over
	}
	k.spent[session.Challenge] = session.Expires
	session.Expires = time.Time{} // decided here, by the service's own clock
	return session, nil
}
