package site

import (
	"context"
	"net/http"
	"sort"
	"strconv"
	"strings"

	"keepiton/internal/incident"
	"keepiton/internal/platform/i18n"
	"keepiton/internal/platform/page"
	"keepiton/internal/publish"
)

// Limits of the front page.
const (
	maxStanding   = 500 // ongoing shutdowns that are counted one by one
	standingRows  = 24  // that get a line with a strip
	standingFirst = 12  // of these, shown without unfolding
	blockedRows   = 8
	changedRows   = 3
)

// homePage is the front page.
type homePage struct {
	Empty    bool
	Unsigned *page.Apart // published urgently, and counted nowhere
	SoFar    *soFarBox   // the year that still runs, beside the one that is told
	Headline string
	Lede     []string
	AsOf     string
	Year     *page.Picture
	Standing page.Rows
	Rest     page.Rows
	RestText string
	All      *page.Link
	Note     string
	Blocked  blockedBox
	Against  *against
	Later    string // of those that stood at the close, how many have an end after it
	Began    []newsLine
	Ended    []newsLine
	Changed  []newsLine
	Map      *page.Picture
}

// blockedBox is the table of services that are kept blocked.
type blockedBox struct {
	Title string
	Lead  string
	Rows  []blockedLine
}

type blockedLine struct {
	Service, Href string
	N             int
	Where         []string // country and the year its block began
}

// against compares a count year with the one before.
type against struct {
	Title, Prev, Now string
	Rows             []againstLine
}

type againstLine struct {
	Label, Href, Prev, Now, Change string
}

// newsLine is a line of "what changed last".
type newsLine struct {
	Date, Name, Href, Text string
}

// moment is what "now" means on the page: the last day the record speaks for.
type moment struct {
	Year   int
	Day    int
	Closed bool // the count year is over: nothing newer is known
}

func (m moment) year() string { return strconv.Itoa(m.Year) }

// pick chooses between the words for a closed and a running year.
func (m moment) pick(key string) string {
	if m.Closed {
		return key + "_closed"
	}
	return key
}

// home is GET /.
func (s *Site) home(w http.ResponseWriter, r *http.Request) error {
	v, ctx := s.voice(r), r.Context()
	have, err := s.inventory(ctx, incident.RecordEdition)
	if err != nil {
		return err
	}
	years := have.Years
	pg := page.Page{Title: v.T("publish.name"), Description: v.T("site.home.description"), Body: "site.home", Section: "home", Canonical: "/"}
	unsigned, err := s.d.Unsigned(ctx, v.Speaker, "", 0)
	if err != nil {
		return err
	}
	if len(years) == 0 {
		pg.Data = homePage{Empty: true, Unsigned: unsigned, Headline: v.T("site.home.empty_title")}
		return s.showToday(w, r, pg, publish.OnlyToday, incident.Filter{})
	}
	told, running := s.told(years)
	_, day := incident.YearDays(told[0].Year)
	now := moment{Year: told[0].Year, Day: min(day, s.today()), Closed: day < s.today()}
	out := homePage{Unsigned: unsigned}
	if out.SoFar, err = s.soFar(ctx, v, running); err != nil {
		return err
	}
	standing, more, err := s.d.Record.Standing(ctx, incident.RecordEdition, now.Year, maxStanding)
	if err != nil {
		return err
	}
	if err := s.standing(ctx, v, &out, now, standing, more); err != nil {
		return err
	}
	out.Blocked = v.blocked(standing, now)
	if out.Year, err = s.yearPicture(ctx, v, now); err != nil {
		return err
	}
	countries, err := s.d.Record.Cells(ctx, incident.RecordEdition, now.Year, "country", incident.DimAll)
	if err != nil {
		return err
	}
	out.Map = v.mapPicture(countries, now)
	if out.Against, err = s.against(ctx, v, told, countries); err != nil {
		return err
	}
	origin, err := s.news(ctx, v, &out, now, running)
	if err != nil {
		return err
	}
	later, err := s.endedLater(ctx, now, len(standing))
	if err != nil {
		return err
	}
	if more {
		later = 0 // not all were read: nothing exact can be said
	}
	if later > 0 {
		out.Later = v.T("site.home.later", "n", later)
	}
	if out.AsOf, err = s.asOf(ctx, v, now, origin, later); err != nil {
		return err
	}
	pg.Data, pg.Title = out, v.T("site.home.title")
	pg.Description = out.Headline
	pg.Feeds = v.feeds(incident.Filter{})
	pg.JSONLD = s.datasetLD(v, years)
	return s.showToday(w, r, pg, publish.OnlyToday, incident.Filter{})
}

// told are the years the page tells as a whole, newest first: those that are over.
// running is the one that is not, nil for none; where there is no other it is
// told itself.
func (s *Site) told(years []incident.YearTotal) (whole []incident.YearTotal, running *incident.YearTotal) {
	if _, last := incident.YearDays(years[0].Year); len(years) > 1 && last >= s.today() {
		return years[1:], &years[0]
	}
	return years, nil
}

// soFarBox is what the running year has until now.
type soFarBox struct {
	Title, Text string
	Lines       []newsLine // what goes on in it
	All         page.Link
}

// soFar is the running year so far, nil where it is told itself.
func (s *Site) soFar(ctx context.Context, v voice, running *incident.YearTotal) (*soFarBox, error) {
	if running == nil {
		return nil, nil
	}
	y := strconv.Itoa(running.Year)
	standing, _, err := s.d.Record.Standing(ctx, incident.RecordEdition, running.Year, maxStanding)
	if err != nil {
		return nil, err
	}
	out := &soFarBox{Title: v.T("site.home.so_far.title", "year", y), All: page.Link{Text: v.T("site.home.so_far.all", "year", y), Href: listPath("/incidents", incident.Filter{Year: running.Year}, "")}}
	out.Text = v.T("site.home.so_far.text", "n", running.Shutdowns, "countries", v.T("site.in_countries", "n", running.Countries))
	if len(standing) > 0 {
		out.Text += " " + v.T("site.home.so_far.ongoing", "n", len(standing))
	}
	var ords []int64
	for _, x := range standing[:min(len(standing), blockedRows)] {
		ords = append(ords, x.Ord)
	}
	rows, err := s.d.Record.RowsOf(ctx, ords)
	for _, r := range rows {
		out.Lines = append(out.Lines, newsLine{v.length(r.Facts, r.Entry.Year), v.own(v.WhereOf(r)), incidentPath(r.Ref, ""), v.What(r.Facts)})
	}
	return out, err
}

// standing writes today's sentence and the list of those cut off.
func (s *Site) standing(ctx context.Context, v voice, out *homePage, now moment, list []incident.Standing, more bool) error {
	cuts, blocks, slows := map[string]int{}, map[string]int{}, 0
	var ords []int64
	nCut, nBlock := 0, 0
	for _, x := range list {
		switch x.Kind {
		case incident.KindCut:
			nCut++
			for _, c := range x.Countries {
				cuts[c]++
			}
			if len(ords) < standingRows {
				ords = append(ords, x.Ord)
			}
		case incident.KindBlock:
			nBlock++
			for _, c := range x.Countries {
				blocks[c]++
			}
		default:
			slows++
		}
	}
	if nCut == 0 {
		out.Headline = v.T(now.pick("site.home.head_none"), "year", now.year())
	} else {
		out.Headline = v.T(now.pick("site.home.head"), "n", nCut, "countries", v.T("site.in_countries", "n", len(cuts)), "year", now.year())
	}
	rows, err := s.d.Record.RowsOf(ctx, ords)
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		first := rows[0]
		days, _, _ := v.spanDays(first.Facts, first.Entry.Year)
		out.Lede = append(out.Lede, v.T("site.home.longest", "where", i18n.Phrase(v.Where(first.Facts)), "n", days))
	}
	if code, n := most(cuts); n > 1 && n*2 >= nCut {
		out.Lede = append(out.Lede, v.T(now.pick("site.home.most"), "country", v.Country(code), "n", n))
	}
	if nBlock > 0 {
		out.Lede = append(out.Lede, v.T(now.pick("site.home.blocks"), "n", nBlock, "countries", v.T("site.in_countries", "n", len(blocks))))
	}
	if slows > 0 {
		out.Lede = append(out.Lede, v.T(now.pick("site.home.slows"), "n", slows))
	}
	if more {
		out.Lede = append(out.Lede, v.T("site.home.more", "n", maxStanding))
	}
	s.standingRows(v, out, now, rows, nCut)
	return nil
}

// standingRows draws those cut off, longest first.
func (s *Site) standingRows(v voice, out *homePage, now moment, rows []incident.Row, total int) {
	if len(rows) == 0 {
		return
	}
	from, _ := incident.YearDays(max(rows[0].Facts.Period.Start.Year(), incident.FirstCountYear))
	to := max(now.Day, s.today())
	axis := v.ticks(from, to)
	used := map[page.State]bool{}
	for i, r := range rows {
		f := r.Facts
		days, _, _ := v.spanDays(f, r.Entry.Year)
		row := page.Row{
			Name: v.Places(f), Of: v.Countries(f), Href: incidentPath(r.Ref, ""), Count: v.Days(days), When: v.When(f),
			Note:  v.T("site.list.note", "what", v.What(f), "cause", v.Term(incident.SchemeCause, f.Cause.Term)),
			Strip: page.Strip{Marks: marks(f, r.Entry.Year, from, to, s.today()), Ticks: bare(axis)},
		}
		if publish.Nationwide(f) || row.Name == "" { // the country is the place
			row.Name, row.Of = row.Of, row.Name
		}
		row.Name = v.own(v.Mark(r.Entry.Here(), row.Name))
		for j := range row.Strip.Marks {
			row.Strip.Marks[j].Half = false // each line is one place: all of it is cut
			used[row.Strip.Marks[j].State] = true
		}
		if i < standingFirst {
			out.Standing.Items = append(out.Standing.Items, row)
		} else {
			out.Rest.Items = append(out.Rest.Items, row)
		}
	}
	out.Standing.Axis, out.Standing.Key = axis, v.key(used)
	out.Rest.Start = standingFirst + 1
	if n := len(out.Rest.Items); n > 0 {
		last := rows[len(rows)-1].Facts
		out.RestText = v.T("site.home.rest", "n", n, "where", i18n.Phrase(v.Where(last)), "since", v.Since(string(last.Period.Start)))
	}
	if total > len(rows) {
		out.Note = v.T("site.home.shown", "n", len(rows), "total", v.N(total))
	}
	out.All = &page.Link{Text: v.T("site.home.all_standing"), Href: listPath("/incidents", incident.Filter{Year: now.Year, State: "ongoing", Sort: "longest"}, "")}
}

// most is the country with the highest number; ties go to the first code.
func most(count map[string]int) (code string, n int) {
	for c, x := range count {
		if x > n || x == n && c < code {
			code, n = c, x
		}
	}
	return code, n
}

// blocked counts, for each service, the countries that keep it blocked.
func (v voice) blocked(list []incident.Standing, now moment) blockedBox {
	since := map[string]map[string]int{} // service, country -> first day
	for _, x := range list {
		if !x.Blocked {
			continue
		}
		for _, service := range x.Services {
			if service == "sms" || service == "phone_calls" {
				continue
			}
			if since[service] == nil {
				since[service] = map[string]int{}
			}
			for _, c := range x.Countries {
				if day, ok := since[service][c]; !ok || x.StartDay < day {
					since[service][c] = x.StartDay
				}
			}
		}
	}
	var out blockedBox
	for service, where := range since {
		line := blockedLine{Service: v.Service(service), N: len(where),
			Href: listPath("/incidents", incident.Filter{Year: now.Year, Service: service, State: "ongoing"}, "")}
		var codes []string
		for c := range where {
			codes = append(codes, c)
		}
		sort.Slice(codes, func(i, j int) bool {
			a, b := where[codes[i]], where[codes[j]]
			return a < b || a == b && codes[i] < codes[j]
		})
		for _, c := range codes {
			line.Where = append(line.Where, v.T("site.home.since_year", "country", v.Country(c), "year", strconv.Itoa(incident.DayDate(where[c]).Year())))
		}
		out.Rows = append(out.Rows, line)
	}
	sort.Slice(out.Rows, func(i, j int) bool {
		a, b := out.Rows[i], out.Rows[j]
		return a.N > b.N || a.N == b.N && a.Service < b.Service
	})
	if len(out.Rows) > blockedRows {
		out.Rows = out.Rows[:blockedRows]
	}
	if len(out.Rows) > 0 {
		out.Title = v.T("site.home.blocked_title", "service", out.Rows[0].Service)
		out.Lead = v.T(now.pick("site.home.blocked_lead"), "year", now.year())
	}
	return out
}

// endedLater tells how many of those that stood at the close of the year have
// an end on record after it. No sheet calls them ongoing: it knows their end.
func (s *Site) endedLater(ctx context.Context, now moment, standing int) (int, error) {
	cells, err := s.d.Record.Cells(ctx, incident.RecordEdition, now.Year, incident.AreaWorld, incident.DimEndState)
	if err != nil {
		return 0, err
	}
	for _, c := range cells {
		if c.Value == "ongoing" {
			standing -= int(c.N)
		}
	}
	return max(standing, 0), nil
}

// asOf says what the page's "now" is, what is known of the time after it, and
// which copy of the sheet the newest entries were read from.
func (s *Site) asOf(ctx context.Context, v voice, now moment, origin int64, later int) (string, error) {
	text := v.T(now.pick("site.home.as_of"), "date", v.day(now.Day))
	switch {
	case now.Closed && later > 0:
		text += " " + v.T("site.home.after_close", "n", later)
	case now.Closed:
		text += " " + v.T("site.home.after_close_none")
	}
	list, err := s.d.Record.Editions(ctx)
	if err != nil {
		return "", err
	}
	for _, e := range list {
		if e.ID == origin && e.ID != incident.RecordEdition && e.AsOf != "" {
			text += " " + v.T("site.home.copy", "date", v.Date(e.AsOf))
		}
	}
	return text, nil
}

// yearPicture is the world's strip of the newest count year, with the months
// in figures.
func (s *Site) yearPicture(ctx context.Context, v voice, now moment) (*page.Picture, error) {
	from, _ := incident.YearDays(now.Year)
	days, err := s.d.Record.Days(ctx, incident.RecordEdition, incident.AreaWorld, from, now.Day)
	if err != nil || len(days) == 0 {
		return nil, err
	}
	most := map[int]map[string]int64{}
	sum := make([]int64, now.Day-from+1)
	for _, d := range days {
		if d.Kind == incident.KindOpen {
			continue
		}
		m := month(d.Day)
		if most[m] == nil {
			most[m] = map[string]int64{}
		}
		most[m][d.Kind] = max(most[m][d.Kind], d.N)
		sum[d.Day-from] += d.N
	}
	low, high := sum[0], sum[0]
	for _, n := range sum {
		low, high = min(low, n), max(high, n)
	}
	p := &page.Picture{
		Src: "/pictures/year/" + now.year(), Width: 1120, Height: 415, NarrowWidth: 392, NarrowHigh: 623,
		Alt:   v.T("site.home.year_alt", "year", now.year(), "low", v.N(int(low)), "high", v.N(int(high))),
		Title: v.T("site.home.year_title", "year", now.year()),
		Head:  []string{v.T("site.home.month"), v.T("site.key.c"), v.T("site.key.s"), v.T("site.key.b")},
	}
	for m := 1; m <= month(now.Day); m++ {
		p.Rows = append(p.Rows, []string{v.MonthName(m, false), v.N(int(most[m][incident.KindCut])), v.N(int(most[m][incident.KindSlow])), v.N(int(most[m][incident.KindBlock]))})
	}
	p.Source = v.T("site.home.year_source")
	return p, nil
}

func month(day int) int {
	n, _ := strconv.Atoi(string(incident.DayDate(day))[5:7])
	return n
}

// mapPicture is the world map with the countries in figures.
func (v voice) mapPicture(cells []incident.Cell, now moment) *page.Picture {
	p := &page.Picture{
		Src: "/pictures/map/" + now.year(), Width: 1120, Height: 787, NarrowWidth: 392, NarrowHigh: 611,
		Alt:   v.T("site.home.map_alt", "n", len(cells), "year", now.year()),
		Title: v.T("site.home.map_title", "year", now.year()),
		Head:  []string{v.T("site.home.country"), v.T("site.home.shutdowns")},
	}
	list := append([]incident.Cell(nil), cells...)
	sort.SliceStable(list, func(i, j int) bool { return list[i].N > list[j].N })
	for _, c := range list {
		p.Rows = append(p.Rows, []string{v.Country(strings.TrimPrefix(c.Area, "country:")), v.N(int(c.N))})
	}
	p.Source = v.T("site.home.map_source")
	return p
}

// against compares the newest count year with the one before it.
func (s *Site) against(ctx context.Context, v voice, years []incident.YearTotal, countries []incident.Cell) (*against, error) {
	if len(years) < 2 || years[1].Year != years[0].Year-1 {
		return nil, nil
	}
	this, last := years[0], years[1]
	dims := []string{incident.DimCause, incident.DimExtent, incident.DimTrait, incident.DimFlag, incident.DimEndState}
	count := map[[3]string]int{}
	for _, y := range []int{this.Year, last.Year} {
		cells, err := s.d.Record.Cells(ctx, incident.RecordEdition, y, incident.AreaWorld, dims...)
		if err != nil {
			return nil, err
		}
		for _, c := range cells {
			count[[3]string{strconv.Itoa(y), c.Dim, c.Value}] = int(c.N)
		}
	}
	before, err := s.d.Record.Cells(ctx, incident.RecordEdition, last.Year, "country", incident.DimAll)
	if err != nil {
		return nil, err
	}
	prev := map[string]int{}
	for _, c := range before {
		prev[c.Area] = int(c.N)
	}
	out := &against{Prev: strconv.Itoa(last.Year), Now: strconv.Itoa(this.Year)}
	out.Title = v.T("site.home.against", "now", out.Now, "prev", out.Prev)
	add := func(label string, a, b int, f incident.Filter) {
		line := againstLine{Label: label, Prev: v.N(a), Now: v.N(b), Change: v.signed(b - a)}
		if f.Year != 0 {
			line.Href = listPath("/incidents", f, "")
		}
		out.Rows = append(out.Rows, line)
	}
	cell := func(year, dim, value string) int { return count[[3]string{year, dim, value}] }
	pair := func(key, dim, value string, f incident.Filter) {
		add(v.T("site.home.cmp."+key), cell(out.Prev, dim, value), cell(out.Now, dim, value), f)
	}
	f := incident.Filter{Year: this.Year}
	add(v.T("site.home.cmp.all"), last.Shutdowns, this.Shutdowns, f)
	add(v.T("site.home.cmp.countries"), last.Countries, this.Countries, incident.Filter{})
	pair("carried_in", incident.DimTrait, "carried_in", incident.Filter{})
	pair("conflict", incident.DimCause, "conflict", f.Narrow("cause", "conflict"))
	pair("protests", incident.DimCause, "protests", f.Narrow("cause", "protests"))
	pair("exams", incident.DimCause, "exam_cheating", f.Narrow("cause", "exam_cheating"))
	pair("services", incident.DimExtent, "service_based", f.Narrow("extent", "service_based"))
	top := append([]incident.Cell(nil), countries...)
	sort.SliceStable(top, func(i, j int) bool { return top[i].N > top[j].N })
	for _, c := range top[:min(2, len(top))] {
		code := strings.TrimPrefix(c.Area, "country:")
		add(v.Country(code), prev[c.Area], int(c.N), f.Narrow("country", code))
	}
	pair("notified", incident.DimFlag, "users_notified", incident.Filter{})
	pair("ongoing", incident.DimEndState, "ongoing", f.Narrow("state", "ongoing"))
	return out, nil
}

// news lists what began, ended and was corrected last. origin is the edition
// the newest entry was read from.
func (s *Site) news(ctx context.Context, v voice, out *homePage, now moment, running *incident.YearTotal) (origin int64, err error) {
	began, err := s.d.Record.List(ctx, incident.Filter{Edition: incident.RecordEdition, Limit: changedRows})
	if err != nil {
		return 0, err
	}
	for _, r := range began.Rows {
		if origin == 0 {
			origin = r.Entry.Origin
		}
		out.Began = append(out.Began, newsLine{v.Date(string(r.Facts.Period.Start)), v.own(v.WhereOf(r)), incidentPath(r.Ref, ""), v.What(r.Facts)})
	}
	var ended []incident.Row
	for _, y := range lastYears(now, running) {
		more, err := s.d.Record.LastEndings(ctx, incident.RecordEdition, y, changedRows-len(ended))
		if err != nil {
			return 0, err
		}
		ended = append(ended, more...)
	}
	for _, r := range ended {
		out.Ended = append(out.Ended, newsLine{v.Date(string(r.Facts.Period.End)), v.own(v.WhereOf(r)), incidentPath(r.Ref, ""), v.T("site.home.after", "what", v.What(r.Facts), "length", v.length(r.Facts, r.Entry.Year))})
	}
	out.Changed, err = s.changed(ctx, v, changedRows)
	return origin, err
}

// lastYears are the years in which something can have ended last.
func lastYears(now moment, running *incident.YearTotal) []int {
	if running == nil {
		return []int{now.Year}
	}
	return []int{running.Year, now.Year}
}

// datasetLD is the record for programs that look for data (schema.org).
func (s *Site) datasetLD(v voice, years []incident.YearTotal) any {
	first, last := years[len(years)-1].Year, years[0].Year
	return map[string]any{
		"@context": "https://schema.org", "@type": "Dataset", "name": v.T("site.ld.name"), "description": v.T("site.ld.description"),
		"creator":          map[string]any{"@type": "Organization", "name": "Access Now and the #KeepItOn coalition"},
		"license":          "https://creativecommons.org/licenses/by/4.0/",
		"temporalCoverage": strconv.Itoa(first) + "/" + strconv.Itoa(last),
		"url":              v.origin + "/data", "isAccessibleForFree": true,
		"distribution": []map[string]any{
			{"@type": "DataDownload", "encodingFormat": "text/csv", "contentUrl": v.origin + "/data/stop.csv"},
			{"@type": "DataDownload", "encodingFormat": "text/csv", "contentUrl": v.origin + "/incidents.csv"},
		},
	}
}
