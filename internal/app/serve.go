package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"keepiton/internal/coalition"
	"keepiton/internal/dispute"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/limit"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
	"keepiton/internal/publish/feed"
	"keepiton/internal/publish/logbook"
)

// ServeCmd runs the public site.
type ServeCmd struct {
	Listen      string   `help:"Address to listen on." default:"127.0.0.1:8080" placeholder:"ADDR"`
	Origin      string   `help:"Scheme and host readers use, for the addresses in citations, downloads, feeds and previews. Without it they follow the host of each request." placeholder:"https://HOST"`
	LiteHost    string   `help:"A host name that always answers in the light form." placeholder:"HOST"`
	Onion       string   `help:"The onion address to announce." placeholder:"http://….onion"`
	Empty       bool     `help:"Do not load the starter register into an empty database."`
	CacheMB     int64    `name:"cache-mb" help:"Memory for finished pages, in MiB." default:"32"`
	Witness     []string `help:"Key of an organisation that may sign the ledger, as keepiton witness prints it. Several are allowed." sep:"none" placeholder:"KEY"`
	Stamp       []string `name:"timestamp" help:"A time-stamping authority (RFC 3161) that certifies every checkpoint, and the file of the certificate to trust: URL,FILE. Up to three." sep:"none" placeholder:"URL,FILE"`
	BehindProxy bool     `name:"behind-proxy" help:"A proxy on this machine or beside it writes X-Forwarded-For: count guesses and disputes by what it says. Without a proxy anybody could write it."`
	Curtain     string   `help:"every: close each connection before it has carried 16,384 bytes, so that pages pass networks that cut there. lite: only the light form does." default:"every" enum:"every,lite"`
	MailFlags

	notice   string           // key of what stands above every page, "" for nothing
	sealEach time.Duration    // how often the ledger is sealed; 0 is every hour
	mails    coalition.Mailer // nil where no mail is sent
	follows  pace             // how it follows the record
}

// Validate refuses settings that would only show later, in wrong addresses.
func (c *ServeCmd) Validate() error {
	if _, err := page.ParseOrigin(c.Origin); err != nil {
		return err
	}
	return c.MailFlags.check(c.Origin)
}

func (c *ServeCmd) sender() limit.Sender { return limit.Sender{BehindProxy: c.BehindProxy} }

// Limits of the server.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	idleTimeout       = 90 * time.Second
	drainTimeout      = 20 * time.Second
)

// pace is how a server follows what other processes write: how often it looks, half a
// second where nothing is said, and what it calls after each look.
type pace struct {
	every  time.Duration
	looked func()
}

// Run serves until the process is told to end; then it stops taking requests
// and finishes those it has.
func (c *ServeCmd) Run(env *Env) error {
	d, s, err := env.open()
	if err != nil {
		return err
	}
	defer d.Close()
	if !c.Empty {
		// Alone: of two that begin one register the second finds it filled.
		if err := d.Alone(env.Ctx, func() error { return loadStarter(env, s) }); err != nil {
			return err
		}
	}
	return c.serve(env, d, s)
}

func (c *ServeCmd) serve(env *Env, d *db.DB, s *incident.Service) error {
	ctx, cancel := context.WithCancel(env.Ctx)
	defer cancel()
	book, err := c.ledger(ctx, env, d)
	if err != nil {
		return err
	}
	secret, err := env.deskSecret()
	if err != nil { // readers come first
		env.Log.Warn("nobody can log in at this server: the desk has no secret", "err", err)
	}
	work, err := env.casework(d, s, book.Log)
	if err != nil {
		return err
	}
	if _, err := work.cases.Lapse(ctx); err != nil { // before anything is served; if it cannot be written, the clock takes it back for readers
		env.Log.Error("urgent publications cannot be taken back", "err", err)
	}
	go work.keep(ctx, env)
	var in *insiders
	if secret != nil {
		people, err := office(d, book.Log, secret)
		if err != nil {
			return err
		}
		in = &insiders{people, work}
		go keepSwept(ctx, env, d, people)
		if c.mails, err = c.MailFlags.mailer(env); err != nil {
			env.Log.Error("no mail is sent by this server", "err", err)
		}
	}
	handler, inside, err := c.site(ctx, env, d, s, book, in)
	if err != nil {
		return err
	}
	if c.mails != nil {
		go keepPosted(ctx, env, inside.post())
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("serve: cannot listen on %s: %w", c.Listen, err)
	}
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
		ErrorLog: quiet(env)}
	ln = page.Listen(ln)
	if c.Curtain == "every" {
		srv.ConnContext = page.ConnContext
	}
	fmt.Fprintf(env.Stdout, "keepiton is on http://%s\n", ln.Addr())
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-env.Ctx.Done():
	}
	env.Log.Info("draining")
	drain, stop := context.WithTimeout(context.WithoutCancel(env.Ctx), drainTimeout)
	defer stop()
	if err := srv.Shutdown(drain); err != nil {
		return fmt.Errorf("serve: some requests were cut off: %w", err)
	}
	return nil
}

// checkServer is what doctor says of the files and keys that a server is set up with:
// without one of them it serves all the same, because readers come first.
func (e *Env) checkServer() (string, error) {
	c := &e.CLI.Serve
	_, err := c.MailFlags.mailer(e)
	_, stamp := stamperOf(c.Stamp)
	err = errors.Join(err, stamp)
	for _, text := range c.Witness {
		if _, wrong := ledger.ParseWitnessKey(text); wrong != nil {
			err = errors.Join(err, fmt.Errorf("--witness: %w", wrong))
		}
	}
	return "", err
}

// ledger prepares the ledger for readers, and keeps it sealed.
func (c *ServeCmd) ledger(ctx context.Context, env *Env, d *db.DB) (*logbook.Book, error) {
	key, err := env.ledgerKey(d, false)
	if err != nil { // readers come first: the ledger is written all the same, and sealed when there is a key
		env.Log.Warn("the ledger is not sealed by this server: it has no key", "err", err)
		return &logbook.Book{Log: ledger.New(d, nil)}, nil
	}
	book := &logbook.Book{Log: ledger.New(d, key), Key: key.LogKey()}
	for _, text := range c.Witness {
		w, err := ledger.ParseWitnessKey(text)
		if err != nil {
			env.Log.Error("a witness is not known to this server", "err", fmt.Errorf("--witness: %w", err))
			continue
		}
		book.Witnesses = append(book.Witnesses, w)
	}
	stamper, err := stamperOf(c.Stamp)
	if err != nil {
		env.Log.Error("the ledger is not time-stamped by this server", "err", err)
	}
	go sealer{d, book.Log, stamper}.keepSealed(ctx, env, cmp.Or(c.sealEach, time.Hour))
	return book, nil
}

// handler wires the rooms of the public site, and those behind the door when
// there is an office.
func (c *ServeCmd) handler(ctx context.Context, env *Env, d *db.DB, s *incident.Service, book *logbook.Book, in *insiders) (http.Handler, error) {
	h, _, err := c.site(ctx, env, d, s, book, in)
	return h, err
}

// site is [ServeCmd.handler] with the frame of the rooms behind the door, nil
// without insiders.
func (c *ServeCmd) site(ctx context.Context, env *Env, d *db.DB, s *incident.Service, book *logbook.Book, in *insiders) (http.Handler, *frame, error) {
	fss := rooms()
	texts, err := catalogue()
	if err != nil {
		return nil, nil, err
	}
	version, err := watchVersion(ctx, env, s, c.follows)
	if err != nil {
		return nil, nil, err
	}
	shell, err := page.New(page.Options{
		Name: siteName, Origin: c.Origin, LiteHost: c.LiteHost, Onion: c.Onion, Texts: texts, Views: fss.views,
		Nav: []page.Item{
			{Key: "publish.nav.incidents", Path: "/incidents", Section: "incidents"},
			{Key: "publish.nav.countries", Path: "/countries", Section: "countries"},
			{Key: "publish.nav.trends", Path: "/trends", Section: "trends"},
			{Key: "publish.nav.map", Path: "/map", Section: "map"},
			{Key: "publish.nav.data", Path: "/data", Section: "data"},
			{Key: "publish.nav.about", Path: "/about", Section: "about"},
		},
		Foot: []page.Item{{Key: "publish.nav.search", Path: "/search", Section: "search"}, {Key: "publish.nav.api", Path: "/api", Section: "api"},
			{Key: "publish.nav.corrections", Path: "/corrections", Section: "corrections"}, {Key: "publish.nav.ledger", Path: "/ledger", Section: "ledger"}},
		FootKey: "publish.foot", NoticeKey: c.notice, Version: version, Cache: c.CacheMB << 20, Log: env.Log,
	})
	if err != nil {
		return nil, nil, err
	}
	mux := http.NewServeMux()
	disputes := disputesOf(d, s, book.Log)
	deps := publish.Deps{Record: s, Shell: shell, Origin: c.Origin, Today: time.Now, Disputes: publicDisputes{disputes}, Demonstration: c.notice != ""}
	if in != nil {
		in.demonstration = deps.Demonstration
		deps.Verification = verification{d.Reader(), s, in.casework, coalition.New(d, coalition.Recorder{}, nil), texts}
	}
	if err := fss.routes(deps, mux); err != nil {
		return nil, nil, err
	}
	book.Shell = shell
	book.Routes(mux)
	dispute.NewWeb(disputes, shell, func(lang string, inc *incident.Incident) string {
		sp := deps.In(lang)
		return sp.Mark(inc.Desk, sp.Title(inc.Facts))
	}, c.sender(), shut(in)).Routes(mux)
	var inside *frame
	if in != nil {
		if inside, err = openDesk(in, book.Log, disputes, shell, c.Origin, c.sender(), c.mails, mux); err != nil {
			return nil, nil, err
		}
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.Version(r.Context()); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return guard(shell, shell.Handler(mux)), inside, nil
}

// shut tells whether nothing may be changed now; without insiders nobody can say so.
func shut(in *insiders) func(context.Context) (bool, error) {
	if in == nil {
		return nil
	}
	return func(ctx context.Context) (bool, error) {
		readOnly, _, err := door{in.Office}.Modes(ctx)
		return readOnly, err
	}
}

// guard turns away what no reader sends, before anything else looks at it,
// and answers a crash with an error page.
func guard(shell *page.Shell, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if page.TooLong(r) && !feed.IsAPI(r) { // the API says so itself, as it says everything
			where := page.Of(r)
			words := shell.Words(where.Lang)
			r.URL.Path, r.URL.RawPath, r.URL.RawQuery = where.URL("/"), "", ""
			shell.Error(w, r, http.StatusRequestURITooLong, &page.Trouble{Title: words.T("app.long_address.title"), Text: words.T("app.long_address.text")})
			return
		}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				shell.Fail(w, r, fmt.Errorf("panic: %v", p))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// standing is a version of the record with the instants at which something in it
// ends by itself.
type standing struct {
	version string
	edges   []int64
}

// at is the version of a moment: each edge that has passed makes it another one.
func (s standing) at(now int64) string {
	passed, _ := slices.BinarySearch(s.edges, now+1)
	return s.version + "." + strconv.Itoa(passed)
}

// watchVersion follows the version of the record, so that a change by another
// process reaches the cache within half a second without a question to the
// database for every page, and what lapses is not kept beyond its time.
func watchVersion(ctx context.Context, env *Env, s *incident.Service, p pace) (func() string, error) {
	var now atomic.Value
	last := int64(-1)
	read := func() error {
		v, err := s.Version(ctx)
		if err == nil && v != last {
			err = s.Reload(ctx)
		}
		var edges []int64
		if err == nil {
			edges, err = s.Edges(ctx)
		}
		if err == nil {
			last = v
			// The date is part of it: "today" must not stay yesterday.
			now.Store(standing{strconv.FormatInt(v, 10) + time.Now().UTC().Format(".20060102"), edges})
		}
		return err
	}
	if err := read(); err != nil {
		return nil, err
	}
	go func() {
		tick := time.NewTicker(cmp.Or(p.every, 500*time.Millisecond))
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := read(); err != nil && !errors.Is(err, context.Canceled) {
					env.Log.Error("the version of the record cannot be read", "err", err)
				}
				if p.looked != nil {
					p.looked()
				}
			}
		}
	}()
	return func() string { return now.Load().(standing).at(db.Now()) }, nil
}
