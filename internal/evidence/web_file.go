package evidence

import (
	"cmp"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/page"
)

func (w *Web) add(v *desk.Visit) error { return w.addForm(v, nil) }

func (w *Web) addForm(v *desk.Visit, f *failed) error {
	c, err := w.s.cases.Case(v.R.Context(), v.Actor, v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	if err := v.Must(desk.Contributor, c.Country); err != nil {
		return err
	}
	blank := Draft{Precision: Country, Audience: Confidential}
	blank.defaults()
	d, err := w.form(v, blank, c.Country, f)
	if err != nil {
		return err
	}
	d.Title, d.Back, d.Action, d.Upload = v.Words.T("evidence.new.title"), casePath(c.Ref), casePath(c.Ref, "evidence", "new"), true
	d.FileError, d.Button = f.error("file"), v.Words.T("evidence.new.button")
	d.Origin = builder{v.Words, f}.provenance("unknown").Choice
	d.Mark = cmp.Or(f.value("mark", ""), rand.Text())
	up, found, err := w.s.uploadOf(v.R.Context(), v.Actor, d.Mark)
	if err != nil {
		return err
	}
	if found {
		d.Kept = v.Words.T("evidence.page.file_kept", "name", v.Words.Isolate(up.Name))
	}
	return send(v, page.Page{Title: d.Title, Body: "evidence.form", Data: d}, f)
}

// sent is a form for a new item as it came.
type sent struct {
	said  url.Values
	file  *upload       // nil when none was chosen
	wrong []fault.Field // with the file
}

// file takes a new item. The form comes part by part, and a file goes from the
// line to the disk without being held. All that is wrong is said at once, and a
// file that came is not asked for again.
func (w *Web) file(v *desk.Visit) error {
	_ = http.NewResponseController(v.W).SetReadDeadline(time.Now().Add(uploadTime)) // where it cannot be set the server's own holds
	ctx, ref := v.R.Context(), v.R.PathValue("ref")
	c, err := w.s.cases.Case(ctx, v.Actor, ref)
	if err != nil {
		return err
	}
	if err := v.Must(desk.Contributor, c.Country); err != nil { // before anything is stored
		return err
	}
	in, err := w.receive(v)
	if err != nil {
		return err
	}
	it, err := w.fileSent(v, ref, &in)
	if err != nil {
		if f := again(v, in.said, err); f != nil {
			if mark := in.said.Get("mark"); in.file != nil && mark != "" {
				if err := w.s.keepUpload(ctx, v.Actor, mark, *in.file); err != nil {
					return err
				}
			}
			return w.addForm(v, f)
		}
		return err
	}
	if it.Kind != Link || it.CustodyN > 1 { // or it was filed before by this very form
		return v.Go(itemPath(it.Ref), "evidence_filed")
	}
	if _, err := w.s.Capture(ctx, v.Actor, it.Ref); err != nil {
		if fault.KindOf(err) == fault.Internal {
			return err
		}
		return v.Go(itemPath(it.Ref), "evidence_filed_not_captured") // the item stands; the page says why, and how to try again
	}
	return v.Go(itemPath(it.Ref), "evidence_captured")
}

// fileSent files what came, with the file that came before where none came now.
func (w *Web) fileSent(v *desk.Visit, ref string, in *sent) (Item, error) {
	ctx, mark := v.R.Context(), in.said.Get("mark")
	up := in.file
	if up == nil && mark != "" {
		before, found, err := w.s.uploadOf(ctx, v.Actor, mark)
		if err != nil {
			return Item{}, err
		}
		if found {
			up = &before
		}
	}
	draft, wrong := readDraft(in.said)
	from, bad := readProvenance(in.said)
	wrong = append(append(wrong, fault.Fields(bad)...), in.wrong...)
	if from.SameAs != "" {
		if _, err := opened(ctx, w.s.db.Reader(), v.Actor, from.SameAs); fault.KindOf(err) == fault.NotFound {
			wrong = append(wrong, fault.Field{Name: "same", Key: "evidence.unknown"})
		}
	}
	if draft.Kind == File && up == nil {
		wrong = append(wrong, fault.Field{Name: "file", Key: "evidence.need_file"})
	}
	if wrong = allWrong(draft, wrong); wrong != nil {
		return Item{}, fault.Mend(wrong...)
	}
	f := Filing{Draft: draft, Provenance: from, Organisation: number(in.said, "organisation"), Once: v.Once(in.said)}
	if up != nil { // also beside a page, an order or an account
		return w.s.addUpload(ctx, v.Actor, ref, f, *up)
	}
	return w.s.Add(ctx, v.Actor, ref, f)
}

// allWrong is all that has to be mended in a form, each field once and in the
// order of the form: what could not be read, and what the service would say.
func allWrong(d Draft, wrong []fault.Field) []fault.Field {
	if d.ReceivedAt == 0 {
		d.ReceivedPrecision = "minute" // it is now
	}
	for _, f := range fault.Fields(d.clean()) {
		if !slices.ContainsFunc(wrong, func(w fault.Field) bool { return w.Name == f.Name }) {
			wrong = append(wrong, f)
		}
	}
	place := func(f fault.Field) int {
		return slices.IndexFunc(formOrder, func(front string) bool { return strings.HasPrefix(f.Name, front) })
	}
	slices.SortStableFunc(wrong, func(a, b fault.Field) int { return place(a) - place(b) })
	return wrong
}

// formOrder is how the names of the form's fields begin, from its top to its end.
var formOrder = []string{"kind", "class", "title", "url", "says", "speaker", "lang", "source", "information", "observed", "received",
	"place_exact", "place_locality", "place_region", "audience", "precision", "embargo", "consent_", "organisation", "origin", "same", "file"}

// maxFields bounds the fields of the form, all together, in bytes.
const maxFields = 256 << 10

// receive reads the form to its end: fields may stand before the file and behind
// it. What is wrong with the file alone is told beside it.
func (w *Web) receive(v *desk.Visit) (in sent, err error) {
	if v.Parts == nil {
		return sent{said: v.Form()}, nil
	}
	in.said = url.Values{}
	left := int64(maxFields)
	for {
		part, err := v.Parts.NextPart()
		if errors.Is(err, io.EOF) {
			return in, nil
		}
		if err != nil {
			return in, partTrouble(err)
		}
		if part.FormName() != "file" {
			text, err := io.ReadAll(io.LimitReader(part, left+1))
			if left -= int64(len(text)); err != nil || left < 0 {
				return in, fault.Wrap(errors.Join(err, errTooMuch), fault.TooLarge, "")
			}
			in.said.Add(part.FormName(), desk.Clean(string(text)))
			continue
		}
		if part.FileName() == "" { // none was chosen
			continue
		}
		if in.file != nil {
			return in, fault.New(fault.Invalid, "evidence.one_file")
		}
		up, err := w.s.receive(v.R.Context(), part.FileName(), part)
		switch err = partTrouble(err); fault.KindOf(err) {
		case "":
			in.file = &up
		case fault.Invalid:
			in.wrong = append(in.wrong, fault.Fields(err)...)
		case fault.TooLarge:
			in.wrong = append(in.wrong, fault.Field{Name: "file", Key: "evidence.file_large", Args: []any{"most", maxFile >> 20}})
			return in, nil // the rest of it is not waited for
		default:
			return in, err
		}
	}
}

// partTrouble gives what went wrong on the line the words for whoever files.
func partTrouble(err error) error {
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large):
		return fault.Wrap(err, fault.TooLarge, "evidence.file_large", "most", maxFile>>20)
	case fault.KindOf(err) == fault.Internal:
		return fault.Wrap(err, fault.Invalid, "")
	}
	return err
}
