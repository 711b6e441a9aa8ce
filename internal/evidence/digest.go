package evidence

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"keepiton/internal/platform/db"
)

// content is everything of an item that a signature stands on, in one order: of
// two items that say, are and may tell the same it is the same.
type content struct {
	Draft     [][2]string // columns and values
	Country   string      // told where the place may not be
	Origin    int64       // 0 while nobody said where it comes from
	Withdrawn bool
	Files     [][2]string // digests, each with its parent's
	Texts     [][3]string // hashes of redacted texts: its own, its parent's, its root's
	Captures  []string    // digests of bodies
}

// judgement tells whether a column says what somebody thinks of an item. No reader
// is told it, and nothing that is counted hangs on it.
func judgement(column string) bool { return column == "source" || column == "information" }

// signed tells whether a column is among what a signature is for: neither what is
// thought of an item, nor whether a court may have it, which changes nothing that
// is published and is asked anew for every pack.
func signed(column string) bool { return !judgement(column) && column != "consent_court" }

// Digests gives for each item of a case, by number, the SHA-256 in hexadecimal of
// all that a signature stands on: everything people wrote about the item, with
// consent to publication, audience, precision and embargo; where it comes from; its
// country; whether it was withdrawn; its files and what each was made from; the
// versions of its text with passages taken out; the bodies of its captures. How it
// was graded, who touched it, what waits for a second person, and how a captured page was found
// later are not in it. The number of queries does not depend on the case.
func Digests(ctx context.Context, q db.Querier, caseID int64) (map[int64]string, error) {
	items, err := ItemsOf(ctx, q, caseID)
	if err != nil {
		return nil, err
	}
	all := make(map[int64]*content, len(items))
	for _, it := range items {
		written := slices.DeleteFunc(it.columns(), func(c [2]string) bool { return !signed(c[0]) })
		all[it.ID] = &content{Draft: written, Country: it.Country, Origin: it.Origin, Withdrawn: it.WithdrawnAt != nil}
	}
	if err := addHoldings(ctx, q, caseID, all); err != nil {
		return nil, err
	}
	out := make(map[int64]string, len(all))
	for id, c := range all {
		out[id] = c.digest()
	}
	return out, nil
}

// addHoldings reads what belongs to the items of a case.
func addHoldings(ctx context.Context, q db.Querier, caseID int64, all map[int64]*content) error {
	type row struct {
		Item int64  `db:"item_id"`
		A    string `db:"a"`
		B    string `db:"b"`
		C    string `db:"c"`
	}
	for query, add := range map[string]func(c *content, r row){
		`/* evidence.Digests files */ select h.item_id, h.digest as a, h.parent as b, '' as c from evidence_file h`:   func(c *content, r row) { c.Files = append(c.Files, [2]string{r.A, r.B}) },
		`/* evidence.Digests texts */ select h.item_id, h.hash as a, h.parent as b, h.root as c from evidence_text h`: func(c *content, r row) { c.Texts = append(c.Texts, [3]string{r.A, r.B, r.C}) },
		`/* evidence.Digests captures */ select h.item_id, h.body as a, '' as b, '' as c from evidence_capture h`:     func(c *content, r row) { c.Captures = append(c.Captures, r.A) },
	} {
		rows, err := db.Select[row](ctx, q, query+` join evidence_item i on i.id = h.item_id where i.case_id = $1`, caseID)
		if err != nil {
			return err
		}
		for _, r := range rows {
			add(all[r.Item], r)
		}
	}
	return nil
}

// digest does not depend on the order in which rows came.
func (c *content) digest() string {
	slices.SortFunc(c.Files, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	slices.SortFunc(c.Texts, func(a, b [3]string) int { return slices.Compare(a[:], b[:]) })
	slices.SortFunc(c.Captures, cmp.Compare)
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers only
	}
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:])
}
