package desk

import (
	"embed"
	"io/fs"
)

//go:embed texts/*.json views/*.html
var files embed.FS

// Texts are what the errors of this room say to the reader.
func Texts() fs.FS { return sub("texts") }

// Views are the frame's own pages.
func Views() fs.FS { return sub("views") }

func sub(dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic("desk: embedded " + dir + ": " + err.Error()) // the directory is embedded above
	}
	return f
}
