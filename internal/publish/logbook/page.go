package logbook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

// ledgerPage is GET /ledger.
type ledgerPage struct {
	Size              int
	Date, Time, Root  string
	Key               string
	Witnesses, Stamps []signedLine
	Newest            []entryLine
	Commands          []string
	Files             []fileLine
}

// entryLine is an entry of the ledger, the newest first. Proof is "" while no
// checkpoint covers it.
type entryLine struct {
	N                       string
	Time, Kind, Says, Proof string
}

// newest is how many entries the page shows.
const newest = 20

// entries are the newest ones, sealed or not.
func (b *Book) entries(ctx context.Context, x *i18n.Texts, sealed int64) ([]entryLine, error) {
	size, err := b.Log.Size(ctx)
	if err != nil || size == 0 {
		return nil, err
	}
	from := max(0, size-newest)
	leaves, err := b.Log.Leaves(ctx, from, newest)
	if err != nil {
		return nil, err
	}
	var out []entryLine
	for i, leaf := range slices.Backward(leaves) {
		e, err := ledger.ParseLeaf(leaf)
		if err != nil {
			return nil, err
		}
		n := from + int64(i)
		line := entryLine{N: x.N(int(n)), Time: time.UnixMicro(e.At).UTC().Format(clock), Kind: e.Kind}
		if id := "logbook.kind." + strings.ReplaceAll(e.Kind, ".", "_"); x.Has(id) {
			line.Says = x.T(id)
		}
		if n < sealed {
			line.Proof = "/ledger/proof?entry=" + strconv.FormatInt(n, 10)
		}
		out = append(out, line)
	}
	return out, nil
}

// signedLine is somebody else's word about the checkpoint.
type signedLine struct{ Name, Time string }

// fileLine is an address for programs.
type fileLine struct{ Path, Shown, Key string }

const clock = "2006-01-02 15:04"

func (b *Book) show(w http.ResponseWriter, r *http.Request) {
	if err := b.render(w, r); err != nil {
		b.Shell.Fail(w, r, err)
	}
}

func (b *Book) render(w http.ResponseWriter, r *http.Request) error {
	ctx, x := r.Context(), b.Shell.Words(page.Of(r).Lang)
	out := ledgerPage{Key: b.Key, Commands: []string{fmt.Sprintf("keepiton ledger verify --url %s --key '%s'", b.Shell.Origin(r), b.Key)}, Files: []fileLine{
		{"/ledger/checkpoint", "/ledger/checkpoint", "checkpoint"}, {"/ledger/leaves?from=0", "/ledger/leaves?from=N", "leaves"},
		{"/ledger/consistency?from=0&to=0", "/ledger/consistency?from=A&to=B", "consistency"}, {"/ledger/proof?entry=0", "/ledger/proof?entry=N", "proof"},
	}}
	c, err := b.Log.Latest(ctx)
	switch {
	case errors.Is(err, ledger.ErrNoCheckpoint):
	case err != nil:
		return err
	default:
		at := time.UnixMicro(c.At).UTC()
		out.Size, out.Date, out.Time, out.Root = int(c.Tree.N), x.Date(at.Format("2006-01-02")), at.Format("15:04"), c.Tree.Hash.String()
		signed, err := b.Log.Cosignatures(ctx, c.Number)
		if err != nil {
			return err
		}
		for _, s := range signed {
			out.Witnesses = append(out.Witnesses, signedLine{s.Witness, time.UnixMicro(s.At).UTC().Format(clock)})
		}
		stamps, err := b.Log.Stamps(ctx, c.Number)
		if err != nil {
			return err
		}
		for _, s := range stamps {
			out.Stamps = append(out.Stamps, signedLine{s.Authority, time.UnixMicro(s.At).UTC().Format(clock)})
		}
	}
	if out.Newest, err = b.entries(ctx, x, int64(out.Size)); err != nil {
		return err
	}
	b.Shell.Render(w, r, page.Page{Title: x.T("logbook.title"), Description: x.T("logbook.lead"), Body: "logbook.ledger", Kind: "logbook", Data: out, Canonical: "/ledger", NoStore: true})
	return nil
}
