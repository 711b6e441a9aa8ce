// Command keepiton is the coalition's one program. It only hands over to app.
package main

import (
	"os"

	"keepiton/internal/app"
)

func main() {
	os.Exit(app.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
