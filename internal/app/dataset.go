package app

import (
	"fmt"

	"keepiton/internal/publish/dataset"
)

// ExportDatasetCmd writes the dataset.
type ExportDatasetCmd struct {
	Output  string `short:"o" help:"Directory to write." required:"" placeholder:"DIR"`
	Edition string `help:"An imported sheet or a release, by its label; without it the record." placeholder:"LABEL"`
	Raw     bool   `help:"Leave cells alone that a spreadsheet would run as a formula."`
}

// Run writes all files.
func (c *ExportDatasetCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	ed, err := s.EditionByLabel(env.Ctx, c.Edition)
	if err != nil {
		return err
	}
	files, err := dataset.Write(env.Ctx, s, dataset.Options{Edition: ed, Dir: c.Output, Raw: c.Raw, Version: version()})
	if err != nil {
		return err
	}
	for _, f := range files {
		fmt.Fprintf(env.Stdout, "%10d  %s\n", f.Bytes, f.Name)
	}
	return nil
}
