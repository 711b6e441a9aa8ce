package evidence

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
)

// gridPicture is a picture, small and grey, under lines that are numbered in the
// pixels of the whole one, so that who looks can say where something is. It is
// drawn by the browser alone.
type gridPicture struct {
	Src, Label    string
	Width, Height int
	Across, Down  []int // where lines stand
	Letter, Line  int   // how large letters are and how thick lines
	Boxes         []Box // what would be blacked out
}

// lines is about how many lines a grid has on its longer side.
const lines = 8

func newGrid(f StoredFile, src, label string, boxes []Box) *gridPicture {
	longer := max(f.Width, f.Height)
	g := &gridPicture{Src: src, Label: label, Width: f.Width, Height: f.Height, Letter: max(1, longer/28), Line: max(1, longer/400), Boxes: boxes}
	step := roundStep(longer / lines)
	for at := step; at < longer; at += step {
		if at < f.Width {
			g.Across = append(g.Across, at)
		}
		if at < f.Height {
			g.Down = append(g.Down, at)
		}
	}
	return g
}

// roundStep is the next number from n on that one counts by: 1, 2 or 5 and zeroes.
func roundStep(n int) int {
	for ten := 1; ; ten *= 10 {
		for _, first := range []int{1, 2, 5} {
			if first*ten >= n {
				return first * ten
			}
		}
	}
}

// pictureOf is the picture of an item that is to be drawn anew: the one named, or
// else the newest.
func (w *Web) pictureOf(ctx context.Context, it Item, digest string) (StoredFile, error) {
	list, err := filesOf(ctx, w.s.db.Reader(), it.ID)
	if err != nil {
		return StoredFile{}, err
	}
	list = slices.DeleteFunc(list, func(f StoredFile) bool { return digest != "" && f.Digest != digest })
	if len(list) == 0 {
		return StoredFile{}, errUnknown()
	}
	list = slices.DeleteFunc(list, func(f StoredFile) bool { return f.Width == 0 })
	if len(list) == 0 {
		return StoredFile{}, fault.New(fault.Invalid, "evidence.no_picture")
	}
	return list[len(list)-1], nil
}

// boxes reads what is to be blacked out of a picture.
func boxesIn(f StoredFile, said url.Values) (boxes []Box, err error) {
	boxes, ok := readBoxes(said.Get("boxes"), Reason(said.Get("why")))
	for _, b := range boxes {
		ok = ok && b.W > 0 && b.H > 0 && b.X+b.W <= f.Width && b.Y+b.H <= f.Height
	}
	if !ok {
		return nil, fault.Mend(fault.Field{Name: "boxes", Key: "evidence.bad_box"})
	}
	return boxes, nil
}

func sureOfBoxes(f StoredFile, boxes []Box) string { return hashText(fmt.Sprint(f.Digest, boxes)) }

// doPicture makes a picture anew, with boxes burned in: one to a line, as four
// numbers.
func (w *Web) doPicture(v *desk.Visit, it Item) (shown bool, err error) {
	f, err := w.pictureOf(v.R.Context(), it, v.Value("digest"))
	if err != nil {
		return false, err
	}
	boxes, err := boxesIn(f, v.Form())
	if err != nil || v.Value("sure") != sureOfBoxes(f, boxes) {
		return false, err
	}
	_, err = w.s.RedactPicture(v.R.Context(), v.Actor, it.Ref, f.Digest, boxes)
	return true, err
}

func (w *Web) fillPicture(ctx context.Context, a *actForm) error {
	f, err := w.pictureOf(ctx, a.it, a.f.value("digest", a.v.Query("file")))
	if err != nil {
		return err
	}
	var boxes []Box
	if a.f != nil {
		if boxes, err = boxesIn(f, a.f.said); err == nil {
			a.d.Do, a.d.Sure = a.b.x.T("evidence.do_button.picture"), sureOfBoxes(f, boxes)
		}
	}
	size := a.b.x.T("evidence.page.pixels", "width", f.Width, "height", f.Height)
	a.d.Picture = newGrid(f, itemPath(a.it.Ref, "preview", f.Digest), size, boxes)
	a.d.Hidden["digest"] = f.Digest
	a.d.Controls = []control{a.b.box("boxes", "", 2000), a.b.list("why", string(ReasonPerson), "why", keys(Reasons()), "")}
	return nil
}
