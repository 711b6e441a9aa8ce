package atlas

import (
	"bytes"
	"container/list"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"keepiton/internal/platform/chart"
	"keepiton/internal/platform/fault"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// drawer makes the picture of a scope.
type drawer struct {
	draw                   func(*ask, scope) (chart.Chart, chart.Head, error)
	all, year, country, cy bool // which scopes it has: all, 2025, IR, IR-2022
}

// kinds are the pictures there are.
var kinds = map[string]drawer{
	"year":           {func(q *ask, sc scope) (chart.Chart, chart.Head, error) { return q.yearStrip(sc) }, false, true, false, true},
	"bars":           {func(q *ask, sc scope) (chart.Chart, chart.Head, error) { return q.yearBars(sc) }, true, false, true, false},
	"matrix":         {func(q *ask, sc scope) (chart.Chart, chart.Head, error) { return q.matrix(sc) }, true, true, true, true},
	"map":            {func(q *ask, sc scope) (chart.Chart, chart.Head, error) { return q.worldMap(sc.year) }, false, true, false, false},
	"country-map":    {func(q *ask, sc scope) (chart.Chart, chart.Head, error) { return q.countryMapChart(sc) }, false, false, true, true},
	"country-years":  {func(q *ask, sc scope) (chart.Chart, chart.Head, error) { return q.countryYears(sc.country) }, false, false, true, false},
	"longest":        {func(q *ask, sc scope) (chart.Chart, chart.Head, error) { return q.longestChart(sc.year) }, false, true, false, false},
	"trend-causes":   {trendDrawer("causes"), true, false, false, false},
	"trend-regions":  {trendDrawer("regions"), true, false, false, false},
	"trend-services": {trendDrawer("services"), true, false, false, false},
	"trend-networks": {trendDrawer("networks"), true, false, false, false},
	"borders":        {func(q *ask, _ scope) (chart.Chart, chart.Head, error) { return q.borders() }, true, false, false, false},
	"causes":         rankDrawer("causes", true),
	"reasons":        rankDrawer("reasons", true),
	"networks":       rankDrawer("networks", true),
	"extent":         rankDrawer("extent", true),
	"methods":        rankDrawer("methods", true),
	"scope":          rankDrawer("scope", true),
	"orders":         rankDrawer("orders", true),
	"services":       rankDrawer("services", true),
	"offenders":      rankDrawer("offenders", true),
	"countries":      rankDrawer("countries", false),
	"regions":        rankDrawer("regions", false),
	"units":          {rankDrawer("units", true).draw, false, false, true, true},
}

func rankDrawer(kind string, country bool) drawer {
	return drawer{func(q *ask, sc scope) (chart.Chart, chart.Head, error) {
		r, err := q.rank(kind, sc)
		if err != nil {
			return nil, chart.Head{}, err
		}
		c := q.rankChart(r)
		return c, chart.Head{Title: r.title, Desc: q.said(r), Source: q.source()}, nil
	}, true, true, country, country}
}

func trendDrawer(kind string) func(*ask, scope) (chart.Chart, chart.Head, error) {
	return func(q *ask, _ scope) (chart.Chart, chart.Head, error) { return q.trendOf(kind) }
}

// chart draws a picture by its address.
func (q *ask) chart(kind, key string) (chart.Chart, chart.Head, error) {
	d, ok := kinds[kind]
	if !ok {
		return nil, chart.Head{}, fault.New(fault.NotFound, "")
	}
	sc, err := q.parseScope(key)
	if err != nil {
		return nil, chart.Head{}, err
	}
	has := d.all
	switch {
	case sc.country != "" && sc.year != 0:
		has = d.cy
	case sc.country != "":
		has = d.country
	case sc.year != 0:
		has = d.year
	}
	if !has {
		return nil, chart.Head{}, fault.New(fault.NotFound, "")
	}
	return d.draw(q, sc)
}

// pictureAge is how long a reader's machine may keep a picture before it asks
// whether it changed.
const pictureAge = 600

// pngScale is device pixels to a pixel.
const pngScale = 2

// picture is GET /pictures/{kind}/{file}.
func (a *Atlas) picture(q *ask, w http.ResponseWriter, r *http.Request) error {
	kind, file := r.PathValue("kind"), r.PathValue("file")
	key, ending, _ := strings.Cut(file, ".")
	width := chart.Wide
	if rest, ok := strings.CutPrefix(ending, "narrow."); ok {
		width, ending = chart.Narrow, rest
	}
	f := page.File{MaxAge: pictureAge, Open: true}
	var err error
	if ending == "csv" { // a picture shows what it is of, a table is trusted unseen
		if _, err = publish.Asked(r, publish.EditionParam); err != nil {
			return err
		}
	}
	switch ending {
	case "svg", "csv":
		var c chart.Chart
		if c, _, err = q.chart(kind, key); err != nil {
			return err
		}
		if ending == "svg" {
			f.Type, f.Data = "image/svg+xml", chart.SVG(c, width)
			break
		}
		var b bytes.Buffer
		if err := chart.CSV(&b, c, chart.Edition{Label: q.ed.Label, AsOf: q.asOf()}); err != nil {
			return err
		}
		f.Type, f.Data, f.Download = "text/csv; charset=utf-8", b.Bytes(), "keepiton-"+kind+"-"+key+".csv"
	case "png":
		f.Type = "image/png"
		if f.Data, err = a.png(q, kind, key, width); err != nil {
			return err
		}
	default:
		return fault.New(fault.NotFound, "")
	}
	a.d.Shell.Send(w, r, f)
	return nil
}

// png paints a picture, one at a time in the whole process, and keeps it until
// the record changes.
func (a *Atlas) png(q *ask, kind, key string, width chart.Width) ([]byte, error) {
	version, err := a.d.Record.Version(q.ctx)
	if err != nil {
		return nil, err
	}
	at := strings.Join([]string{kind, key, q.v.Lang.Tag, strconv.Itoa(int(width)), strconv.FormatInt(q.ed.ID, 10), strconv.FormatInt(version, 10), q.date()}, "/")
	if b := a.shelf.get(at); b != nil {
		return b, nil
	}
	select {
	case a.paint <- struct{}{}:
		defer func() { <-a.paint }()
	case <-q.ctx.Done():
		return nil, q.ctx.Err()
	}
	if b := a.shelf.get(at); b != nil { // somebody painted it while we waited
		return b, nil
	}
	c, _, err := q.chart(kind, key)
	if err != nil {
		return nil, err
	}
	b, err := chart.PNG(c, width, pngScale)
	if errors.Is(err, chart.ErrScript) { // no letters of this script: the picture in English
		english, err2 := a.askIn(q.ctx, a.voiceOf(i18n.Source), q.ed)
		if err2 != nil {
			return nil, err2
		}
		if c, _, err = english.chart(kind, key); err != nil {
			return nil, err
		}
		b, err = chart.PNG(c, width, pngScale)
	}
	if err == nil {
		a.shelf.put(at, b)
	}
	return b, err
}

// shelfBytes is the memory painted pictures may take.
const shelfBytes = 12 << 20

// shelf keeps painted pictures, the one asked for least recently goes first.
type shelf struct {
	mu    sync.Mutex
	limit int
	bytes int
	order *list.List
	at    map[string]*list.Element
}

type shelved struct {
	key  string
	data []byte
}

func newShelf(limit int) *shelf {
	return &shelf{limit: limit, order: list.New(), at: map[string]*list.Element{}}
}

func (s *shelf) get(key string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	el := s.at[key]
	if el == nil {
		return nil
	}
	s.order.MoveToFront(el)
	return el.Value.(shelved).data
}

func (s *shelf) put(key string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at[key] != nil || len(data) > s.limit/4 {
		return
	}
	s.at[key] = s.order.PushFront(shelved{key, data})
	for s.bytes += len(data); s.bytes > s.limit; {
		old := s.order.Remove(s.order.Back()).(shelved)
		delete(s.at, old.key)
		s.bytes -= len(old.data)
	}
}
