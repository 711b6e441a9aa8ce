package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"keepiton/internal/incident"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// apiRoot is where the API lives.
const apiRoot = "/api/v1"

// apiMaxAge is how many seconds an answer may be kept without asking again.
const apiMaxAge = 60

// newAPI registers every operation and writes the description.
func (f *Feed) newAPI() error {
	f.api = http.NewServeMux()
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	registry.RegisterTypeAlias(reflect.TypeFor[incident.State](), reflect.TypeFor[fourState]())
	registry.RegisterTypeAlias(reflect.TypeFor[incident.Date](), reflect.TypeFor[looseDate]())
	registry.RegisterTypeAlias(reflect.TypeFor[incident.RankedCountry](), reflect.TypeFor[rankedPair]())
	server := f.d.Origin
	if server == "" {
		server = "/"
	}
	// Not huma.DefaultConfig: its documentation page loads scripts from
	// elsewhere, and its links to schemas name the host of the request.
	api := humago.New(f.api, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "keepiton", Version: "1",
				Description: "The register of documented internet shutdowns, for programs. Every figure counts documented shutdowns and means “at least”. " +
					"Read only, without a key. An address with a language before it (/ar/api/v1/…, /fr/api/v1/…) answers with names and titles in that language.",
				License: &huma.License{Name: "CC BY 4.0 (the data)", URL: "https://creativecommons.org/licenses/by/4.0/"},
			},
			Servers:    []*huma.Server{{URL: server}},
			Components: &huma.Components{Schemas: registry},
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}, // json: also …+json
		DefaultFormat: "application/json",
	})
	f.registerLists(api)
	f.registerCounts(api)
	f.registerEditions(api)
	f.registerTerms(api)
	f.polish(api.OpenAPI())
	return f.describe(api.OpenAPI())
}

// describe writes the description in both forms.
func (f *Feed) describe(o *huma.OpenAPI) error {
	asJSON, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("openapi: %w", err)
	}
	asYAML, err := o.YAML()
	if err != nil {
		return fmt.Errorf("openapi: %w", err)
	}
	f.spec = map[string]page.File{
		apiRoot + "/openapi.json": {Type: "application/vnd.oai.openapi+json;version=3.1", Data: asJSON, MaxAge: apiMaxAge, Open: true},
		apiRoot + "/openapi.yaml": {Type: "application/vnd.oai.openapi;version=3.1", Data: asYAML, MaxAge: apiMaxAge, Open: true},
	}
	return nil
}

// call is what a handler needs to know of its request.
type call struct {
	lang    string
	query   url.Values
	speaker publish.Speaker
	origin  string
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok { // only serveAPI calls handlers
		return &call{lang: i18n.Source, query: url.Values{}}
	}
	return c
}

// at is one of our paths as an address in the caller's language: whole, except
// for a caller who came by a name no address can be built from.
func (c *call) at(path string) string { return c.origin + i18n.Path(c.lang, path) }

// IsAPI tells whether a request is to the API, which answers with problems and
// never with an error page.
func IsAPI(r *http.Request) bool { return strings.HasPrefix(page.Of(r).Path, "/api/") }

// serveAPI stands before huma: it answers what is no operation, refuses what
// no operation reads, and sends answers through the shell, which compresses,
// keeps and names them (ETag).
func (f *Feed) serveAPI(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	lang := page.Of(r).Lang
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			if q, ok := f.problem(r.Context(), lang, fmt.Errorf("panic: %v", p)).(*Problem); ok {
				f.refuse(w, r, q)
			}
		}
	}()
	switch r.Method {
	case http.MethodOptions:
		h.Set("Allow", "GET, HEAD, OPTIONS")
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
		h.Set("Access-Control-Allow-Headers", "Accept, If-None-Match, If-Modified-Since")
		h.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
		return
	case http.MethodGet, http.MethodHead:
	default:
		h.Set("Allow", "GET, HEAD, OPTIONS")
		f.refuse(w, r, f.problemOf(lang, http.StatusMethodNotAllowed))
		return
	}
	if page.TooLong(r) {
		f.refuse(w, r, f.problemOf(lang, http.StatusRequestURITooLong))
		return
	}
	if file, ok := f.spec[r.URL.Path]; ok {
		f.d.Shell.Send(w, r, file)
		return
	}
	if _, pattern := f.api.Handler(r); pattern == "" {
		f.refuse(w, r, f.problemOf(lang, http.StatusNotFound))
		return
	}
	f.operate(w, r, lang)
}

// operate runs an operation and sends its answer.
func (f *Feed) operate(w http.ResponseWriter, r *http.Request, lang string) {
	query, err := publish.Query(r)
	if err != nil {
		if p, ok := f.problem(r.Context(), lang, err).(*Problem); ok {
			f.refuse(w, r, p)
		}
		return
	}
	c := &call{lang: lang, query: query, speaker: f.d.In(lang), origin: f.d.Shell.Origin(r)}
	rec := &recorder{header: http.Header{}, status: http.StatusOK}
	f.api.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
	if rec.status == http.StatusOK {
		f.d.Shell.Send(w, r, page.File{Type: "application/json", Data: rec.body.Bytes(), MaxAge: apiMaxAge, Open: true})
		return
	}
	if to := rec.header.Get("Location"); to != "" {
		w.Header().Set("Location", to)
	}
	writeRaw(w, r, rec.status, rec.header.Get("Content-Type"), rec.body.Bytes())
}

// recorder keeps an answer until it is whole.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) WriteHeader(code int)        { w.status = code }
func (w *recorder) Write(b []byte) (int, error) { return w.body.Write(b) }

// operation describes an operation; its answers are the type's and a problem.
type operation struct {
	path, id, summary, doc string
	merges                 bool // may answer that an incident was merged
}

// body is an answer.
type body[T any] struct {
	Body T
}

// register adds an operation to the API. Unknown parameters, and ones given
// twice, are refused before it runs; its errors become problems.
func register[I, O any](f *Feed, api huma.API, o operation, run func(ctx context.Context, in *I) (*O, error)) {
	registry := api.OpenAPI().Components.Schemas
	refusal := &huma.Response{Description: "What went wrong.", Content: map[string]*huma.MediaType{
		problemType: {Schema: registry.Schema(reflect.TypeFor[Problem](), true, "Problem")}}}
	op := huma.Operation{
		OperationID: o.id, Method: http.MethodGet, Path: apiRoot + o.path, Summary: o.summary, Description: o.doc, SkipValidateParams: true,
		Responses: map[string]*huma.Response{"default": refusal, "304": {Description: "Nothing changed since the ETag sent in If-None-Match."}},
	}
	if o.merges {
		op.Responses["301"] = &huma.Response{Description: "The incident was merged into another.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: registry.Schema(reflect.TypeFor[Moved](), true, "Moved")}}}
	}
	known := queryNames(reflect.TypeFor[I]())
	huma.Register(api, op, func(ctx context.Context, in *I) (*body[O], error) {
		c := callOf(ctx)
		err := publish.Only(c.query, known...)
		var out *O
		if err == nil {
			out, err = run(ctx, in)
		}
		if err != nil {
			return nil, f.problem(ctx, c.lang, err)
		}
		return &body[O]{*out}, nil
	})
}

// queryNames are the query parameters an input type reads.
func queryNames(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			out = append(out, queryNames(field.Type)...)
		}
		if name := field.Tag.Get("query"); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// edition is the edition a call asks for.
func (f *Feed) edition(ctx context.Context, c *call) (incident.Edition, error) {
	return f.editionNamed(ctx, c.query.Get(publish.EditionParam))
}
