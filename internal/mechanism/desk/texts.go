package desk

import (
	"embed"
	"io/fs"
)

//go:embed texts/*.json
var texts embed.FS

// Texts are what the errors of this room say to the reader.
func Texts() fs.FS { return texts }
