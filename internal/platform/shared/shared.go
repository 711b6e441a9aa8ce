// Package shared finds the folder of real input that tests may read. It is
// not part of the repository and not part of the program.
package shared

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file in the shared folder, named by the variable
// KEEPITON_SHARED or lying beside the repository. The test is skipped, saying
// so, when it is not there.
func Path(t testing.TB, parts ...string) string {
	t.Helper()
	root := os.Getenv("KEEPITON_SHARED")
	if root == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for dir != filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				root = filepath.Join(filepath.Dir(dir), "shared")
				break
			}
			dir = filepath.Dir(dir)
		}
	}
	path := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skip("shared data not found: " + filepath.Join(parts...))
	}
	return path
}
