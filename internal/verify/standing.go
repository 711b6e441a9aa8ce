package verify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
)

// Standing is what a signature is for: the facts of a dossier, how sure they are
// said to be, what speaks for and against them, what those items say, and who
// disagrees. Evidence that nothing is said of is not part of it, nor are comments.
type Standing struct {
	Facts    string            `json:"facts"` // [incident.HashFacts]
	Grades   map[Claim]string  `json:"grades"`
	Links    []standingLink    `json:"links"`
	Items    map[string]string `json:"items"` // digests by reference, of the items of the links
	Dissents []standingDissent `json:"dissents"`
}

type standingLink struct {
	Claim Claim  `json:"claim"`
	Item  string `json:"item"`
	Side  Side   `json:"side"`
	Note  string `json:"note"`
}

type standingDissent struct {
	Claim   string `json:"claim"`
	Body    string `json:"body"`
	Settled string `json:"settled"` // the answer; "" while there is none
}

// Digest is SHA-256 over the whole, hexadecimal.
func (x *Standing) Digest() string {
	doc, err := json.Marshal(x)
	if err != nil { // strings alone
		panic(err)
	}
	sum := sha256.Sum256(append([]byte("keepiton standing 1\n"), doc...))
	return hex.EncodeToString(sum[:])
}

// standingNow reads the standing of a dossier as the transaction sees it, and has
// its floor follow the evidence.
func (s *Service) standingNow(ctx context.Context, q db.Querier, d *Dossier) (*Standing, error) {
	facts, err := s.factsNow(ctx, q, d.ID)
	if err != nil {
		return nil, err
	}
	items, err := s.Exhibits.Items(ctx, q, d.ID)
	if err != nil {
		return nil, err
	}
	links, err := s.links(ctx, q, d.ID)
	if err != nil {
		return nil, err
	}
	d.Floor = Floor(items, links)
	x := &Standing{Facts: incident.HashFacts(&facts), Grades: map[Claim]string{}, Items: map[string]string{}}
	for _, l := range links {
		i := slices.IndexFunc(items, func(it Item) bool { return it.ID == l.Item })
		if i < 0 {
			x.Links = append(x.Links, standingLink{l.Claim, fmt.Sprint("elsewhere ", l.Item), l.Side, l.Note}) // came past the program: nobody signs it unseen
			continue
		}
		x.Links = append(x.Links, standingLink{l.Claim, items[i].Ref, l.Side, l.Note})
		x.Items[items[i].Ref] = items[i].Digest
	}
	slices.SortFunc(x.Links, func(a, b standingLink) int {
		return cmp.Or(cmp.Compare(a.Claim, b.Claim), cmp.Compare(a.Item, b.Item), cmp.Compare(a.Side, b.Side), cmp.Compare(a.Note, b.Note))
	})
	grades, err := s.grades(ctx, q, d.ID)
	if err != nil {
		return nil, err
	}
	for c, g := range grades {
		x.Grades[c] = g.Grade
	}
	dissents, err := s.dissents(ctx, q, d.ID)
	for _, y := range dissents {
		z := standingDissent{Claim: y.Claim, Body: y.Body}
		if y.Settled != nil {
			z.Settled = y.SettledNote
		}
		x.Dissents = append(x.Dissents, z)
	}
	return x, err
}
