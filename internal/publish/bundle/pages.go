package bundle

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"slices"
	"strings"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/embedded"
	"keepiton/internal/publish"
	"keepiton/internal/publish/feed"
)

//go:embed texts/*.json views/*.html
var own embed.FS

// Texts are the words of this package, for i18n.Load.
func Texts() fs.FS { return embedded.Dir(own, "texts") }

// Pages are the two pages of a pack, and the document behind them.
type Pages struct {
	Speaker  publish.Speaker
	For      string // public or court
	Doc      Document
	Facts    *incident.Facts // as readers may read them
	Key      string          // of the ledger; "" when it is not at hand
	Entries  int64           // under the checkpoint
	Sealed   time.Time
	Proofs   []string // names of the files that prove something
	Opened   bool     // some of them come with what opens them
	Signed   bool     // it holds the facts in the form that was signed
	Unhashed bool     // the act of reading its sheet is not opened, because something of that is hidden
	Bytes    bool     // it opens seals of bytes in the custody
	Later    int      // acts that no checkpoint covers yet, so that nothing of them is proved
	Stamps   []Stamp
}

// Document is incident.json.
type Document struct {
	Incident   *feed.IncidentBody `json:"incident"`
	Urgent     *Urgent            `json:"urgent,omitempty"`
	Unsigned   string             `json:"unsigned,omitempty"` // what it is without the signatures of two organisations: urgent, sheet, or desk where they were taken back
	Claims     []Claim            `json:"claims"`
	Signatures []Signature        `json:"signatures"`
	Evidence   []Item             `json:"evidence"`
	Row        []Cell             `json:"row_as_read,omitempty"`
	Weaker     bool               `json:"weaker,omitempty"` // a source fell away since it was signed, and what is left proves less
}

// Urgent says of what is public without the signatures of two organisations why that
// is so, for how long, and what it counts.
type Urgent struct {
	Until   incident.Instant `json:"until"`                     // it is taken back then unless two sign, and what they signed is published
	Reason  string           `json:"reason,omitempty"`          // in the words of who published it
	Signed  int              `json:"organisations_that_signed"` // what shall stand in its place
	Counted bool             `json:"counted"`                   // never: it stands in no figure
}

// Step is none, one or two: how many organisations have signed, as a word.
func (u *Urgent) Step() string { return [3]string{"none", "one", "two"}[min(u.Signed, 2)] }

// Claim is one statement about the incident, with what stands behind it.
type Claim struct {
	Key      string             `json:"claim"`
	Stated   []publish.Stated   `json:"-"`
	Value    []feed.FieldChange `json:"value"`          // new is what stands
	Rung     string             `json:"rung,omitempty"` // what its evidence reaches, as the public page tells it: corroborated, reported or signal
	Grade    string             `json:"grade,omitempty"`
	Graded   string             `json:"graded_at,omitempty"`
	Evidence []Support          `json:"evidence"`
	Dissent  []Dissent          `json:"dissent"`
}

// Support is what an item does for a claim: for, against or silent.
type Support struct {
	Item string `json:"item"`
	Side string `json:"side"`
}

// Dissent says that an organisation disagreed. Its words stay at the desk, where
// they were written for colleagues.
type Dissent struct {
	Organisation string `json:"organisation"`
	At           string `json:"at"`
	Settled      string `json:"settled_at,omitempty"`
}

// Signature is one of those without which the incident is not public.
type Signature struct {
	Organisation string `json:"organisation"`
	At           string `json:"at"`
	Told         string `json:"signed"` // the seal of signed.json, which signed.salt opens
}

// Item is a piece of evidence in the list of all of them, with what may go out of it.
type Item struct {
	Ref      string `json:"item"`
	Class    string `json:"class"`
	Title    string `json:"title,omitempty"`
	Speaker  string `json:"speaker,omitempty"`
	Says     string `json:"says,omitempty"`
	Lang     string `json:"lang,omitempty"`
	Observed string `json:"observed,omitempty"` // 2026, 2026-01, 2026-01-08, 2026-01-08T15Z or 2026-01-08T15:04Z
	Place    string `json:"place,omitempty"`
	URL      string `json:"url,omitempty"`
	Content  bool   `json:"content"` // false: that it exists is all that may be told
	Files    int    `json:"files"`
	Dir      string `json:"directory,omitempty"`
}

// Cell is a cell of the sheet's row, word for word.
type Cell struct {
	Column   string `json:"column"`
	Text     string `json:"text"`
	Withheld bool   `json:"withheld,omitempty"` // not public: it may name a source
}

// Stamp is a time stamp of the checkpoint.
type Stamp struct {
	Authority string
	At        time.Time
	File      string
	Roots     string // the file with the certificates to check it by, "" when we have none
}

// Title is the incident in a sentence.
func (p *Pages) Title() string { return p.Doc.Incident.Title }

// Rungs tells whether the evidence of any claim reaches a rung.
func (p *Pages) Rungs() bool {
	return slices.ContainsFunc(p.Doc.Claims, func(c Claim) bool { return c.Rung != "" })
}

// Shown is an item that speaks for or against a claim.
type Shown struct {
	Item
	Side string
}

// Shown is what may be told of the items that speak for or against a claim.
func (p *Pages) Shown(c Claim) []Shown {
	var out []Shown
	for _, s := range c.Evidence {
		if i := slices.IndexFunc(p.Doc.Evidence, func(it Item) bool { return it.Ref == s.Item }); i >= 0 {
			out = append(out, Shown{p.Doc.Evidence[i], s.Side})
		}
	}
	return out
}

// Seen is when an item was observed, in words and no more exactly than it is told.
func (p *Pages) Seen(observed string) string {
	day, clock, timed := strings.Cut(strings.TrimSuffix(observed, "Z"), "T")
	if !timed {
		return p.Speaker.X.Date(day)
	}
	if !strings.Contains(clock, ":") { // the hour alone
		clock += ":00–" + clock + ":59"
	}
	return p.Speaker.X.Date(day) + ", " + p.Speaker.X.Isolate(clock+" UTC")
}

// Custody tells whether the pack holds the custody of an item.
func (p *Pages) Custody() bool {
	for _, it := range p.Doc.Evidence {
		if it.Content {
			return true
		}
	}
	return false
}

// History says what changed since it was first published, the newest first.
func (p *Pages) History() []Step {
	var out []Step
	for _, h := range p.Doc.Incident.History {
		x := Step{At: h.At}
		if h.Reason != "" {
			x.Why = p.Speaker.X.T("publish.change."+h.Kind, "reason", p.Speaker.Reason(h.Reason))
		}
		for _, c := range h.Changed {
			x.Diff = append(x.Diff, incident.FieldDiff{Field: c.Field, Old: c.Old, New: c.New})
		}
		x.Changed = p.Speaker.Changes(x.Diff)
		out = append(out, x)
	}
	return out
}

// Step is a step of the history.
type Step struct {
	At      time.Time
	Why     string // of which kind it was, and why
	Diff    []incident.FieldDiff
	Changed []string
}

// Instant is an instant as the pages say it.
func (p *Pages) Instant(t time.Time) string {
	return p.Speaker.X.Date(t.UTC().Format("2006-01-02")) + ", " + p.Speaker.X.Isolate(t.UTC().Format("15:04")+" UTC")
}

// Day is the day of an instant in the form of RFC 3339.
func (p *Pages) Day(at string) string { return p.Speaker.X.Date(at[:min(len(at), len("2006-01-02"))]) }

// Files renders the pages and the document.
func (p *Pages) Files() ([]File, error) {
	doc, err := JSON("incident.json", p.Doc)
	if err != nil {
		return nil, err
	}
	out := []File{doc}
	views, err := template.New("").Funcs(template.FuncMap{"T": p.Speaker.X.T, "N": p.Speaker.X.N}).ParseFS(own, "views/*.html")
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	for file, view := range map[string]string{"README.html": "readme.html", "incident.html": "incident.html"} {
		var b bytes.Buffer
		if err := views.ExecuteTemplate(&b, view, p); err != nil {
			return nil, fmt.Errorf("bundle: %s: %w", file, err)
		}
		out = append(out, Text(file, b.Bytes()))
	}
	return out, nil
}
