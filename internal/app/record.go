package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"text/tabwriter"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/platform/db"
	"keepiton/internal/stop"
)

// CountCmd counts a year.
type CountCmd struct {
	Year    int    `help:"Count year." required:"" placeholder:"YEAR"`
	Edition string `help:"An imported sheet or a release, by its label; without it the record." placeholder:"LABEL"`
	JSON    bool   `name:"json" help:"As JSON, keyed as in the sheets."`
}

// Run prints the figures.
func (c *CountCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	ed, err := s.EditionByLabel(env.Ctx, c.Edition)
	if err != nil {
		return err
	}
	f, err := s.FiguresOf(env.Ctx, ed, c.Year)
	if err != nil {
		return err
	}
	if f.Shutdowns == 0 && !c.JSON {
		return noSuchYear(env, s, ed, c.Year)
	}
	if c.JSON {
		enc := json.NewEncoder(env.Stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		return enc.Encode(f)
	}
	printFigures(env.Stdout, f)
	return nil
}

// noSuchYear says which years an edition counts. "Nothing" would read as a
// finding.
func noSuchYear(env *Env, s *incident.Service, ed incident.Edition, year int) error {
	years, err := s.Years(env.Ctx, ed.ID)
	if err != nil {
		return err
	}
	if len(years) == 0 {
		return fmt.Errorf("“%s” holds no entries at all", ed.Label)
	}
	return fmt.Errorf("“%s” counts no entries for %d; it has the years %d to %d", ed.Label, year, years[len(years)-1].Year, years[0].Year)
}

func printFigures(w io.Writer, f *incident.Figures) {
	fmt.Fprintf(w, "%d: at least %s in %s (%s)\n", f.Year, counted(f.Shutdowns, "shutdown"), counted(f.Countries, "country"), f.Release)
	fmt.Fprintf(w, "carried in from earlier years: %d; ongoing at the close: %d; across a border: %d\n", f.CarriedIn, f.Ongoing, f.CrossBorder)
	keys := make([]string, 0, len(f.By))
	for k := range f.By {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Fprintf(w, "\n%s\n", k)
		printRanked(w, f.By[k])
	}
	fmt.Fprintln(w, "\nyes answers")
	flags := map[string]int{}
	for k, t := range f.Flags {
		flags[fmt.Sprintf("%s (in %d countries; %d entries have an answer)", k, t.Countries, f.Asked[k])] = t.Shutdowns
	}
	printRanked(w, flags)
	fmt.Fprintln(w, "\nservices")
	services := map[string]int{}
	for k, t := range f.Services {
		services[fmt.Sprintf("%s (in %d countries)", k, t.Countries)] = t.Shutdowns
	}
	printRanked(w, services)
	fmt.Fprintln(w, "\nmost shutdowns")
	for _, c := range f.TopCountries {
		fmt.Fprintf(w, "  %6d  %s\n", c.N, c.Name)
	}
}

func printRanked(w io.Writer, m map[string]int) {
	names := make([]string, 0, len(m))
	for k := range m {
		names = append(names, k)
	}
	sort.Slice(names, func(i, j int) bool {
		if m[names[i]] != m[names[j]] {
			return m[names[i]] > m[names[j]]
		}
		return names[i] < names[j]
	})
	for _, k := range names {
		name := k
		if name == "" {
			name = "(empty)"
		}
		fmt.Fprintf(w, "  %6d  %s\n", m[k], name)
	}
}

// ReleaseCmd groups the commands about releases.
type ReleaseCmd struct {
	Cut    ReleaseCutCmd    `cmd:"" help:"Freeze the record as it stands under a label."`
	List   ReleaseListCmd   `cmd:"" help:"List the record, the imported sheets and the releases."`
	Rename ReleaseRenameCmd `cmd:"" help:"Give a release or a sheet another label, when the old one must not be read any more."`
}

// ReleaseCutCmd freezes the record.
type ReleaseCutCmd struct {
	Label string `arg:"" help:"Name of the release, such as 2025-annual."`
	AsOf  string `help:"The date it speaks for; today if not given." placeholder:"YYYY-MM-DD"`
}

// Run cuts the release.
func (c *ReleaseCutCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	if c.AsOf == "" {
		c.AsOf = time.Now().UTC().Format("2006-01-02")
	} else if _, ok := incident.Date(c.AsOf).Day(); !ok {
		return fmt.Errorf("--as-of %q is not a date such as 2026-05-20", c.AsOf)
	}
	if err := env.askDesk(d, "nobody cuts a release alone: propose it at /desk/releases, where two people of two organisations sign it"); err != nil {
		return err
	}
	e, err := s.CutRelease(env.Ctx, c.Label, c.AsOf)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "Release “%s” of %s: %d count entries, %d incidents.\nDigest over all entries: %s\n", e.Label, e.AsOf, e.Entries, e.Incidents, e.Digest)
	return nil
}

// askDesk refuses what nobody decides alone once people work at the desk.
func (e *Env) askDesk(d *db.DB, says string) error {
	used, err := account.InUse(e.Ctx, d)
	if err == nil && used {
		err = errors.New("people work at the desk of this register, so " + says)
	}
	return err
}

// ReleaseRenameCmd changes a label.
type ReleaseRenameCmd struct {
	Label  string `arg:"" help:"The label as it is."`
	To     string `arg:"" help:"The label from now on. The old one answers no more."`
	Anyway bool   `help:"Rename it although people work at the desk, because the old label endangers somebody. The ledger says that it was done."`
}

// Run renames.
func (c *ReleaseRenameCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	if !c.Anyway {
		if err := env.askDesk(d, "nobody renames alone what two organisations signed and others cite: propose a release under another label at /desk/releases. Where the old label endangers somebody, repeat this with --anyway"); err != nil {
			return err
		}
	}
	if err := s.RenameEdition(env.Ctx, c.Label, c.To); err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "It is called “%s” from now on.\n", c.To)
	return nil
}

// ReleaseListCmd lists editions.
type ReleaseListCmd struct{}

// Run prints them.
func (ReleaseListCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	list, err := s.Editions(env.Ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "LABEL\tKIND\tSCHEMA\tAS OF\tENTRIES\tINCIDENTS")
	for _, e := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\n", e.Label, e.Kind, e.Schema, e.AsOf, e.Entries, e.Incidents)
	}
	return w.Flush()
}

// IncidentCmd groups what can be done with one incident.
type IncidentCmd struct {
	Show IncidentShowCmd `cmd:"" help:"Print the facts of an incident."`
	Edit IncidentEditCmd `cmd:"" help:"Correct cells of an incident; the change is kept in its history."`

	Withhold  WithholdCmd  `cmd:"" help:"Withhold a passage that names or betrays somebody, wherever it stands, also in old releases."`
	Withheld  WithheldCmd  `cmd:"" help:"List what is withheld."`
	ShowAgain ShowAgainCmd `cmd:"" help:"Lift what was withheld."`
}

// workedOn tells whether a public incident has a dossier at the desk, where two
// people of two organisations sign what changes.
func workedOn(ctx context.Context, q db.Querier, ref string) (bool, error) {
	_, found, err := db.Value[int64](ctx, q, `/* app.workedOn */ select id from dossier where incident_ref = $1 and state = 'published' limit 1`, ref)
	return found, err
}

// IncidentShowCmd prints one incident.
type IncidentShowCmd struct {
	Ref string `arg:"" help:"Reference, such as 2025-0142."`
}

// Run prints facts, entries and history as JSON.
func (c *IncidentShowCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	inc, err := s.Get(env.Ctx, incident.RecordEdition, c.Ref)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(env.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(inc)
}

// IncidentEditCmd corrects cells by the column names of schema E.
type IncidentEditCmd struct {
	Ref    string            `arg:"" help:"Reference, such as 2025-0142."`
	Set    map[string]string `help:"A cell to set, by its column in the sheet: --set end_date=2025-06-25. Repeat it for several." required:"" mapsep:"none" placeholder:"COLUMN=VALUE"`
	Year   int               `help:"Only the entry of this count year." placeholder:"YEAR"`
	Reason string            `help:"Why, for the history." required:""`
	Who    string            `help:"Name or pseudonym for the history." default:"administrator"`
	Anyway bool              `help:"Correct it although people work at the desk, because it cannot wait. Incidents of the desk are refused all the same."`
}

// Run applies the edit.
func (c *IncidentEditCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	if !c.Anyway {
		if err := env.askDesk(d, "nobody corrects alone what is public: take it up at /desk, where two people of two organisations sign it. When that cannot wait, repeat this with --anyway"); err != nil {
			return err
		}
	}
	places, err := s.Matcher(env.Ctx)
	if err != nil {
		return err
	}
	edit := stop.Editor{Taxonomy: s.Taxonomy(), Places: places}
	diff, err := s.Revise(env.Ctx, c.Ref, c.Year, c.Who, c.Reason, func(year int, f incident.Facts) (incident.Facts, error) {
		return edit.Set(f, year, c.Set)
	})
	if err != nil {
		return err
	}
	if len(diff) == 0 {
		fmt.Fprintln(env.Stdout, "Nothing changed: the record says so already.")
		return nil
	}
	for _, x := range stop.InColumns(s.Taxonomy(), diff) {
		fmt.Fprintf(env.Stdout, "%s: %s -> %s\n", x.Field, quoted(x.Old), quoted(x.New))
	}
	return nil
}

// ReviewCmd groups the review list.
type ReviewCmd struct {
	List   ReviewListCmd   `cmd:"" help:"What waits for a decision."`
	Show   ReviewShowCmd   `cmd:"" help:"One item, with what its row says."`
	Decide ReviewDecideCmd `cmd:"" help:"Decide one item."`
	Reopen ReviewReopenCmd `cmd:"" help:"Ask again what was answered about an incident of the desk."`
}

// ReviewListCmd lists open items.
type ReviewListCmd struct {
	Kind    string `help:"Only this kind: beside_desk, place, carry_over, missing_from_newer_edition, missing_on_desk, only_in_older_edition, edit_conflict, on_desk or parked_row." placeholder:"KIND"`
	Country string `help:"Only words for places of this country, by its code, such as IN." placeholder:"CODE"`
	Limit   int    `help:"How many to show." default:"1000"`
}

// Run prints the list, and how much waits in all.
func (c *ReviewListCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	list, err := s.Reviews(env.Ctx, "open", c.Kind, strings.ToUpper(c.Country), c.Limit)
	if err != nil {
		return err
	}
	totals, err := s.ReviewTotals(env.Ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 4, 2, ' ', 0)
	for _, r := range list {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", r.ID, r.Kind, r.Country, strings.Join(strings.Fields(r.Detail), " "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(env.Stdout, "Nothing waits for a decision here.")
	}
	if len(totals) == 0 {
		return nil
	}
	var parts []string
	for _, kind := range incident.ReviewKinds {
		if n := totals[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", kind, n))
		}
	}
	fmt.Fprintf(env.Stdout, "%d shown. Waiting in all: %s.\n", len(list), strings.Join(parts, ", "))
	return nil
}

// ReviewShowCmd prints what a decision is about.
type ReviewShowCmd struct {
	ID int64 `arg:"" help:"Number of the item."`
}

// Run prints it.
func (c *ReviewShowCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	item, says, err := s.Item(env.Ctx, c.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "%d %s (%s)\n%s\n", item.ID, item.Kind, item.State, item.Detail)
	if item.Decision != "" {
		fmt.Fprintln(env.Stdout, "decided by", item.Decision)
	}
	if says == nil {
		return nil
	}
	fmt.Fprintln(env.Stdout, "The row says:")
	out := json.NewEncoder(env.Stdout)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(says)
}

// ReviewDecideCmd decides one item.
type ReviewDecideCmd struct {
	ID     int64  `arg:"" help:"Number of the item."`
	Answer string `arg:"" help:"place: a unit id or none. carry_over: merge or separate. missing_from_newer_edition: withdraw or keep. on_desk: noted, or another for another shutdown, which then counts. Others: noted."`
	Who    string `help:"Name or pseudonym for the history." default:"administrator"`
}

// Run decides.
func (c *ReviewDecideCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	if err := s.Decide(env.Ctx, c.ID, c.Who, c.Answer); err != nil {
		return err
	}
	ref, err := s.CountedAs(env.Ctx, c.ID)
	if err != nil {
		return err
	}
	if ref != "" {
		fmt.Fprintf(env.Stdout, "Item %d is decided: the row counts as %s.\n", c.ID, ref)
		return nil
	}
	fmt.Fprintf(env.Stdout, "Item %d is decided.\n", c.ID)
	return nil
}

// ReviewReopenCmd takes an answer back.
type ReviewReopenCmd struct {
	ID  int64  `arg:"" help:"Number of the item."`
	Who string `help:"Name or pseudonym for the history." default:"administrator"`
}

// Run asks again.
func (c *ReviewReopenCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	if err := s.Reopen(env.Ctx, c.ID, c.Who); err != nil {
		return err
	}
	fmt.Fprintln(env.Stdout, "It is asked again.")
	return nil
}
