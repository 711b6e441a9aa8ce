package app

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"keepiton/internal/verify/likeness"
)

// DeskCmd groups the commands about the work on incidents.
type DeskCmd struct {
	Replay DeskReplayCmd `cmd:"" help:"Measure how well the incident a lead belongs to is found, on leads made from a past year."`
}

// DeskReplayCmd measures the suggestions.
type DeskReplayCmd struct {
	Year   int    `help:"Count year to make leads of." required:"" placeholder:"YEAR"`
	Seeds  int    `help:"How many times, each with other leads." default:"3"`
	Level  string `help:"Only leads of this level: full, usual, as found, scant, country and day." placeholder:"LEVEL"`
	Misses bool   `help:"Show the ten worst misses of the usual leads, in words."`
}

// Run replays the year and prints what came of it.
func (c *DeskReplayCmd) Run(env *Env) error {
	d, s, err := env.existing()
	if err != nil {
		return err
	}
	defer d.Close()
	levels := slices.DeleteFunc(slices.Clone(likeness.Levels), func(l likeness.Level) bool { return c.Level != "" && l.Name != c.Level })
	if len(levels) == 0 {
		return fmt.Errorf("there is no level %q", c.Level)
	}
	fmt.Fprintf(env.Stdout, "Leads made from the incidents of %d, looked up in the whole record.\nThe right incident came\n", c.Year)
	var missed []likeness.Miss
	for _, level := range levels {
		fmt.Fprintf(env.Stdout, "\nleads: %s\n", level.Name)
		for seed := range uint64(c.Seeds) {
			r, err := likeness.Replay(env.Ctx, s, c.Year, level, seed+1)
			if err != nil {
				return err
			}
			share := func(n int) string { return fmt.Sprintf("%d (%.1f %%)", n, 100*float64(n)/float64(r.Leads)) }
			fmt.Fprintf(env.Stdout, "  seed %d: of %d leads first %s, among the first three %s, among the first ten %s\n",
				r.Seed, r.Leads, share(r.First), share(r.Three), share(r.Ten))
			if level.Name == "usual" || c.Level != "" {
				missed = append(missed, r.Misses...)
			}
		}
	}
	if c.Misses {
		c.tell(env.Stdout, missed)
	}
	return nil
}

// tell says the ten worst misses.
func (c *DeskReplayCmd) tell(w io.Writer, missed []likeness.Miss) {
	down := func(m likeness.Miss) int { // not found at all is the worst
		if m.Place == 0 {
			return 1 << 20
		}
		return m.Place
	}
	slices.SortStableFunc(missed, func(a, b likeness.Miss) int { return cmp.Compare(down(b), down(a)) })
	for _, m := range missed[:min(10, len(missed))] {
		place := "not found"
		if m.Place > 0 {
			place = fmt.Sprintf("number %d", m.Place)
		}
		fmt.Fprintf(w, "\n%s, %s, for the lead: %s\n", m.Ref, place, m.Lead)
		for i, f := range m.Best {
			fmt.Fprintf(w, "  %d. %s (%.1f) %s, %.60s:", i+1, f.Ref, f.Score, f.Row.Facts.Period.Start, f.Row.Facts.Measure.Area)
			for _, r := range f.Reasons {
				fmt.Fprintf(w, " %s %+.1f", r.Key, r.Points)
			}
			fmt.Fprintln(w)
		}
	}
}
