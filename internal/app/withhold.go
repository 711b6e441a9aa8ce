package app

import (
	"fmt"
	"text/tabwriter"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
)

// WithholdCmd withholds a passage.
type WithholdCmd struct {
	Passage string `arg:"" help:"The words to withhold, such as a name. Capitals, accents and blanks do not matter; one that ends in * is the beginning of a word."`
	Reason  string `help:"Why. It is public, so it must not name whom it protects."`
	Who     string `help:"Name or pseudonym of who decided; it stays inside." default:"administrator"`
	DryRun  bool   `help:"Only show where the passage stands."`
	Anyway  bool   `help:"Withhold it even when it stands nowhere yet: it may come with the next sheet."`
	Most    int    `help:"Refuse a passage that stands in more places than this: it may be a common word." default:"20"`
}

// Run shows where the passage stands, and withholds it.
func (c *WithholdCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	told, err := env.toldOfEvidence(d, s, c.Passage)
	if err != nil {
		return err
	}
	if c.DryRun {
		found, err := s.FindPassage(env.Ctx, c.Passage)
		if err != nil {
			return err
		}
		env.printFound(found)
		fmt.Fprint(env.Stdout, told)
		fmt.Fprintf(env.Stdout, "It would be withheld in %s Nothing was changed.\n", places(found))
		return nil
	}
	found, err := s.Withhold(env.Ctx, incident.Withholding{Passage: c.Passage, Who: c.Who, Reason: c.Reason, Most: c.Most, Anyway: c.Anyway || told != ""})
	if err != nil {
		return err
	}
	env.printFound(found)
	fmt.Fprint(env.Stdout, told)
	fmt.Fprintf(env.Stdout, "From now on it is withheld in %s Copies that others took before are out of reach.\n", places(found))
	return nil
}

// toldOfEvidence names the published items of evidence of which packs tell a passage,
// a line for each; "" for none.
func (env *Env) toldOfEvidence(d *db.DB, s *incident.Service, passage string) (string, error) {
	w, err := env.casework(d, s, ledger.New(d, nil))
	if err != nil {
		return "", err
	}
	published, err := w.cases.PublishedItems(env.Ctx)
	if err != nil {
		return "", err
	}
	list, err := w.items.Telling(env.Ctx, published, passage)
	lines := ""
	for _, it := range list {
		lines += fmt.Sprintf("%s  of %s: packs tell it\n", it.Ref, it.CaseRef)
	}
	return lines, err
}

// places counts the incidents, and names the editions whose label has to be
// changed by hand.
func places(found []incident.Found) string {
	n, labels := 0, ""
	for _, f := range found {
		if f.Edition {
			labels += fmt.Sprintf(" It stands in the label of “%s” or beside it, which is not masked; keepiton release rename changes a label.", f.Ref)
			continue
		}
		n++
	}
	return counted(n, "incident") + "." + labels
}

func (env *Env) printFound(found []incident.Found) {
	for _, f := range found {
		fmt.Fprintf(env.Stdout, "%s  %s\n", f.Ref, f.Around)
	}
}

// WithheldCmd lists what is withheld.
type WithheldCmd struct{}

// Run prints the list.
func (c *WithheldCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	list, err := s.Withheld(env.Ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(env.Stdout, "Nothing is withheld.")
		return nil
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 4, 2, ' ', 0)
	for _, p := range list {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", p.ID, p.At.Time().Format("2006-01-02"), p.Who, p.Text, p.Reason)
	}
	return w.Flush()
}

// ShowAgainCmd lifts what was withheld.
type ShowAgainCmd struct {
	ID     int64  `arg:"" help:"The number the list of what is withheld gives."`
	Reason string `help:"Why, for the history." required:""`
	Who    string `help:"Name or pseudonym for the history." default:"administrator"`
	Anyway bool   `help:"Show it although people work at the desk, when they agreed. The ledger says that it was done."`
}

// Run lifts it.
func (c *ShowAgainCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	if !c.Anyway {
		if err := env.askDesk(d, "nobody shows alone what was withheld to protect somebody: ask the editors first, then repeat this with --anyway"); err != nil {
			return err
		}
	}
	if err := s.ShowAgain(env.Ctx, c.ID, c.Who, c.Reason); err != nil {
		return err
	}
	fmt.Fprintln(env.Stdout, "The passage is shown again wherever it stands.")
	return nil
}
