package feed

import (
	"bytes"
	"context"
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
)

// sitemapPageSize is how many incidents one file of the sitemap holds; the
// protocol allows 50,000 addresses.
const sitemapPageSize = 45_000

// fixedPages are the pages that every register has.
var fixedPages = []string{"/", "/incidents", "/countries", "/years", "/trends", "/map", "/data", "/data/codebook", "/about", "/api"}

// mapWriter writes one file of the sitemap.
type mapWriter struct {
	b      bytes.Buffer
	origin string
	langs  []string
}

func (w *mapWriter) open(root, more string) {
	w.b.WriteString(xml.Header + `<` + root + ` xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"` + more + `>`)
}

func (w *mapWriter) text(tag, s string) {
	w.b.WriteString("<" + tag + ">")
	_ = xml.EscapeText(&w.b, []byte(s)) // a buffer takes everything
	w.b.WriteString("</" + tag + ">")
}

// inEveryLanguage lists a page once for each language, each naming the others.
func (w *mapWriter) inEveryLanguage(path string) {
	var links bytes.Buffer
	for _, l := range w.langs {
		links.WriteString(`<xhtml:link rel="alternate" hreflang="` + l + `" href="`)
		_ = xml.EscapeText(&links, []byte(w.origin+i18n.Path(l, path)))
		links.WriteString(`"/>`)
	}
	for _, l := range w.langs {
		w.b.WriteString("<url>")
		w.text("loc", w.origin+i18n.Path(l, path))
		w.b.Write(links.Bytes())
		w.b.WriteString("</url>")
	}
}

func (w *mapWriter) incident(line incident.RefLine) {
	w.b.WriteString("<url>")
	w.text("loc", w.origin+"/incidents/"+line.Ref)
	w.text("lastmod", time.UnixMicro(line.Updated).UTC().Format("2006-01-02"))
	w.b.WriteString("</url>")
}

const xhtml = ` xmlns:xhtml="http://www.w3.org/1999/xhtml"`

// sitemap is GET /sitemap.xml: the whole map while it fits into one file, else
// the list of its files.
func (f *Feed) sitemap(w http.ResponseWriter, r *http.Request) error {
	origin, err := f.origin(r)
	if err != nil {
		return err
	}
	last, err := f.d.Record.LastID(r.Context())
	if err != nil {
		return err
	}
	out := &mapWriter{origin: origin, langs: f.langs}
	if last+int64(f.pagesAtMost()) <= sitemapPageSize {
		out.open("urlset", xhtml)
		if err := f.writePages(r.Context(), out); err != nil {
			return err
		}
		if err := f.writeIncidents(r.Context(), out, 0, last); err != nil {
			return err
		}
		out.b.WriteString("</urlset>")
		return f.sendXML(w, r, out)
	}
	out.open("sitemapindex", "")
	files := []string{"pages"}
	for n := int64(1); (n-1)*sitemapPageSize < last; n++ {
		files = append(files, strconv.FormatInt(n, 10))
	}
	for _, name := range files {
		out.b.WriteString("<sitemap>")
		out.text("loc", origin+"/sitemap/"+name+".xml")
		out.b.WriteString("</sitemap>")
	}
	out.b.WriteString("</sitemapindex>")
	return f.sendXML(w, r, out)
}

// sitemapPage is GET /sitemap/pages.xml and /sitemap/{n}.xml. A file holds the
// incidents of a fixed range of numbers, so that only the last one grows.
func (f *Feed) sitemapPage(w http.ResponseWriter, r *http.Request) error {
	name, ok := strings.CutSuffix(r.PathValue("file"), ".xml")
	if !ok {
		return fault.New(fault.NotFound, "")
	}
	origin, err := f.origin(r)
	if err != nil {
		return err
	}
	out := &mapWriter{origin: origin, langs: f.langs}
	if name == "pages" {
		out.open("urlset", xhtml)
		if err := f.writePages(r.Context(), out); err != nil {
			return err
		}
	} else {
		n, err := strconv.ParseInt(name, 10, 32)
		if err != nil || n < 1 || name[0] == '+' || name[0] == '0' {
			return fault.New(fault.NotFound, "")
		}
		last, err := f.d.Record.LastID(r.Context())
		if err != nil {
			return err
		}
		if (n-1)*sitemapPageSize >= last {
			return fault.New(fault.NotFound, "")
		}
		out.open("urlset", "")
		if err := f.writeIncidents(r.Context(), out, (n-1)*sitemapPageSize, n*sitemapPageSize); err != nil {
			return err
		}
	}
	out.b.WriteString("</urlset>")
	return f.sendXML(w, r, out)
}

func (f *Feed) sendXML(w http.ResponseWriter, r *http.Request, out *mapWriter) error {
	return f.send(w, r, page.File{Type: "application/xml; charset=utf-8", Data: out.b.Bytes(), MaxAge: 3600})
}

// pagesAtMost bounds what writePages writes.
func (f *Feed) pagesAtMost() int {
	return (len(fixedPages) + len(geo.Countries()) + 200) * len(f.langs)
}

// writePages lists the pages that are no incidents: the fixed ones, each
// country with a record and each count year.
func (f *Feed) writePages(ctx context.Context, out *mapWriter) error {
	for _, p := range fixedPages {
		out.inEveryLanguage(p)
	}
	years, err := f.d.Record.Years(ctx, incident.RecordEdition)
	if err != nil {
		return err
	}
	for _, y := range years {
		out.inEveryLanguage("/years/" + strconv.Itoa(y.Year))
	}
	countries, err := f.countryTotals(ctx, incident.RecordEdition)
	if err != nil {
		return err
	}
	for _, c := range geo.Countries() {
		if len(countries[c.Code]) > 0 {
			out.inEveryLanguage("/countries/" + c.Code)
		}
	}
	return nil
}

func (f *Feed) writeIncidents(ctx context.Context, out *mapWriter, after, through int64) error {
	lines, err := f.d.Record.Refs(ctx, after, through)
	if err != nil {
		return err
	}
	for _, l := range lines {
		out.incident(l)
	}
	return nil
}

// robots is GET /robots.txt: everything may be read but the endless
// combinations of filters and the light twin of each page.
func (f *Feed) robots(w http.ResponseWriter, r *http.Request) error {
	var b strings.Builder
	b.WriteString("User-agent: *\n")
	for _, l := range f.langs {
		for _, p := range []string{"/incidents?", "/incidents.csv?", "/search?", "/feeds/incidents.atom?", "/feeds/incidents.json?"} {
			b.WriteString("Disallow: " + i18n.Path(l, p) + "\n")
		}
	}
	b.WriteString("Disallow: /lite$\nDisallow: /lite/\n")
	origin, err := f.origin(r)
	if err == nil {
		b.WriteString("\nSitemap: " + origin + "/sitemap.xml\n")
	}
	return f.send(w, r, page.File{Type: "text/plain; charset=utf-8", Data: []byte(b.String()), MaxAge: 3600})
}
