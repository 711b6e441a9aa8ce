package ledger

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/digitorus/timestamp"

	"keepiton/internal/platform/db"
)

// Authority is a time-stamping authority (RFC 3161).
type Authority struct {
	Name string // how we call it; stored beside its stamps
	URL  string // where requests are posted
	// Roots are the certificates its own must lead to. An authority whose chain
	// nobody named is not asked.
	Roots *x509.CertPool
}

// Stamp is an authority's statement that a checkpoint existed at a time.
type Stamp struct {
	Authority string
	At        int64         // the time the authority states, microseconds UTC
	Accuracy  time.Duration // how exact it says to be; 0 when it does not say
	Token     []byte        // TimeStampToken, DER: `openssl ts -verify -token_in`
}

// Stamper asks authorities for time stamps. It is safe for concurrent use.
type Stamper struct {
	client      *http.Client
	authorities []Authority
	now         func() time.Time
}

// MaxAuthorities is how many authorities a [Stamper] asks at most.
const MaxAuthorities = 3

const (
	stampTimeout = 20 * time.Second // for one authority, all in all
	maxReply     = 64 << 10         // bytes of an authority's answer
)

// NewStamper prepares to ask one to three authorities. client nil is one of its
// own; each authority gets twenty seconds either way.
func NewStamper(client *http.Client, authorities ...Authority) (*Stamper, error) {
	if len(authorities) < 1 || len(authorities) > MaxAuthorities {
		return nil, fmt.Errorf("ledger: %d time-stamping authorities; one to %d are asked", len(authorities), MaxAuthorities)
	}
	seen := map[string]bool{}
	for _, a := range authorities {
		if a.Name == "" || a.URL == "" || a.Roots == nil || seen[a.Name] {
			return nil, fmt.Errorf("ledger: the time-stamping authority %q needs a name of its own, an address and the certificates to trust", a.Name)
		}
		seen[a.Name] = true
	}
	if client == nil {
		client = &http.Client{}
	}
	return &Stamper{client, slices.Clone(authorities), time.Now}, nil
}

// StampResult is what came of asking one authority.
type StampResult struct {
	Authority string
	Stamp     Stamp // empty when Err is not nil
	Err       error // this authority's alone: down, refusing, or lying
}

// Stamp has a checkpoint time-stamped by every authority that has not done so
// yet, all at once, and stores each good answer. What is stamped is
// [Checkpoint.Note]. The error is our own (the database); an authority's error
// stands in its result and touches no other.
func (l *Log) Stamp(ctx context.Context, c Checkpoint, s *Stamper) ([]StampResult, error) {
	have, err := l.Stamps(ctx, c.Number)
	if err != nil {
		return nil, err
	}
	var results []StampResult
	for _, a := range s.authorities {
		if !slices.ContainsFunc(have, func(s Stamp) bool { return s.Authority == a.Name }) {
			results = append(results, StampResult{Authority: a.Name})
		}
	}
	var wg sync.WaitGroup
	for i := range results {
		r := &results[i]
		a := s.authorities[slices.IndexFunc(s.authorities, func(a Authority) bool { return a.Name == r.Authority })]
		wg.Go(func() {
			if r.Stamp, r.Err = s.ask(ctx, a, c.Note); r.Err != nil {
				r.Err = fmt.Errorf("ledger: time stamp of %s: %w", a.Name, r.Err)
			}
		})
	}
	wg.Wait()
	return results, l.keepStamps(ctx, c.Number, results)
}

func (l *Log) keepStamps(ctx context.Context, number int64, results []StampResult) error {
	err := l.db.Write(ctx, func(tx db.Tx) error {
		have, err := stamps(ctx, tx, number)
		if err != nil {
			return err
		}
		var rows []stampRow
		for _, r := range results {
			known := slices.ContainsFunc(have, func(s Stamp) bool { return s.Authority == r.Authority })
			if r.Err == nil && !known { // another process may have asked as well
				rows = append(rows, stampRow{number, r.Authority, r.Stamp.At, base64.StdEncoding.EncodeToString(r.Stamp.Token)})
			}
		}
		return db.Upsert(ctx, tx, "ledger_stamp", rows, "on conflict (n, authority) do nothing")
	})
	if err != nil {
		return fmt.Errorf("ledger.Stamp: %w", err)
	}
	return nil
}

// ask posts a request and judges the answer.
func (s *Stamper) ask(ctx context.Context, a Authority, data []byte) (Stamp, error) {
	ctx, cancel := context.WithTimeout(ctx, stampTimeout)
	defer cancel()
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return Stamp{}, err
	}
	sum := sha256.Sum256(data)
	query, err := (&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: sum[:], Certificates: true, Nonce: nonce}).Marshal()
	if err != nil {
		return Stamp{}, err
	}
	began := s.now()
	reply, err := s.post(ctx, a.URL, query)
	if err != nil {
		return Stamp{}, err
	}
	stamp, err := ParseStampReply(reply, data, nonce, a.Roots)
	if err != nil {
		return Stamp{}, err
	}
	stated := time.UnixMicro(stamp.At)
	if stated.Before(began.Add(-maxAhead)) || stated.After(s.now().Add(maxAhead)) {
		return Stamp{}, fmt.Errorf("it states %s, our clock says %s", stated.UTC().Format(time.RFC3339), s.now().UTC().Format(time.RFC3339))
	}
	stamp.Authority = a.Name
	return stamp, nil
}

func (s *Stamper) post(ctx context.Context, url string, query []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	req.Header.Set("Accept", "application/timestamp-reply")
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", resp.Status)
	}
	reply, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil {
		return nil, err
	}
	if len(reply) > maxReply {
		return nil, errors.New("its answer is too long")
	}
	return reply, nil
}

type stampRow struct {
	Number    int64  `db:"n"`
	Authority string `db:"authority"`
	At        int64  `db:"at"`
	Token     string `db:"token"`
}

// Stamps lists the time stamps of a checkpoint by the authority's name.
func (l *Log) Stamps(ctx context.Context, number int64) ([]Stamp, error) {
	return stamps(ctx, l.db.Reader(), number)
}

func stamps(ctx context.Context, q db.Querier, number int64) ([]Stamp, error) {
	rows, err := db.Select[stampRow](ctx, q, `/* ledger.stamps */ select n, authority, at, token
		from ledger_stamp where n = $1 order by authority`, number)
	if err != nil {
		return nil, err
	}
	list := make([]Stamp, len(rows))
	for i, r := range rows {
		token, err := base64.StdEncoding.DecodeString(r.Token)
		if err != nil {
			return nil, fmt.Errorf("ledger: the stamp of %s on checkpoint %d is damaged", r.Authority, number)
		}
		list[i] = Stamp{Authority: r.Authority, At: r.At, Token: token}
	}
	return list, nil
}
