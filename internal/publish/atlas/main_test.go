package atlas

import (
	"os"
	"testing"
)

var scratch string

// TestMain keeps one directory for the record the tests share.
func TestMain(m *testing.M) {
	code := m.Run()
	if scratch != "" {
		os.RemoveAll(scratch)
	}
	os.Exit(code)
}

func tempDir() (string, error) {
	var err error
	scratch, err = os.MkdirTemp("", "atlas-test-*")
	return scratch, err
}
