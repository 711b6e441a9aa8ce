package app

import (
	"encoding/json"
	"fmt"
	"sort"
)

// CompareCmd explains a restatement.
type CompareCmd struct {
	Before string `arg:"" help:"Label of the earlier edition."`
	After  string `arg:"" optional:"" help:"Label of the later edition; without it the record."`
	Year   int    `help:"Count year." required:"" placeholder:"YEAR"`
	JSON   bool   `name:"json" help:"As JSON."`
}

// Run prints the rows that came, went and changed.
func (c *CompareCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	before, err := s.EditionByLabel(env.Ctx, c.Before)
	if err != nil {
		return err
	}
	after, err := s.EditionByLabel(env.Ctx, c.After)
	if err != nil {
		return err
	}
	x, err := s.Compare(env.Ctx, before, after, c.Year)
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(env.Stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		return enc.Encode(x)
	}
	fmt.Fprintf(env.Stdout, "%d: %s has %d shutdowns in %d countries, %s has %d in %d\n", x.Year, x.Before, x.Counts[0], x.Areas[0], x.After, x.Counts[1], x.Areas[1])
	var recoded []string
	for k, n := range x.Recoded {
		recoded = append(recoded, fmt.Sprintf("%4d  %s", n, k))
	}
	sort.Sort(sort.Reverse(sort.StringSlice(recoded)))
	for _, line := range recoded {
		fmt.Fprintln(env.Stdout, "cause recoded", line)
	}
	for _, r := range x.Rows {
		fmt.Fprintf(env.Stdout, "%-8s %-10s %s\n", r.Kind, r.Ref, r.Title)
		if r.With != "" {
			fmt.Fprintf(env.Stdout, "           %s and %s were joined: they are one incident\n", r.Ref, r.With)
		}
		for _, f := range r.Diff {
			fmt.Fprintf(env.Stdout, "           %s: %s -> %s\n", f.Field, quoted(f.Old), quoted(f.New))
		}
	}
	return nil
}
