package app

import (
	"fmt"
	"text/tabwriter"

	"keepiton/internal/incident"
)

// WithholdCmd withholds a passage.
type WithholdCmd struct {
	Passage string `arg:"" help:"The words to withhold, such as a name. Capitals and line breaks do not matter."`
	Reason  string `help:"Why. It is public, so it must not name whom it protects."`
	Who     string `help:"Name or pseudonym of who decided; it stays inside." default:"administrator"`
	DryRun  bool   `help:"Only show where the passage stands."`
}

// Run shows where the passage stands, and withholds it.
func (c *WithholdCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	if c.DryRun {
		found, err := s.FindPassage(env.Ctx, c.Passage)
		if err != nil {
			return err
		}
		env.printFound(found)
		fmt.Fprintf(env.Stdout, "It would be withheld in %s. Nothing was changed.\n", incidents(len(found)))
		return nil
	}
	found, err := s.Withhold(env.Ctx, c.Passage, c.Who, c.Reason)
	if err != nil {
		return err
	}
	env.printFound(found)
	fmt.Fprintf(env.Stdout, "It is withheld in %s from now on. Copies that others took before are out of reach.\n", incidents(len(found)))
	return nil
}

func incidents(n int) string {
	if n == 1 {
		return "1 incident"
	}
	return fmt.Sprint(n, " incidents")
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
}

// Run lifts it.
func (c *ShowAgainCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	if err := s.ShowAgain(env.Ctx, c.ID, c.Who, c.Reason); err != nil {
		return err
	}
	fmt.Fprintln(env.Stdout, "The passage is shown again wherever it stands.")
	return nil
}
