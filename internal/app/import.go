package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"keepiton/internal/incident"
	"keepiton/internal/platform/sheet"
	"keepiton/internal/stop"
)

// ImportCmd groups what can be read.
type ImportCmd struct {
	Stop ImportStopCmd `cmd:"" help:"Read the coalition's sheets (CSV or XLSX)."`
}

// ImportStopCmd reads sheets.
type ImportStopCmd struct {
	DryRun          bool     `help:"Say what would happen, cell by cell, and change nothing."`
	CountYear       int      `help:"Count year of a sheet that states none." placeholder:"YEAR"`
	AsOf            string   `help:"The date the sheet speaks for; a newer one leads the record." placeholder:"YYYY-MM-DD"`
	WithdrawMissing bool     `help:"Take entries out of the count that this newer sheet no longer has."`
	MaxWarnings     int      `help:"How many doubtful rows to print; 0 prints all." default:"20"`
	MaxDiffs        int      `help:"How many changed cells to print; 0 prints all." default:"200"`
	Files           []string `arg:"" name:"file" help:"Files to read."`
}

// Validate refuses a year nobody counts in, and a date that is none or has not
// come: a sheet of next year would lead the record until then.
func (c *ImportStopCmd) Validate() error {
	if c.CountYear != 0 && (!stop.IsCountYear(c.CountYear) || c.CountYear > time.Now().UTC().Year()) {
		return fmt.Errorf("--count-year %d is not a count year such as 2025", c.CountYear)
	}
	day, ok := incident.Date(c.AsOf).Day()
	switch tomorrow := int(time.Now().Unix()/86400) + 1; {
	case c.AsOf == "":
	case !ok:
		return fmt.Errorf("--as-of %q is not a date such as 2026-05-20", c.AsOf)
	case day > tomorrow:
		return fmt.Errorf("--as-of %s has not come yet", c.AsOf)
	}
	return nil
}

// AfterApply refuses files that are not there, before a register is begun for
// nothing.
func (c *ImportStopCmd) AfterApply() error {
	for _, path := range c.Files {
		if st, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no file %s; nothing was imported", path)
		} else if err == nil && st.IsDir() {
			return fmt.Errorf("%s is a directory; name the files in it", path)
		}
	}
	return nil
}

// Run imports each file whole or not at all. One bad file does not undo the
// files before it, and the command then fails.
func (c *ImportStopCmd) Run(env *Env) error {
	d, s, err := env.open()
	if err != nil {
		return err
	}
	defer d.Close()
	var failed []string
	for _, path := range c.Files {
		if err := c.file(env, s, path); err != nil {
			report(env.Stderr, err)
			failed = append(failed, path)
		}
	}
	if len(failed) > 0 {
		fmt.Fprintf(env.Stderr, "%d of %d files not imported, nothing kept of: %s\n", len(failed), len(c.Files), strings.Join(failed, ", "))
		return errSaid
	}
	return nil
}

func (c *ImportStopCmd) file(env *Env, s *incident.Service, path string) error {
	places, err := s.Matcher(env.Ctx)
	if err != nil {
		return err
	}
	r := stop.Reader{Taxonomy: s.Taxonomy(), Places: places, Year: c.CountYear, AsOf: c.AsOf, Open: sheet.ReadInChild}
	sheets, refused, err := r.File(env.Ctx, path)
	if err != nil {
		return err
	}
	if len(refused) > 0 {
		for i := range refused {
			fmt.Fprintf(env.Stderr, "refused: %v\n", &refused[i])
		}
		return fmt.Errorf("%s: %s cannot be read, so none of the file was imported", path, counted(len(refused), "row"))
	}
	bar := newBar(env.Stderr, "reading "+sheets[0].File)
	accounts, err := s.Import(env.Ctx, sheets, incident.ImportOptions{DryRun: c.DryRun, WithdrawMissing: c.WithdrawMissing, Progress: bar.set})
	bar.done()
	if err != nil {
		return err
	}
	for i := range accounts {
		c.printAccount(env.Stdout, s.Taxonomy(), &sheets[i], &accounts[i])
	}
	return nil
}

// printAccount says what became of every row.
func (c *ImportStopCmd) printAccount(w io.Writer, tax *incident.Taxonomy, sh *incident.SheetEdition, a *incident.Account) {
	name := sh.File
	if sh.Sheet != "" {
		name += ", sheet " + sh.Sheet
	}
	fmt.Fprintf(w, "%s (schema %s)\n", name, sh.Schema)
	if a.Already {
		fmt.Fprintf(w, "  rows read   %6d\n  unchanged   %6d   the same file was imported before as “%s”\n", len(a.Rows), a.Count(incident.Unchanged), a.Edition)
		for _, x := range []struct {
			outcome incident.Outcome
			note    string
		}{{incident.Kept, "the record says otherwise since, and stays as it is"}, {incident.Parked, "kept, not counted"}} {
			if n := a.Count(x.outcome); n > 0 {
				fmt.Fprintf(w, "  %-11s %6d   %s\n", x.outcome, n, x.note)
			}
		}
		printReasons(w, a)
		return
	}
	fmt.Fprintf(w, "  rows read   %6d\n", len(a.Rows))
	for _, d := range a.Corrects {
		fmt.Fprintf(w, "  corrects    %s: %s -> %s   the same file was imported before as “%s”\n", d.Field, quoted(d.Old), quoted(d.New), a.Edition)
	}
	for _, o := range []struct {
		outcome incident.Outcome
		note    string
	}{
		{incident.New, "new incidents"}, {incident.Merged, "another year of an incident already there"},
		{incident.Unchanged, "the record says the same"}, {incident.Changed, "the record took the new values"},
		{incident.Kept, "kept beside the record, which stays as it is"}, {incident.Parked, "kept, not counted, on the review list"},
	} {
		fmt.Fprintf(w, "  %-11s %6d   %s\n", o.outcome, a.Count(o.outcome), o.note)
	}
	if n := rowsThat(a, func(r incident.RowAccount) bool { return r.Filled }); n > 0 {
		fmt.Fprintf(w, "              %d of the changed only gained the texts that the starter register leaves out\n", n)
	}
	if n := rowsThat(a, func(r incident.RowAccount) bool { return r.Desk != "" && r.Outcome == incident.Unchanged }); n > 0 {
		fmt.Fprintf(w, "              %d of the unchanged say what they said before; what was signed at the desk since stays\n", n)
	}
	printReasons(w, a)
	printDesk(w, a)
	fmt.Fprintf(w, "  %-11s %6d   \n", "refused", 0)
	if n := len(a.Missing); n > 0 {
		what := "still counted, on the review list"
		if a.Withdrew {
			what = "taken out of the count"
		}
		fmt.Fprintf(w, "  missing     %6d   entries the record has and this sheet does not: %s\n", n, what)
	}
	if n := len(a.Joined); n > 0 {
		fmt.Fprintf(w, "  joined      %6d   incidents of the record that are carried over; their references lead on\n", n)
		for _, j := range a.Joined {
			fmt.Fprintf(w, "              %s is now part of %s\n", j.Ref, j.Into)
		}
	}
	fmt.Fprintf(w, "  %s about rows, %s on the review list\n", counted(doubts(sh), "doubt"), counted(a.Reviews, "new item"))
	if n := len(sh.Unknown); n > 0 {
		fmt.Fprintf(w, "  not read    %6d   columns we do not know, kept word for word beside the record: %s\n", n, strings.Join(trimmed(sh.Unknown), ", "))
	}
	if n := len(sh.Beside); n > 0 {
		fmt.Fprintf(w, "  not read    %6d   sheets of the workbook without a header we know: %s\n", n, strings.Join(sh.Beside, ", "))
	}
	c.printWarnings(w, sh)
	if c.DryRun {
		c.printDiffs(w, tax, a)
		fmt.Fprintln(w, "  dry run: nothing was changed")
		return
	}
	fmt.Fprintf(w, "  kept as the edition “%s”\n", a.Edition)
}

// rowsThat counts rows of an import.
func rowsThat(a *incident.Account, is func(incident.RowAccount) bool) (n int) {
	for _, r := range a.Rows {
		if is(r) {
			n++
		}
	}
	return n
}

// reasonRefs is how many references are printed behind a reason.
const reasonRefs = 10

// printReasons says why the record does not follow rows that are kept.
func printReasons(w io.Writer, a *incident.Account) {
	refs := map[string][]string{}
	var order []string
	for _, r := range a.Rows {
		if r.Outcome != incident.Kept || r.Reason == "" {
			continue
		}
		if refs[r.Reason] == nil {
			order = append(order, r.Reason)
		}
		refs[r.Reason] = append(refs[r.Reason], r.Ref)
	}
	for _, reason := range order {
		list := refs[reason]
		more := ""
		if len(list) > reasonRefs {
			more = fmt.Sprintf(" and %d more", len(list)-reasonRefs)
			list = list[:reasonRefs]
		}
		fmt.Fprintf(w, "              %s: %s%s\n", reason, strings.Join(list, ", "), more)
	}
}

// printDesk names the rows that speak of incidents of the desk, which no sheet
// changes.
func printDesk(w io.Writer, a *incident.Account) {
	for _, r := range a.Rows {
		if r.Desk != "" && r.Outcome == incident.Parked {
			fmt.Fprintf(w, "              line %d %s\n", r.Line, r.Reason)
		}
	}
}

// trimmed are column names without the blanks round them; one without a name
// is shown as such.
func trimmed(headers []string) []string {
	out := make([]string, len(headers))
	for i, h := range headers {
		if out[i] = strings.TrimSpace(h); out[i] == "" {
			out[i] = "(no name)"
		}
	}
	return out
}

// doubts is how many there are about the rows of a sheet.
func doubts(sh *incident.SheetEdition) (n int) {
	for _, r := range sh.Rows {
		n += len(r.Warnings)
	}
	return n
}

// printWarnings names the rows in which something does not fit. They are
// imported as they are.
func (c *ImportStopCmd) printWarnings(w io.Writer, sh *incident.SheetEdition) {
	n := 0
	for _, r := range sh.Rows {
		for _, x := range r.Warnings {
			if n++; c.MaxWarnings == 0 || n <= c.MaxWarnings {
				fmt.Fprintf(w, "  doubt: line %d: %s\n", r.Line, x.Detail)
			}
		}
	}
	if c.MaxWarnings > 0 && n > c.MaxWarnings {
		fmt.Fprintf(w, "  … %d more doubts; --max-warnings=0 prints them all\n", n-c.MaxWarnings)
	}
}

func (c *ImportStopCmd) printDiffs(w io.Writer, tax *incident.Taxonomy, a *incident.Account) {
	left := c.MaxDiffs
	for _, r := range a.Rows {
		for _, d := range stop.InColumns(tax, r.Diff) {
			if c.MaxDiffs > 0 && left == 0 {
				fmt.Fprintf(w, "  … more changed cells; --max-diffs=0 prints them all\n")
				return
			}
			left--
			fmt.Fprintf(w, "  line %d, %s, %s: %s -> %s\n", r.Line, r.Ref, d.Field, quoted(d.Old), quoted(d.New))
		}
	}
}

// quoted shows a cell on one line, cut to a readable length.
func quoted(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > 120 {
		r = append(r[:120], '…')
	}
	return fmt.Sprintf("%q", string(r))
}

// bar is a progress bar that only shows on a terminal.
type bar struct{ b *progressbar.ProgressBar }

func newBar(w io.Writer, what string) *bar {
	f, ok := w.(*os.File)
	if !ok {
		return &bar{}
	}
	if st, err := f.Stat(); err != nil || st.Mode()&os.ModeCharDevice == 0 {
		return &bar{}
	}
	return &bar{progressbar.NewOptions(-1, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
		progressbar.OptionClearOnFinish(), progressbar.OptionShowCount())}
}

func (b *bar) set(done, total int) {
	if b.b == nil {
		return
	}
	b.b.ChangeMax(total)
	_ = b.b.Set(done) // a bar that cannot be drawn is no reason to stop
}

func (b *bar) done() {
	if b.b != nil {
		_ = b.b.Finish()
	}
}

// ExportCmd groups what can be written.
type ExportCmd struct {
	Stop    ExportStopCmd    `cmd:"" help:"Write a sheet in one of the coalition's schemas."`
	Dataset ExportDatasetCmd `cmd:"" help:"Write the whole as files: CSV, JSON Lines, GeoJSON, Parquet, codebook."`
	Starter ExportStarterCmd `cmd:"" help:"Write the starter register: facts only."`
	Bundle  ExportBundleCmd  `cmd:"" help:"Write the pack of one incident for a court, the press or the UN, which can be checked offline."`
}

// ExportStopCmd writes a sheet.
type ExportStopCmd struct {
	Schema  string `help:"Header schema, A to E." required:"" enum:"A,B,C,D,E,a,b,c,d,e" placeholder:"A..E"`
	Year    int    `help:"Only this count year." placeholder:"YEAR"`
	Format  string `help:"csv or xlsx." default:"csv" enum:"csv,xlsx"`
	Edition string `help:"An imported sheet or a release, by its label; without it the record." placeholder:"LABEL"`
	Raw     bool   `help:"Leave cells alone that a spreadsheet would run as a formula."`
	Output  string `short:"o" help:"File to write; without it the standard output." placeholder:"FILE"`
}

// Run writes the sheet. A file appears only when it is complete.
func (c *ExportStopCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	ed, err := s.EditionByLabel(env.Ctx, c.Edition)
	if err != nil {
		return err
	}
	x := stop.Export{Edition: ed.ID, Schema: c.Schema, Year: c.Year, Format: c.Format, Raw: c.Raw}
	if err := stop.Fits(env.Ctx, s, x); err != nil {
		return err
	}
	if c.Year != 0 {
		if err := hasRows(env, s, ed, c.Year); err != nil {
			return err
		}
	}
	rows := 0
	err = writeFile(c.Output, env.Stdout, func(w io.Writer) error {
		rows, err = stop.Write(env.Ctx, s, x, w)
		return err
	})
	if err == nil && c.Output != "" {
		fmt.Fprintf(env.Stderr, "%d rows written to %s\n", rows, c.Output)
	}
	return err
}

// hasRows fails when an edition has no row of a year: a header alone would read
// as a finding.
func hasRows(env *Env, s *incident.Service, ed incident.Edition, year int) error {
	walk := s.Each
	if ed.Kind == "sheet" { // parked rows come out too
		walk = s.EachRow
	}
	found := errors.New("found")
	err := walk(env.Ctx, ed.ID, year, func(incident.Row) error { return found })
	if errors.Is(err, found) {
		return nil
	}
	if err != nil {
		return err
	}
	return noSuchYear(env, s, ed, year)
}

// writeFile writes through a temporary file, so that a reader never sees half
// of it. An empty path means the standard output.
func writeFile(path string, stdout io.Writer, fn func(w io.Writer) error) (err error) {
	if path == "" || path == "-" {
		return fn(stdout)
	}
	tmp := path + ".part"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp))
		}
	}()
	if err := fn(f); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
