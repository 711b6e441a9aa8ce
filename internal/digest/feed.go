package digest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/page"
)

// feed answers whoever has the secret address of somebody's feed, in the language
// of the address.
func (w *Web) feed(v *desk.Visit) error {
	secret, ok := strings.CutSuffix(v.R.PathValue("file"), ".atom")
	if !ok {
		secret = "" // nobody's: it takes the same steps
	}
	who, err := w.reader(v.R.Context(), secret)
	if err != nil {
		return err
	}
	list, err := w.s.For(v.R.Context(), who)
	if err != nil {
		return err
	}
	raw, err := xml.Marshal(atomOf(v, list, time.Now()))
	if err != nil {
		return fmt.Errorf("digest.feed: %w", err)
	}
	return v.Send(page.File{Type: "application/atom+xml; charset=utf-8", Data: append([]byte(xml.Header), raw...)})
}

// program is who writes the feed.
const program = "keepiton"

// The form of RFC 4287, without a link to itself: the address is a secret.
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string      `xml:"xml:lang,attr"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  string      `xml:"author>name"`
		Link    atomLink    `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	atomEntry struct {
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Link    atomLink `xml:"link"`
		Summary string   `xml:"summary"`
	}
)

// atomOf writes each kind as an entry. What waits has another number or other
// references: it is another entry then, so that a reader shows it as new.
func atomOf(v *desk.Visit, list []Waits, now time.Time) atomFeed {
	home := v.Address(Path)
	link := func(part string) atomLink { return atomLink{"alternate", "text/html", home + part} }
	out := atomFeed{Lang: v.Words.Lang.Tag, ID: home, Title: v.Words.T("digest.title"), Author: program, Link: link("")}
	newest := now.Truncate(24 * time.Hour) // of a feed in which nothing waits
	for i, k := range list {
		since, part := int64(0), partOf(v.Words, k)
		var lines []string
		for j, it := range k.First {
			since = max(since, it.Since)
			lines = append(lines, strings.TrimSpace(it.Ref+" "+part.Lines[j].Due))
		}
		if part.Rest != "" {
			lines = append(lines, part.Rest)
		}
		at := time.UnixMicro(since).Truncate(time.Hour) // when exactly somebody did something is told nowhere
		if i == 0 || at.After(newest) {
			newest = at
		}
		sum := sha256.Sum256(fmt.Append(nil, k.Count, k.First))
		out.Entries = append(out.Entries, atomEntry{ID: home + "#" + k.Kind + "-" + hex.EncodeToString(sum[:8]), Title: part.Says,
			Updated: stamp(at), Link: link("#" + k.Kind), Summary: strings.Join(lines, "\n")})
	}
	out.Updated = stamp(newest)
	return out
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
