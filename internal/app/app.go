// Package app is the one room that knows every other: it reads the
// configuration, opens the database, wires the domains together, and runs
// commands and the server.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/child"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/sheet"
	"keepiton/migrations"
)

// Exit codes of every command.
const (
	exitOK    = 0
	exitFault = 1 // it could not be done; the message says why
	exitUsage = 2 // the command was not understood
)

// CLI is the whole command line. Every flag can also be set by a variable
// KEEPITON_<FLAG> and in a file named by --config.
type CLI struct {
	Data     string          `help:"Directory of the SQLite database." default:"./data" placeholder:"DIR"`
	Database string          `help:"PostgreSQL address (postgres://…) to use in place of the directory." placeholder:"URL"`
	Config   kong.ConfigFlag `help:"File of settings, one JSON object with flags as keys, such as {\"listen\": \":8080\"}." placeholder:"FILE"`
	Log      string          `help:"What to log: debug, info, warn or error." default:"info" enum:"debug,info,warn,error"`

	Serve    ServeCmd    `cmd:"" help:"Run the public site."`
	Demo     DemoCmd     `cmd:"" help:"Try everything: the site and a desk with invented organisations and leads, in a directory that is thrown away."`
	Import   ImportCmd   `cmd:"" help:"Read files into the record."`
	Export   ExportCmd   `cmd:"" help:"Write sheets, the dataset or the starter register."`
	Count    CountCmd    `cmd:"" help:"Count a year as the annual reports do."`
	Compare  CompareCmd  `cmd:"" help:"Explain, row by row, how two editions of a year differ."`
	Release  ReleaseCmd  `cmd:"" help:"Freeze editions of the record, and list them."`
	Incident IncidentCmd `cmd:"" help:"Show or correct one incident."`
	Review   ReviewCmd   `cmd:"" help:"Decide what the rules could not."`
	Migrate  MigrateCmd  `cmd:"" help:"Bring the database to this program's schema."`
	Reindex  ReindexCmd  `cmd:"" help:"Build counts, days and the index of words again from the rows."`
	Move     MoveCmd     `cmd:"" help:"Copy the database into another one and prove that both are equal."`
	Backup   BackupCmd   `cmd:"" help:"Write a backup of the database."`
	Restore  RestoreCmd  `cmd:"" help:"Bring a backup back, into an empty place."`
	Doctor   DoctorCmd   `cmd:"" help:"Check configuration, database and counts."`
	Ledger   LedgerCmd   `cmd:"" help:"The list of everything that was done, which can only grow."`
	Admin    AdminCmd    `cmd:"" help:"People, organisations and emergency modes."`
	Desk     DeskCmd     `cmd:"" help:"The work on incidents."`
	Witness  WitnessCmd  `cmd:"" help:"Sign, for another organisation, that a site's ledger was not rewritten."`
	Generate GenerateCmd `cmd:"" help:"Fill an empty database with an invented register, for load tests."`
	Version  VersionCmd  `cmd:"" help:"Show the version."`
}

// Env is what a command runs with. Tests give their own streams.
type Env struct {
	Ctx    context.Context
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	CLI    *CLI
	Log    *slog.Logger
}

type exitPanic int

// Main runs the command line and returns the exit code. It never ends the
// process itself.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	if child.Asked(args) {
		return child.Main(args, stdin, stdout)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Run(ctx, args, stdin, stdout, stderr)
}

// Run is [Main] under the caller's context.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() { // kong ends the process after --help by calling Exit
		if p := recover(); p != nil {
			e, ok := p.(exitPanic)
			if !ok {
				panic(p)
			}
			code = int(e)
		}
	}()
	cli := &CLI{}
	env := &Env{Ctx: ctx, Stdin: stdin, Stdout: stdout, Stderr: stderr, CLI: cli}
	parser, err := kong.New(cli,
		kong.Name("keepiton"),
		kong.Description("The register of internet shutdowns: identify, verify, document, act."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exitPanic(code)) }),
		kong.DefaultEnvars("KEEPITON"),
		kong.Configuration(loadSettings),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Bind(env))
	if err != nil {
		fmt.Fprintln(stderr, "keepiton:", err)
		return exitUsage
	}
	kctx, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "keepiton: %v\nTry: keepiton --help\n", err)
		return exitUsage
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(cli.Log)); err != nil {
		fmt.Fprintln(stderr, "keepiton:", err)
		return exitUsage
	}
	env.Log = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	if err := kctx.Run(env); err != nil {
		report(stderr, err)
		return exitFault
	}
	return exitOK
}

// errSaid is returned by a command that has already told the person.
var errSaid = errors.New("already reported")

// report says what went wrong in a sentence, never in a stack.
func report(w io.Writer, err error) {
	if errors.Is(err, errSaid) {
		return
	}
	var se *sheet.Error
	if errors.As(err, &se) {
		fmt.Fprintf(w, "keepiton: %v\n", se)
		return
	}
	if fields := fault.Fields(err); len(fields) > 0 {
		for _, f := range fields {
			fmt.Fprintf(w, "keepiton: %s\n", plainWords(f.Key, f.Args))
		}
		return
	}
	if key, args := fault.Text(err); key != "" {
		fmt.Fprintf(w, "keepiton: %s\n", plainWords(key, args))
		return
	}
	fmt.Fprintf(w, "keepiton: %v\n", err)
}

// Validate refuses an address of a database that is not PostgreSQL's: as a
// directory it would hold a register that nobody looks for there.
func (c *CLI) Validate() error {
	if address, ok := db.IsAddress(c.Database); c.Database != "" && (!address || !ok) {
		return errors.New("--database begins with postgres://; a directory for SQLite is given by --data")
	}
	if address, _ := db.IsAddress(c.Data); address {
		return errors.New("--data is a directory; an address of PostgreSQL is given by --database")
	}
	return nil
}

// target is the database the command works on.
func (e *Env) target() string {
	if e.CLI.Database != "" {
		return e.CLI.Database
	}
	return e.directory()
}

// directory is where SQLite's file lies.
func (e *Env) directory() string {
	if e.CLI.Data == "" { // a variable that is there and empty
		return "./data"
	}
	return e.CLI.Data
}

// open opens and migrates the database and prepares the record.
func (e *Env) open() (*db.DB, *incident.Service, error) {
	d, err := e.openDatabase(e.target())
	if err != nil {
		return nil, nil, err
	}
	s, err := incident.NewService(e.Ctx, d)
	if err != nil {
		d.Close()
		return nil, nil, err
	}
	recordActs(s, ledger.New(d, nil))
	s.LeaveToDesk(workedOn)
	return d, s, nil
}

// existing is open for commands that only make sense on a register that is
// there: a mistyped directory must not become an empty one.
func (e *Env) existing() (*db.DB, *incident.Service, error) {
	if e.CLI.Database == "" {
		path := filepath.Join(e.directory(), db.FileName)
		if _, err := os.Stat(path); err != nil {
			return nil, nil, fmt.Errorf("there is no register in %s; name its directory with --data, or begin one with keepiton serve or keepiton import", e.directory())
		}
	}
	return e.open()
}

func (e *Env) openDatabase(target string) (*db.DB, error) {
	d, err := db.Open(e.Ctx, target)
	if err != nil {
		return nil, err
	}
	backup, applied, err := d.Migrate(e.Ctx, migrations.Files)
	if err != nil {
		d.Close()
		return nil, err
	}
	if backup != "" {
		e.Log.Info("schema brought up to date", "steps", applied, "backup", backup)
	}
	return d, nil
}

// VersionCmd shows the version.
type VersionCmd struct{}

// Run prints the version.
func (VersionCmd) Run(env *Env) error {
	_, err := fmt.Fprintln(env.Stdout, "keepiton", version())
	return err
}

// version is what the build says of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := strings.TrimPrefix(info.Main.Version, "v")
	if v == "" || v == "(devel)" {
		v = "0.1.0-dev"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			v += " (" + s.Value[:12] + ")"
		}
	}
	return v
}
