package logbook

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/page"
)

// ledgerPage is GET /ledger.
type ledgerPage struct {
	Size              int
	Date, Time, Root  string
	Key               string
	Witnesses, Stamps []signedLine
	Commands          []string
	Files             []fileLine
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
	b.Shell.Render(w, r, page.Page{Title: x.T("logbook.title"), Description: x.T("logbook.lead"), Body: "logbook.ledger", Kind: "logbook", Data: out, Canonical: "/ledger", NoStore: true})
	return nil
}
