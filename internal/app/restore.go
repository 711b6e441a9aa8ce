package app

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/platform/db"
	"keepiton/migrations"
)

// RestoreCmd brings a backup back.
type RestoreCmd struct {
	File string `arg:"" help:"Backup to read." type:"existingfile"`
}

// Run restores the whole backup or nothing. A SQLite file is made aside and
// gets its name only when its hashes are proved; a database that is there
// already must hold no record and is filled in one transaction.
func (c *RestoreCmd) Run(env *Env) (err error) {
	target := env.target()
	file := filepath.Join(target, db.FileName)
	_, missing := os.Stat(file)
	if env.CLI.Database != "" || missing == nil {
		return c.restoreInto(env, target)
	}
	made, err := makeDir(target)
	if err != nil {
		return err
	}
	aside, err := os.MkdirTemp(target, "restoring-*")
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, os.RemoveAll(aside))
		if err != nil && made {
			_ = os.Remove(target) // only if nobody else has put something there
		}
	}()
	if err := c.restoreInto(env, aside); err != nil {
		return err
	}
	return giveName(filepath.Join(aside, db.FileName), file)
}

// makeDir makes a directory and tells whether it was not there before.
func makeDir(path string) (made bool, err error) {
	_, err = os.Stat(path)
	made = errors.Is(err, fs.ErrNotExist)
	return made, os.MkdirAll(path, 0o700)
}

// giveName gives a closed database its name, never over one that appeared
// meanwhile.
func giveName(aside, file string) error {
	if _, err := os.Stat(aside + "-wal"); err == nil {
		return fmt.Errorf("%s is still in use; nothing was restored", aside)
	}
	err := os.Link(aside, file) // unlike a renaming, this fails when the name is taken
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s has appeared meanwhile; nothing was restored", file)
	}
	if err != nil { // a file system without links
		err = os.Rename(aside, file)
	}
	return err
}

// restoreInto loads the archive into a database without a record, in one
// transaction that ends only when the hashes are proved.
func (c *RestoreCmd) restoreInto(env *Env, target string) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	d, err := env.emptyTarget(target)
	if err != nil {
		return err
	}
	files := env.bytesKeeper()
	note, err := c.load(env.Ctx, d, f, files)
	if err == nil {
		env.warnUnsigned(d)
	}
	if err := errors.Join(err, d.Close()); err != nil {
		return errors.Join(err, files.undo())
	}
	fmt.Fprintln(env.Stdout, note)
	env.remindOfKeys()
	return nil
}

// remindOfKeys names the files that no backup holds and that are not here.
func (e *Env) remindOfKeys() {
	for name, what := range map[string]string{keyFile: "seals the ledger", secretFile: "opens the secrets of clock apps and mail addresses"} {
		if _, err := os.Stat(filepath.Join(e.directory(), name)); errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintf(e.Stderr, "%s is not in %s. It %s; a backup does not hold it. Put the former one there before you serve.\n", name, e.directory(), what)
		}
	}
}

// warnUnsigned says when a backup holds as signed what nobody signed: whoever could
// write into it could publish by it.
func (e *Env) warnUnsigned(d *db.DB) {
	_, any, err := db.Value[int64](e.Ctx, d.Reader(), `/* app.warnUnsigned */ select id from incident where origin = 'desk' limit 1`)
	if err == nil && !any {
		return
	}
	s, err := incident.NewService(e.Ctx, d)
	if err == nil {
		_, err = e.checkSigned(d, s)
	}
	if err != nil {
		fmt.Fprintf(e.Stderr, "Do not serve this before you have looked at it: %v. Run keepiton doctor.\n", err)
	}
}

func (c *RestoreCmd) load(ctx context.Context, d *db.DB, f io.ReadSeeker, files *bytesKeeper) (note string, err error) {
	have, _, err := d.Version(ctx, migrations.Files)
	if err != nil {
		return "", err
	}
	known, err := d.Tables(ctx)
	if err != nil {
		return "", err
	}
	err = d.Write(ctx, func(tx db.Tx) error {
		if _, err := f.Seek(0, io.SeekStart); err != nil { // a transaction may be tried again
			return err
		}
		var m manifest
		sums := map[string]db.Sum{}
		if err := db.Unguarded(ctx, tx, func() error { return readBackup(ctx, f, tx, known, &m, sums, files) }); err != nil {
			return fmt.Errorf("%s: %w; nothing was restored", c.File, err)
		}
		if m.Schema != have {
			return fmt.Errorf("the backup has schema %d and this program %d; restore it with the program that wrote it (%s), then migrate", m.Schema, have, m.Program)
		}
		if err := m.fits(sums); err != nil {
			return fmt.Errorf("%s: %w; nothing was restored", c.File, err)
		}
		if err := incident.ReindexWords(ctx, tx); err != nil {
			return err
		}
		if note, err = proveEqual(ctx, tx, m.Tables, m.Sums); err != nil {
			return err
		}
		return account.HoldMails(ctx, tx)
	})
	return note, err
}

// fits holds what was read against what the backup promises.
func (m *manifest) fits(sums map[string]db.Sum) error {
	for t := range sums {
		if !slices.Contains(m.Tables, t) {
			return fmt.Errorf("table %s is not in the backup's list of contents", t)
		}
	}
	for _, t := range m.Tables {
		if m.Sums[t] != sums[t] {
			return fmt.Errorf("table %s is damaged: %d rows, the backup promises %d", t, sums[t].Rows, m.Sums[t].Rows)
		}
	}
	return nil
}

// readBackup loads the tables of an archive, those the schema knows and no others,
// and the files of evidence.
func readBackup(ctx context.Context, r io.Reader, tx db.Tx, known []string, m *manifest, sums map[string]db.Sum, files *bytesKeeper) error {
	gz, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("this is not a backup of keepiton: %w", err)
	}
	tr := tar.NewReader(gz)
	kept := 0
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("the backup breaks off: %w", err)
		}
		if h.Name == "manifest.json" {
			if err := json.NewDecoder(tr).Decode(m); err != nil {
				return fmt.Errorf("the backup's list of contents: %w", err)
			}
			continue
		}
		if strings.HasPrefix(h.Name, bytesPart) {
			if err := files.keep(ctx, h.Name, h.Size, tr); err != nil {
				return err
			}
			kept++
			continue
		}
		table, ok := strings.CutPrefix(h.Name, "tables/")
		table = strings.TrimSuffix(table, ".jsonl")
		if !ok || !slices.Contains(known, table) {
			return fmt.Errorf("the backup holds an unexpected part %q", h.Name)
		}
		if sums[table], err = readTable(ctx, tr, tx, table); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, gz); err != nil { // the checksum stands at the end
		return fmt.Errorf("the backup breaks off or is damaged: %w", err)
	}
	if m.Tables == nil {
		return errors.New("the backup breaks off: its list of contents is missing")
	}
	if kept != m.Files {
		return fmt.Errorf("the backup is damaged: %s of evidence, it promises %d", counted(kept, "file"), m.Files)
	}
	return nil
}

func readTable(ctx context.Context, r io.Reader, tx db.Tx, table string) (db.Sum, error) {
	dec := json.NewDecoder(bufio.NewReader(r))
	dec.UseNumber()
	l := db.NewLoader(tx, table)
	var cols []string
	for {
		if cols == nil {
			if err := dec.Decode(&cols); errors.Is(err, io.EOF) {
				return l.Sum(), nil // an empty table
			} else if err != nil {
				return db.Sum{}, fmt.Errorf("table %s: %w", table, err)
			}
			for _, c := range cols {
				if c == "" || strings.Trim(c, "abcdefghijklmnopqrstuvwxyz_0123456789") != "" {
					return db.Sum{}, fmt.Errorf("table %s: %q is no name of a column", table, c)
				}
			}
		}
		var row []any
		err := dec.Decode(&row)
		if errors.Is(err, io.EOF) {
			return l.Sum(), l.Flush(ctx)
		}
		if err != nil {
			return db.Sum{}, fmt.Errorf("table %s: a damaged row: %w", table, err)
		}
		if len(row) != len(cols) {
			return db.Sum{}, fmt.Errorf("table %s: a row of %d values for %d columns", table, len(row), len(cols))
		}
		for i, v := range row {
			if n, ok := v.(json.Number); ok {
				row[i] = number(n)
			}
		}
		if err := l.Add(ctx, cols, row); err != nil {
			return db.Sum{}, err
		}
	}
}

func number(n json.Number) any {
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, err := n.Float64()
	if err != nil {
		return n.String()
	}
	return f
}
