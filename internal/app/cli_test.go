package app

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"keepiton/internal/platform/child"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/stop"
)

// TestMain lets the test binary be three programs: the tests, keepiton for the
// scripts, and the child that reads strangers' files.
func TestMain(m *testing.M) {
	if child.Asked(os.Args[1:]) {
		os.Exit(child.Main(os.Args[1:], os.Stdin, os.Stdout))
	}
	testscript.Main(m, map[string]func(){
		"keepiton": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestCommands runs every script of testdata on both engines. In a script
// keepiton works on an empty database of its own; $SECOND is the address of
// another one, and $OTHER the flag that works on it.
func TestCommands(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			if engine == "postgres" {
				dbtest.PostgresURL(t) // skips when there is no server
			}
			testscript.Run(t, testscript.Params{
				Dir:           "testdata",
				UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
				Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
					"exits": exits, "sheet": makeSheet, "edit": editFile, "decide": decide,
				},
				Condition: func(cond string) (bool, error) {
					switch cond {
					case "both":
						return engine == "sqlite" && os.Getenv(dbtest.Variable) != "", nil
					case "sqlite", "postgres":
						return cond == engine, nil
					}
					return false, fmt.Errorf("unknown condition %q", cond)
				},
				Setup: func(env *testscript.Env) error {
					env.Setenv("KEEPITON_LOG", "error")
					env.Setenv("TMPDIR", env.Getenv("WORK")) // spooled files count as left behind
					second := filepath.Join(env.Getenv("WORK"), "second")
					env.Setenv("SECOND", second)
					env.Setenv("OTHER", "--data="+second)
					if os.Getenv(dbtest.Variable) != "" {
						env.Setenv("POSTGRES", dbtest.PostgresURL(t))
					}
					if engine == "postgres" {
						env.Setenv("KEEPITON_DATABASE", dbtest.PostgresURL(t))
						env.Setenv("SECOND", env.Getenv("POSTGRES"))
						env.Setenv("OTHER", "--database="+env.Getenv("POSTGRES"))
					}
					return nil
				},
			})
		})
	}
}

// exits runs a command that must end with a code: exits 2 keepiton count.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if err != nil || neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG...")
	}
	err = ts.Exec(args[1], args[2:]...)
	code := 0
	if err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("%v", err)
		}
		code = e.ExitCode()
	}
	if code != want {
		ts.Fatalf("%s ended with %d, want %d", args[1], code, want)
	}
	if strings.Contains(ts.ReadFile("stderr"), "goroutine ") {
		ts.Fatalf("a stack was shown")
	}
}

// makeSheet writes a sheet of one of the coalition's schemas: sheet E out.csv
// rows.txt. A line of the text is a row, "column=value | column=value"; a line
// that begins with * gives values for the rows after it.
func makeSheet(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: sheet SCHEMA OUT ROWS")
	}
	schema, ok := stop.SchemaByName(args[0])
	if !ok {
		ts.Fatalf("no schema %s", args[0])
	}
	header := schema.Headers(0)
	column := map[string]int{}
	for i, h := range header {
		column[strings.TrimSpace(h)] = i
	}
	defaults := make([]string, len(header))
	rows := [][]string{header}
	for _, line := range strings.Split(strings.TrimSpace(ts.ReadFile(args[2])), "\n") {
		line, common := strings.CutPrefix(line, "*")
		row := append([]string(nil), defaults...)
		for _, cell := range strings.Split(line, "|") {
			name, value, _ := strings.Cut(strings.TrimSpace(cell), "=")
			i, ok := column[name]
			if !ok {
				ts.Fatalf("schema %s has no column %q", args[0], name)
			}
			row[i] = value
		}
		if common {
			defaults = row
			continue
		}
		rows = append(rows, row)
	}
	out, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	ts.Check(csv.NewWriter(out).WriteAll(rows))
	ts.Check(out.Close())
}

// editFile replaces text in a file: edit FILE OLD NEW.
func editFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o600))
}

// decide settles the review item whose line in a list holds a word: decide
// FILE WORD ANSWER CODE.
func decide(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: decide FILE WORD ANSWER CODE")
	}
	for _, line := range strings.Split(ts.ReadFile(args[0]), "\n") {
		if fields := strings.Fields(line); len(fields) > 0 && strings.Contains(line, args[1]) {
			exits(ts, false, []string{args[3], "keepiton", "review", "decide", fields[0], args[2]})
			return
		}
	}
	ts.Fatalf("%s has no line with %q", args[0], args[1])
}
