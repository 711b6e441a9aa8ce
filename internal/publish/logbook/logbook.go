package logbook

import (
	"embed"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strconv"

	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/embedded"
	"keepiton/internal/platform/page"
)

// PageLeaves is how many leaves one answer holds at most.
const PageLeaves = 1000

// maxSigned bounds what a witness may hand in, in bytes.
const maxSigned = 64 << 10

//go:embed texts/*.json views/*
var files embed.FS

// Texts is the catalogue of this room.
func Texts() fs.FS { return embedded.Dir(files, "texts") }

// Views are its templates.
func Views() fs.FS { return embedded.Dir(files, "views") }

// Book is the public face of a ledger.
type Book struct {
	Log       *ledger.Log
	Key       string // the log's key, for whoever checks
	Witnesses []ledger.WitnessVerifier
	Shell     *page.Shell
}

// Routes adds the addresses of the ledger.
func (b *Book) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /ledger", b.show)
	mux.HandleFunc("GET /ledger/checkpoint", b.text(b.checkpoint))
	mux.HandleFunc("GET /ledger/leaves", b.text(b.leaves))
	mux.HandleFunc("GET /ledger/consistency", b.text(b.consistency))
	mux.HandleFunc("GET /ledger/proof", b.text(b.proof))
	mux.HandleFunc("POST /ledger/cosign", b.cosign)
}

// text answers with plain text that is never kept: a checkpoint is only worth
// something when it is the latest.
func (b *Book) text(make func(*http.Request) ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := make(r)
		switch {
		case errors.Is(err, errNumber):
			http.Error(w, err.Error(), http.StatusBadRequest)
		case errors.Is(err, ledger.ErrNoEntry), errors.Is(err, ledger.ErrNoCheckpoint):
			http.Error(w, "the ledger has nothing there", http.StatusNotFound)
		case err != nil:
			b.Shell.Fail(w, r, err)
		default:
			b.Shell.Send(w, r, page.File{Type: "text/plain; charset=utf-8", Data: body, Open: true, NoStore: true})
		}
	}
}

var errNumber = errors.New("a number of entries is written in digits, such as from=1000")

// number reads a count of entries from the address.
func number(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
	if err != nil || n < 0 {
		return 0, errNumber
	}
	return n, nil
}

func (b *Book) checkpoint(r *http.Request) ([]byte, error) { return b.Log.Published(r.Context()) }

func (b *Book) leaves(r *http.Request) ([]byte, error) {
	from, err := number(r, "from")
	if err != nil {
		return nil, err
	}
	list, err := b.Log.Leaves(r.Context(), from, PageLeaves)
	if err != nil {
		return nil, err
	}
	return ledger.FormatLeaves(from, list)
}

func (b *Book) consistency(r *http.Request) ([]byte, error) {
	from, err := number(r, "from")
	if err != nil {
		return nil, err
	}
	to, err := number(r, "to")
	if err != nil {
		return nil, err
	}
	proof, err := b.Log.Consistency(r.Context(), from, to)
	return ledger.FormatConsistency(proof), err
}

func (b *Book) proof(r *http.Request) ([]byte, error) {
	entry, err := number(r, "entry")
	if err != nil {
		return nil, err
	}
	c, err := b.Log.Latest(r.Context())
	if err != nil {
		return nil, err
	}
	p, err := b.Log.Prove(r.Context(), entry, c)
	if err != nil {
		return nil, err
	}
	return p.Format(), nil
}

// cosign takes a witness's signature. It carries its own proof of who sent it,
// so nothing else is asked.
func (b *Book) cosign(w http.ResponseWriter, r *http.Request) {
	signed, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSigned))
	if err != nil {
		http.Error(w, "a signed checkpoint is a few hundred bytes", http.StatusRequestEntityTooLarge)
		return
	}
	if _, err := b.Log.AddCosignatures(r.Context(), signed, b.Witnesses); err != nil {
		http.Error(w, "this is no checkpoint of ours with the signature of a witness we know", http.StatusForbidden)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
