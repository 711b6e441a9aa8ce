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
	"os"
	"strings"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/migrations"
)

// MigrateCmd brings the schema up to date.
type MigrateCmd struct{}

// Run migrates and says what was done.
func (MigrateCmd) Run(env *Env) error {
	d, err := db.Open(env.Ctx, env.target())
	if err != nil {
		return err
	}
	defer d.Close()
	backup, applied, err := d.Migrate(env.Ctx, migrations.Files)
	if err != nil {
		return err
	}
	have, _, err := d.Version(env.Ctx, migrations.Files)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "The schema is at version %d; %d steps were applied.\n", have, applied)
	if backup != "" {
		fmt.Fprintf(env.Stdout, "The database as it was before is in %s\n", backup)
	}
	return nil
}

// ReindexCmd builds what is derived from the rows again.
type ReindexCmd struct{}

// Run builds it in one transaction; the site may be served meanwhile.
func (ReindexCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	if err := s.Reindex(env.Ctx); err != nil {
		return err
	}
	fmt.Fprintln(env.Stdout, "The counts, the days and the index of words are built again.")
	return d.Optimize(env.Ctx)
}

// MoveCmd copies the database into another one.
type MoveCmd struct {
	To string `help:"Where to: a postgres:// address or a directory. It must hold no record yet." required:"" placeholder:"URL"`
}

// Validate refuses an address that is neither PostgreSQL's nor a directory.
func (c *MoveCmd) Validate() error {
	if _, ok := db.IsAddress(c.To); !ok {
		return errors.New("--to begins with postgres:// or is a directory")
	}
	return nil
}

// Run copies every table, rebuilds the index of words, and compares rows and
// hashes of both sides.
func (c *MoveCmd) Run(env *Env) error {
	src, _, err := env.existing()
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := env.emptyTarget(c.To)
	if err != nil {
		return err
	}
	defer dst.Close()
	tables, err := src.Tables(env.Ctx)
	if err != nil {
		return err
	}
	sums := map[string]db.Sum{}
	err = src.Snapshot(env.Ctx, func(q db.Querier) error {
		return dst.Write(env.Ctx, func(tx db.Tx) error {
			if err := db.Unguarded(env.Ctx, tx, func() error { return copyTables(env.Ctx, q, tx, tables, sums) }); err != nil {
				return err
			}
			return incident.ReindexWords(env.Ctx, tx)
		})
	})
	if err != nil {
		return err
	}
	note, err := proveEqual(env.Ctx, dst.Reader(), tables, sums)
	if err != nil {
		return err
	}
	fmt.Fprintln(env.Stdout, note)
	return nil
}

// copyTables copies tables in their order and notes what was copied.
func copyTables(ctx context.Context, q db.Querier, tx db.Tx, tables []string, sums map[string]db.Sum) error {
	for _, t := range tables {
		l := db.NewLoader(tx, t)
		if err := db.EachRow(ctx, q, t, func(cols []string, row []any) error { return l.Add(ctx, cols, row) }); err != nil {
			return err
		}
		if err := l.Flush(ctx); err != nil {
			return err
		}
		sums[t] = l.Sum()
	}
	return nil
}

// emptyTarget opens and migrates a database and refuses one that has a record.
func (e *Env) emptyTarget(target string) (*db.DB, error) {
	d, err := e.openDatabase(target)
	if err != nil {
		return nil, err
	}
	n, _, err := db.Value[int64](e.Ctx, d.Reader(), `/* app.emptyTarget */ select count(*) from edition`)
	if err == nil && n > 0 {
		err = fmt.Errorf("the target already holds a record; nothing was copied")
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// proveEqual reads what was copied back, compares it with what was written and
// says so.
func proveEqual(ctx context.Context, q db.Querier, tables []string, want map[string]db.Sum) (note string, err error) {
	var rows int64
	var wrong []string
	for _, t := range tables {
		got, err := db.SumTable(ctx, q, t)
		if err != nil {
			return "", err
		}
		rows += got.Rows
		if got != want[t] {
			wrong = append(wrong, fmt.Sprintf("%s (%d rows, expected %d)", t, got.Rows, want[t].Rows))
		}
	}
	if len(wrong) > 0 {
		return "", fmt.Errorf("the copy differs from the original in: %s. Do not use it", strings.Join(wrong, ", "))
	}
	return fmt.Sprintf("%d tables, %d rows: the hashes of both sides are equal.", len(tables), rows), nil
}

// manifest describes a backup.
type manifest struct {
	Program string            `json:"program"`
	Schema  int64             `json:"schema"`
	At      string            `json:"at"`
	Tables  []string          `json:"tables"` // in the order in which they are loaded
	Sums    map[string]db.Sum `json:"sums"`
	Files   int               `json:"files"` // of evidence
}

// BackupCmd writes a backup.
type BackupCmd struct {
	Output string `arg:"" help:"File to write, such as keepiton-2026-05-20.tar.gz."`
	Force  bool   `help:"Write over a file that is there."`
}

// Run writes every table as JSON Lines into one archive, from one unchanging
// view of the database; it may run while the site is served. The archive fits
// both engines.
func (c *BackupCmd) Run(env *Env) error {
	if _, err := os.Lstat(c.Output); err == nil && !c.Force && c.Output != "-" {
		return fmt.Errorf("%s is there already; nothing was written. Name another file, or write over it with --force", c.Output)
	}
	d, _, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	tables, err := d.Tables(env.Ctx)
	if err != nil {
		return err
	}
	schema, _, err := d.Version(env.Ctx, migrations.Files)
	if err != nil {
		return err
	}
	m := manifest{Program: version(), Schema: schema, At: time.Now().UTC().Format(time.RFC3339), Tables: tables, Sums: map[string]db.Sum{}}
	lost := 0
	err = writeFile(c.Output, env.Stdout, func(w io.Writer) error {
		if f, ok := w.(*os.File); ok && c.Output != "" && c.Output != "-" { // it holds all that is confidential
			if err := f.Chmod(0o600); err != nil {
				return err
			}
		}
		return d.Snapshot(env.Ctx, func(q db.Querier) (err error) {
			lost, err = env.writeBackup(w, q, &m)
			return err
		})
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "%d tables written to %s\n", len(tables), c.Output)
	if m.Files > 0 {
		fmt.Fprintf(env.Stdout, "%s of evidence written with them\n", counted(m.Files, "file"))
	}
	if lost > 0 {
		return fmt.Errorf("%s of evidence are missing or damaged and could not be written; the backup holds all else", counted(lost, "file"))
	}
	return nil
}

// writeBackup writes all of it; lost counts files of evidence that are not there.
func (e *Env) writeBackup(w io.Writer, q db.Querier, m *manifest) (lost int, err error) {
	gz := gzip.NewWriter(w)
	tw := tar.NewWriter(gz)
	for _, t := range m.Tables {
		if err := writeTable(e.Ctx, tw, q, t, m); err != nil {
			return 0, err
		}
	}
	if lost, err = e.writeBytes(e.Ctx, tw, q, m); err != nil {
		return 0, err
	}
	doc, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return 0, err
	}
	if err := tw.WriteHeader(&tar.Header{Name: "manifest.json", Mode: 0o600, Size: int64(len(doc))}); err != nil {
		return 0, err
	}
	if _, err := tw.Write(doc); err != nil {
		return 0, err
	}
	return lost, errors.Join(tw.Close(), gz.Close())
}

// writeTable spools a table to a temporary file first: an archive wants to
// know a size before the bytes.
func writeTable(ctx context.Context, tw *tar.Writer, q db.Querier, table string, m *manifest) error {
	spool, err := os.CreateTemp("", "keepiton-backup-*")
	if err != nil {
		return err
	}
	defer func() { spool.Close(); os.Remove(spool.Name()) }()
	buf := bufio.NewWriter(spool)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	first := true
	err = db.EachRow(ctx, q, table, func(cols []string, row []any) error {
		if first {
			first = false
			if err := enc.Encode(cols); err != nil {
				return err
			}
		}
		return enc.Encode(row)
	})
	if err != nil {
		return err
	}
	if err := buf.Flush(); err != nil {
		return err
	}
	size, err := spool.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if m.Sums[table], err = db.SumTable(ctx, q, table); err != nil {
		return err
	}
	if err := tw.WriteHeader(&tar.Header{Name: "tables/" + table + ".jsonl", Mode: 0o600, Size: size}); err != nil {
		return err
	}
	_, err = io.Copy(tw, spool)
	return err
}

// DoctorCmd checks the installation.
type DoctorCmd struct{}

// Run prints one line for each check and fails when one fails.
func (DoctorCmd) Run(env *Env) error {
	failed := 0
	check := func(what string, fn func() (string, error)) {
		note, err := fn()
		if err != nil {
			failed++
			fmt.Fprintf(env.Stdout, "FAIL  %-28s %v\n", what, err)
			return
		}
		fmt.Fprintf(env.Stdout, "ok    %-28s %s\n", what, note)
	}
	var d *db.DB
	var s *incident.Service
	check("database opens", func() (string, error) {
		var err error
		d, s, err = env.existing()
		if err != nil {
			return "", err
		}
		return string(d.Engine), nil
	})
	if d == nil {
		return errSaid
	}
	defer d.Close()
	check("schema", func() (string, error) {
		have, newest, err := d.Version(env.Ctx, migrations.Files)
		return fmt.Sprintf("version %d of %d", have, newest), err
	})
	check("database is sound", func() (string, error) { return d.Check(env.Ctx) })
	check("guards of the database stand", func() (string, error) {
		missing, of, err := d.MissingGuards(env.Ctx, migrations.Files)
		if err == nil && len(missing) > 0 {
			err = fmt.Errorf("%s of %d missing, the first: %s; somebody took it away past the program: make a backup, restore it elsewhere, and run doctor there", counted(len(missing), "guard"), of, missing[0])
		}
		return fmt.Sprintf("%d", of), err
	})
	check("counts agree with the rows", func() (string, error) { return s.VerifyCounts(env.Ctx) })
	check("words agree with the rows", func() (string, error) { return s.VerifyWords(env.Ctx) })
	check("releases are unchanged", func() (string, error) { return s.VerifyReleases(env.Ctx) })
	check("ledger is whole", func() (string, error) {
		r, err := ledger.New(d, nil).Verify(env.Ctx)
		if err == nil && len(r.Findings) > 0 {
			err = fmt.Errorf("%s; keepiton ledger verify lists all", faultWords[r.Findings[0].Fault])
		}
		return fmt.Sprintf("%s, %s", counted(int(r.Entries), "entry"), counted(r.Kept, "checkpoint")), err
	})
	check("key of the ledger", func() (string, error) { return env.checkKey(d) })
	check("evidence is what it was", func() (string, error) { return env.checkEvidence(d) })
	check("desk incidents are what was signed", func() (string, error) { return env.checkSigned(d, s) })
	check("recodings are what was signed", func() (string, error) { return env.checkRecodings(d, s) })
	check("organisations are what was stored", func() (string, error) { return env.checkOrganisations(d) })
	check("secret of the desk", func() (string, error) { return env.checkSecret(d) })
	check("settings of the server", env.checkServer)
	check("mail of what waits", func() (string, error) { return env.checkMail(d) })
	check("review list", func() (string, error) {
		list, err := s.Reviews(env.Ctx, "open", "", "", 100_000)
		return fmt.Sprintf("%d items wait for a decision", len(list)), err
	})
	if failed > 0 {
		return errSaid
	}
	return nil
}
