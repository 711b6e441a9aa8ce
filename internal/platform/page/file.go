package page

import (
	"mime"
	"net/http"
	"strings"
	"time"
)

// File is a finished file to hand out: a picture, a table, a feed.
type File struct {
	Type     string // media type
	Data     []byte
	Modified time.Time
	Download string // name to save under; "" shows it in place
	MaxAge   int    // seconds, 0 means 60
	Open     bool   // other sites may embed or read it: pictures, data, feeds
	NoStore  bool
}

// Send answers with a file: compressed where that pays, with a strong ETag,
// and kept in the cache like a page.
func (s *Shell) Send(w http.ResponseWriter, r *http.Request, f File) {
	where := Of(r)
	e := &entry{status: http.StatusOK, plain: f.Data, modified: f.Modified, lite: where.Lite}
	e.header = map[string][]string{
		"Content-Type":  {f.Type},
		"Cache-Control": {cacheControl(f.NoStore, f.MaxAge)},
		"Vary":          {"Accept-Encoding"},
	}
	if strings.HasPrefix(f.Type, "image/svg") { // its own style, nothing else
		e.header["Content-Security-Policy"] = []string{"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox"}
	}
	if f.Open {
		e.header["Cross-Origin-Resource-Policy"] = []string{"cross-origin"}
		e.header["Access-Control-Allow-Origin"] = []string{"*"}
	}
	if f.Download != "" {
		e.header["Content-Disposition"] = []string{mime.FormatMediaType("attachment", map[string]string{"filename": f.Download})}
	}
	if where.Lite {
		e.header["X-Robots-Tag"] = []string{"noindex"}
	}
	e.finish()
	s.keep(r, Page{NoStore: f.NoStore}, e)
	e.write(w, r)
}
