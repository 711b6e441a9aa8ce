package coalition

import (
	"embed"
	"fmt"
	"io/fs"

	"keepiton/internal/mechanism/desk"
)

//go:embed texts/*.json views/*
var files embed.FS

// Texts is the catalogue of this room.
func Texts() fs.FS { return sub("texts") }

// Views are its templates.
func Views() fs.FS { return sub("views") }

func sub(dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(fmt.Sprintf("coalition: embedded %s: %v", dir, err)) // the directory is embedded above
	}
	return f
}

// Nav are the links of this room in the desk's navigation.
func Nav() []desk.Item { return nil }

// JoinPath is the path of the page for whoever has an invitation's code.
func JoinPath(code string) string { return "/account/join/" + code }

// Web shows the office in the browser.
type Web struct {
	office *Office
	origin string
}

// NewWeb makes the pages. origin is the scheme and host readers use, "" where
// none was set up.
func NewWeb(o *Office, origin string) *Web { return &Web{o, origin} }

// Routes lists them.
func (w *Web) Routes() []desk.Route { return nil }
