package site

import (
	"context"

	"keepiton/internal/incident"
)

// changed lists the newest corrections of the record.
func (s *Site) changed(ctx context.Context, v voice, n int) ([]newsLine, error) {
	list, err := s.d.Record.RecentChanges(ctx, 4*n) // of what was taken back one step is told
	if err != nil {
		return nil, err
	}
	var refs []string
	for _, c := range list {
		refs = append(refs, c.Ref)
	}
	public, err := s.d.Record.NewestOf(ctx, refs)
	var out []newsLine
	gone := map[string]bool{}
	for _, c := range list {
		if len(out) == n {
			break
		}
		if _, there := public[c.Ref]; !there && c.Batch <= 1 {
			if gone[c.Ref] || !c.Withdraws() {
				continue
			}
			gone[c.Ref] = true
		}
		line := newsLine{Date: v.instant(int64(c.At)), Name: c.Ref}
		_, there := public[c.Ref]
		switch {
		case c.Batch > 1:
			line.Name, line.Href = v.T("site.corrections.batch", "n", c.Batch), "/corrections"
			line.Text = v.T("site.home.corrected", "fields", v.List(v.FieldNames(c.Diff)))
		case there && (c.Kind() == incident.ChangeDisputed || c.Kind() == incident.ChangeSettled):
			line.Href, line.Text = incidentPath(c.Ref, ""), v.ChangeText(c.Change)
		case there:
			line.Href = incidentPath(c.Ref, "")
			line.Text = v.T("site.home.corrected", "fields", v.List(v.FieldNames(c.Diff)))
		case c.Ends():
			line.Text = v.ChangeText(c.Change)
		default:
			line.Text = v.T("site.corrections.withdrawn")
		}
		out = append(out, line)
	}
	return out, err
}
