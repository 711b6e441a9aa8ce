package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"keepiton/internal/evidence"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/publish/bundle"
)

// ExportBundleCmd writes the pack of one incident.
type ExportBundleCmd struct {
	Incident  string   `arg:"" help:"Reference of the incident, such as 2026-0001."`
	Output    string   `short:"o" help:"File to write; it must not be there yet." required:"" type:"path" placeholder:"FILE.zip"`
	For       string   `help:"public, or court: with the content that was given for a court." default:"public" enum:"public,court"`
	Lang      string   `help:"Language of the pages in it: en, ar or fr." default:"en" enum:"en,ar,fr"`
	Timestamp []string `help:"As for serve: the certificates of the authorities go into the pack." placeholder:"URL,FILE" sep:"none"`
}

// Run writes the pack.
func (c *ExportBundleCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	return c.export(env, d, s)
}

// export writes the pack beside its final name, has it noted in the custody of
// all that is in it, and only then gives it its name. What can fail by what is
// kept or by the disk has failed before anything is noted.
func (c *ExportBundleCmd) export(env *Env, d *db.DB, s *incident.Service) error {
	if _, err := os.Lstat(c.Output); err == nil {
		return fault.New(fault.Conflict, "bundle.error.there", "file", c.Output)
	}
	b, err := env.bundler(d, s, c)
	if err != nil {
		return err
	}
	p, err := b.gather(env.Ctx)
	if err != nil {
		return err
	}
	tmp, sum, err := b.write(env.Ctx, p)
	if err != nil {
		return err
	}
	defer os.Remove(tmp) // nothing to do once it has its name
	if err := b.note(env.Ctx, p, ""); err != nil {
		return err
	}
	if err := os.Rename(tmp, c.Output); err != nil {
		// It was not handed out after all, and custody only grows: it says so.
		return errors.Join(err, b.note(context.WithoutCancel(env.Ctx), p, " failed"))
	}
	fmt.Fprintf(env.Stdout, "%s: %s, %s.\nsha256 of the file  %s\nsha256 of %s  %s\nTell whoever gets it one of these by another way.\n",
		c.Output, counted(len(p.files), "file"), counted(len(p.items), "exhibit"), sum, bundle.SumsName, p.sums)
	if p.unsealed > 0 {
		fmt.Fprintf(env.Stdout, "Not in it: %s that the ledger has not sealed yet, signatures may be among them. It seals what the desk does once an hour: make the pack again after that.\n", counted(p.unsealed, "event"))
	}
	return nil
}

// bundler makes packs.
type bundler struct {
	cmd    *ExportBundleCmd
	db     *db.DB
	record *incident.Service
	work   *casework
	log    *ledger.Log
	key    string
	words  *i18n.Texts
	names  map[int64]string // organisations as the public reads them

	readers verification // what the site tells of how it was verified
}

// packed is a pack, ready to be written.
type packed struct {
	files []bundle.File
	sums  string
	at    time.Time
	items []exhibit

	unsealed int // acts in it that no checkpoint covers yet
}

// exhibit is an item that is told of in a pack.
type exhibit struct {
	id   int64
	then string // what was told of it when it was published
	evidence.Exhibit
}

// write writes a pack under a name of its own in the directory it will lie in.
// After an error nothing is left.
func (b *bundler) write(ctx context.Context, p *packed) (path, sum string, err error) {
	f, err := os.CreateTemp(filepath.Dir(b.cmd.Output), ".keepiton-bundle-*")
	if err != nil {
		return "", "", err
	}
	hash := sha256.New()
	err = bundle.Write(ctx, io.MultiWriter(f, hash), p.at, p.files)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return "", "", err
	}
	return f.Name(), hex.EncodeToString(hash.Sum(nil)), nil
}

// note says in the custody of every item whose content is in a pack which bytes
// went out, in one transaction. What somebody took back while the pack was
// written must not go out: then nothing does.
func (b *bundler) note(ctx context.Context, p *packed, outcome string) error {
	return b.db.Write(ctx, func(tx db.Tx) error {
		for _, x := range p.items {
			now, ok, err := b.work.items.ForPack(ctx, tx, x.id, x.then, b.court())
			if err != nil {
				return err
			}
			if outcome == "" && (!ok || !reflect.DeepEqual(now.Public, x.Public) || !reflect.DeepEqual(now.Bytes, x.Bytes)) {
				return fault.New(fault.Conflict, "bundle.error.changed", "item", x.Ref)
			}
			if !x.Content {
				continue
			}
			to := fmt.Sprintf("bundle %s %s %s%s", b.cmd.For, b.cmd.Incident, p.sums, outcome)
			digests := []string{""} // what is said of it goes out in any case
			for _, y := range x.Bytes {
				digests = append(digests, y.Digest)
			}
			for _, digest := range digests {
				if err := b.work.items.Exported(ctx, tx, desk.Actor{}, x.id, digest, to); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (b *bundler) court() bool { return b.cmd.For == "court" }

// masked is what is told of an item without the passages that are withheld.
func masked(told evidence.Public, mask func(string) string) evidence.Public {
	for _, text := range []*string{&told.Title, &told.Says, &told.URL, &told.Speaker, &told.Place} {
		*text = mask(*text)
	}
	return told
}

// itemFiles are the files of an item: what is told of it, its bytes, its custody.
func (b *bundler) itemFiles(x exhibit, told evidence.Public) ([]bundle.File, error) {
	dir := evidenceDir(x.Ref)
	item, err := bundle.JSON(dir+"item.json", told)
	if err != nil {
		return nil, err
	}
	out := []bundle.File{item, bundle.Text("custody/"+x.Ref+".json", bundle.Custody(rows(x.Custody)))}
	if list := seals(x.Bytes, x.Custody); len(list) > 0 {
		out = append(out, bundle.Text("custody/"+x.Ref+".bytes", list))
	}
	for _, y := range x.Bytes {
		out = append(out, bundle.File{Path: dir + y.Name, Digest: y.Digest, Size: y.Size, Open: func() (io.ReadCloser, error) {
			f, err := b.work.items.OpenBytes(y)
			if err != nil {
				return nil, lost(x.Ref, err)
			}
			return f, nil
		}, Broken: func(err error) error { return lost(x.Ref, err) }})
	}
	return out, nil
}

// lost says of which item bytes are not what they were.
func lost(ref string, err error) error {
	return fault.Wrap(err, fault.Gone, "bundle.error.bytes", "item", ref)
}

func evidenceDir(ref string) string { return "evidence/" + ref + "/" }

// seals opens the seals of those bytes of which custody speaks: a line for each, its
// salt and its digest.
func seals(list []evidence.Bytes, custody []evidence.Touch) []byte {
	var lines []string
	for _, b := range list {
		if slices.ContainsFunc(custody, func(t evidence.Touch) bool { return t.Digest == b.Digest }) {
			lines = append(lines, b.Salt+" "+b.Digest+"\n")
		}
	}
	slices.Sort(lines)
	return []byte(strings.Join(slices.Compact(lines), ""))
}

func rows(list []evidence.Touch) []bundle.Row {
	out := make([]bundle.Row, len(list))
	for i, t := range list {
		out[i] = bundle.Row{Hash: t.Hash, Text: t.Text()}
	}
	return out
}
