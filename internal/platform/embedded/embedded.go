// Package embedded hands out what a room carries inside the program.
package embedded

import (
	"embed"
	"io/fs"
)

// Dir is a directory of embedded files. It panics where there is none: the compiler
// put it there, or did not.
func Dir(files embed.FS, dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err == nil {
		_, err = fs.Stat(f, ".")
	}
	if err != nil {
		panic("embedded: " + err.Error())
	}
	return f
}
