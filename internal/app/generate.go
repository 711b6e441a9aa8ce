package app

import (
	"fmt"
	"time"

	"keepiton/internal/stop"
)

// GenerateCmd fills an empty database with an invented register.
type GenerateCmd struct {
	Incidents int    `help:"How many incidents." default:"1000000"`
	Seed      uint64 `help:"The same seed gives the same register." default:"1"`
}

// Run generates.
func (c *GenerateCmd) Run(env *Env) error {
	d, s, err := env.open()
	if err != nil {
		return err
	}
	defer d.Close()
	syn, err := stop.NewSynthetic(c.Seed, max(1, c.Incidents))
	if err != nil {
		return err
	}
	start := time.Now()
	bar := newBar(env.Stderr, "inventing incidents")
	err = s.Fill(env.Ctx, c.Incidents, syn.Next, bar.set)
	bar.done()
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "%d invented incidents in %.1f s. This register is for load tests; nothing in it happened.\n", c.Incidents, time.Since(start).Seconds())
	return nil
}
