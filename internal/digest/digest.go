// Package digest tells somebody at work what waits for them: on a page behind the
// door, and in a feed with a secret address.
//
// It knows no room. Each room answers for one kind, and the wiring hands those
// [Source]s over. What is told is a number and a few references, never a title, a
// name, a country or a word of what anybody wrote, because a feed ends in programs
// and with services that are not ours.
package digest

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/embedded"
)

// The kinds of what waits, as they are called in texts and feeds.
const (
	Due       = "due"       // cases they hold and should have looked at
	Sign      = "sign"      // cases that wait for a signature they can give
	Handed    = "handed"    // cases somebody handed to them
	Publish   = "publish"   // cases two organisations signed, for who may publish them
	Shaky     = "shaky"     // public cases that lack evidence or signatures, for who can see to it
	Calls     = "calls"     // comments that call them
	Consent   = "consent"   // items that need a second person of their organisation
	Releases  = "releases"  // releases they can sign
	Cut       = "cut"       // releases two organisations signed, for who may cut them
	Recodings = "recodings" // lists of incidents to be coded anew that they can sign
	Disputes  = "disputes"  // disputes nobody has answered
	Upheld    = "upheld"    // disputes that were upheld, about incidents nobody has corrected
	Sheets    = "sheets"    // cases about which a sheet says something else, for who may answer
	Gone      = "gone"      // cases of theirs that are not public any more
)

// Source answers for one kind what waits for somebody. It narrows by what they may
// see now, and is asked for each page of the desk: it has to be quick.
type Source struct {
	Kind string
	Ask  func(ctx context.Context, a desk.Actor) (desk.Waiting, error)
}

// Waits is what of one kind waits.
type Waits struct {
	Kind string
	desk.Waiting
}

// Service asks all sources. It is safe for concurrent use.
type Service struct{ sources []Source }

// New makes it; what waits is told in the order of the sources.
func New(sources ...Source) *Service { return &Service{sources} }

// For is what waits for somebody, without the kinds of which nothing does.
func (s *Service) For(ctx context.Context, a desk.Actor) ([]Waits, error) {
	var out []Waits
	for _, src := range s.sources {
		w, err := src.Ask(ctx, a)
		if err != nil {
			return nil, fmt.Errorf("digest of %s: %w", src.Kind, err)
		}
		if w.Count > 0 {
			out = append(out, Waits{src.Kind, w})
		}
	}
	return out, nil
}

// found is where a request keeps what waits for the person who asks.
type found struct{}

// with is a request's context that knows what waits: a page of what waits and the
// number beside its link say the same, and the sources are asked once.
func with(ctx context.Context, list []Waits) context.Context {
	return context.WithValue(ctx, found{}, list)
}

// Count is how much waits for somebody in all.
func (s *Service) Count(ctx context.Context, a desk.Actor) (n int, err error) {
	list, known := ctx.Value(found{}).([]Waits)
	if !known {
		list, err = s.For(ctx, a)
	}
	for _, w := range list {
		n += w.Count
	}
	return n, err
}

//go:embed texts/*.json views/*.html
var files embed.FS

// Texts is the catalogue of this room.
func Texts() fs.FS { return embedded.Dir(files, "texts") }

// Views are its templates.
func Views() fs.FS { return embedded.Dir(files, "views") }
