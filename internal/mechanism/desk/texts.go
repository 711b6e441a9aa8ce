package desk

import (
	"embed"
	"io/fs"

	"keepiton/internal/platform/embedded"
)

//go:embed texts/*.json views/*.html
var files embed.FS

// Texts are what the errors of this room say to the reader.
func Texts() fs.FS { return embedded.Dir(files, "texts") }

// Views are the frame's own pages.
func Views() fs.FS { return embedded.Dir(files, "views") }
