package app

import (
	"fmt"
	"io"

	"keepiton/internal/incident"
	"keepiton/internal/stop"
)

// ExportStarterCmd writes the starter register.
type ExportStarterCmd struct {
	AsOf   string `help:"The date the facts were taken on." required:"" placeholder:"YYYY-MM-DD"`
	Output string `short:"o" help:"File to write." required:"" placeholder:"FILE"`
}

// Run writes it.
func (c *ExportStarterCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	rows := 0
	err = writeFile(c.Output, env.Stdout, func(w io.Writer) error {
		rows, err = stop.WriteStarter(env.Ctx, s, c.AsOf, w)
		return err
	})
	if err == nil {
		fmt.Fprintf(env.Stderr, "%d count entries written to %s\n", rows, c.Output)
	}
	return err
}

// loadStarter fills an empty record with the starter register. It asks first,
// so that a server on a filled one waits for nobody who writes, and the import
// asks again: somebody else may have begun the record meanwhile.
func loadStarter(env *Env, s *incident.Service) error {
	empty, err := s.Empty(env.Ctx)
	if err != nil || !empty {
		return err
	}
	ed, err := stop.Starter()
	if err != nil {
		return err
	}
	acc, err := s.Import(env.Ctx, []incident.SheetEdition{*ed}, incident.ImportOptions{OnlyIfEmpty: true})
	if err != nil {
		return fmt.Errorf("loading the starter register: %w", err)
	}
	if len(acc) == 0 {
		return nil
	}
	env.Log.Info("the starter register is loaded", "entries", len(acc[0].Rows), "as_of", ed.AsOf)
	return nil
}
