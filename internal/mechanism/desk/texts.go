package desk

import (
	"embed"
	"io/fs"
)

//go:embed texts/*.json
var texts embed.FS

// Texts are the words of the frame and of the roles.
func Texts() fs.FS { return texts }
