package app

import (
	"embed"
	"io/fs"
	"log"
	"log/slog"
	"net/http"
	"sync"

	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
	"keepiton/internal/publish/atlas"
	"keepiton/internal/publish/bundle"
	"keepiton/internal/publish/feed"
	"keepiton/internal/publish/logbook"
	"keepiton/internal/publish/site"
	"keepiton/internal/verify/likeness"
)

//go:embed texts/*.json
var ownTexts embed.FS

// room gathers what the rooms of the public site bring.
type room struct {
	texts  []fs.FS
	views  []fs.FS
	routes func(d publish.Deps, mux *http.ServeMux) error
}

// rooms lists the rooms of the public site, once, with the words and views of
// those behind the door.
func rooms() room {
	out := room{
		texts: []fs.FS{page.Texts(), publish.Texts(), ownTexts, site.Texts(), atlas.Texts(), feed.Texts(), logbook.Texts(), bundle.Texts(), account.Texts(), desk.Texts(), likeness.Texts()},
		views: []fs.FS{site.Views(), atlas.Views(), feed.Views(), logbook.Views(), desk.Views()},
		routes: func(d publish.Deps, mux *http.ServeMux) error {
			site.New(d).Routes(mux)
			atlas.New(d).Routes(mux)
			f, err := feed.New(d)
			if err != nil {
				return err
			}
			f.Routes(mux)
			return nil
		},
	}
	for _, r := range deskRooms() {
		out.texts, out.views = append(out.texts, r.texts), append(out.views, r.views)
	}
	return out
}

// catalogue holds the texts of all rooms.
var catalogue = sync.OnceValues(func() (*i18n.Catalogue, error) { return i18n.Load(rooms().texts...) })

// quiet is the log of net/http without the addresses it puts into messages.
func quiet(env *Env) *log.Logger {
	return slog.NewLogLogger(noAddress{env.Log.Handler()}, slog.LevelDebug)
}
