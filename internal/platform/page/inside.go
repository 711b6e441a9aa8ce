package page

import (
	"bytes"
	"context"
	"html/template"
	"net/http"

	"keepiton/internal/platform/i18n"
)

// Inside is what frames the pages behind a door: their own navigation, who is
// there, and a token in every form that posts. A request that carries it gets
// every page in that frame, error pages too, and none of them is kept anywhere.
type Inside struct {
	Nav     func(context.Context) []Item // asked when a page is made, not for a form that leads on or for a file
	Who     string                       // the name the person shows; "" while nobody is logged in
	Self    string                       // path of the person's own page
	Out     string                       // path a form posts to that logs out
	Token   string                       // put into every form that posts, as the field FormToken
	Once    string                       // tells the forms of this page from those of any other, as the field FormOnce
	Scripts []string
	Banner  string // stands above every page, such as that nothing can be changed now
}

// FormToken is the name of the field that carries [Inside.Token], FormOnce of that
// with [Inside.Once].
const (
	FormToken = "_t"
	FormOnce  = "_o"
)

type insideKey struct{}

// WithInside has the pages of a request framed.
func WithInside(r *http.Request, in *Inside) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), insideKey{}, in))
}

// insideOf gives the frame of a request, nil for a public one.
func insideOf(r *http.Request) *Inside {
	in, _ := r.Context().Value(insideKey{}).(*Inside)
	return in
}

// insideLayout is what the layout needs of a frame.
type insideLayout struct {
	*Inside
	SelfURL, OutURL string
}

// frame puts a page into its frame.
func (in *Inside) frame(ctx context.Context, l *layout, words *i18n.Texts, where Where) {
	l.Noindex, l.NoStore, l.Feeds, l.JSONLD = true, true, nil, nil
	l.Nav, l.Foot, l.FootKey = nil, nil, "page.inside.foot"
	for _, it := range in.Nav(ctx) {
		l.Nav = append(l.Nav, navItem(it, words, where, l.Section))
	}
	l.Inside = &insideLayout{in, where.URL(in.Self), where.URL(in.Out)}
}

var (
	formOpen = []byte("<form ")
	posts    = []byte(`method="post"`)
)

// withTokens puts the tokens into every form that posts, so that none can be
// forgotten. Our own templates write the forms; what people wrote is escaped.
func withTokens(html []byte, token, once string) []byte {
	hidden := func(name, value string) string {
		return `<input type="hidden" name="` + name + `" value="` + template.HTMLEscapeString(value) + `">`
	}
	field := []byte(hidden(FormToken, token) + hidden(FormOnce, once))
	var out bytes.Buffer
	for {
		at := bytes.Index(html, formOpen)
		if at < 0 {
			break
		}
		end := bytes.IndexByte(html[at:], '>')
		if end < 0 {
			break
		}
		end += at + 1
		out.Write(html[:end])
		if bytes.Contains(html[at:end], posts) {
			out.Write(field)
		}
		html = html[end:]
	}
	out.Write(html)
	return out.Bytes()
}
