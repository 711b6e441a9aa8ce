package page

import (
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"keepiton/internal/platform/chart"
	"keepiton/internal/platform/i18n"
)

// The demo is a page with every component and invented figures. Run it with
//
//	PAGE_DEMO=127.0.0.1:8123 go test -run TestDemo ./internal/platform/page
//
// and open it in a browser; it ends after ten minutes.

const demoViews = `
{{define "demo.home"}}<div class="lede"><h1>{{t "demo.title" "n" 20}}</h1><div><p>{{t "demo.lede"}}</p><p class="sm soft">{{t "demo.edition" "date" (date "2026-05-20")}}</p></div></div>
<section><h2>{{t "demo.bars"}}</h2>{{template "ui.picture" .Bars}}</section>
<section><h2>{{t "demo.now"}}</h2><p>{{t "demo.nowsub"}}</p>{{template "ui.rows" .Rows}}</section>
<section class="two"><div><h2>{{t "demo.causes"}}</h2>{{template "ui.bars" .Causes}}</div><div><h2>{{t "demo.facts"}}</h2>{{template "ui.facts" .Short}}{{template "ui.ladder" .Ladder}}</div></section>
<section><h2>{{t "demo.years"}}</h2>{{template "ui.years" .Years}}{{template "ui.source" (t "demo.source")}}</section>
<section><h2>{{t "demo.know"}}</h2>{{template "ui.facts" .Facts}}{{template "ui.flagkey"}}</section>
<section class="three"><div><h3>{{t "demo.now"}}</h3><p>{{t "demo.nowsub"}}</p></div><div><h3>{{t "demo.causes"}}</h3><p>{{t "demo.lede"}}</p></div><div><h3>{{t "demo.know"}}</h3><p>{{h "demo.see" "link" (link "/form" (t "demo.form"))}}</p></div></section>
<section>{{template "ui.cite" .Cite}}{{template "ui.pages" .Pages}}</section>{{end}}
{{define "demo.list"}}{{template "ui.crumbs" .Crumbs}}<h1>{{t "demo.causes"}}</h1>{{template "form.filter" .Filter}}{{template "ui.bars" .Causes}}{{end}}
{{define "demo.form"}}<div class="narrow">{{template "form.errors" .Summary}}<h1>{{t "demo.form"}}</h1><p>{{t "demo.lede"}}</p><form method="post">{{template "form.field" .Field}}{{template "form.choice" .Choice}}{{template "form.choice" .When}}{{template "form.select" .Select}}{{template "form.button" (t "demo.send")}}</form></div>{{end}}`

const demoEN = `{"demo":{"title":{"one":"At least {n} ferry is late","other":"At least {n} ferries in 7 harbours are on record as late, 12 of them in Kesh"},"lede":"The longest on record is the Tern: 1,884 days, and not yet where she was going. Another 54 sail without cars.","edition":"Edition of {date}. Every name and figure here is invented.","bars":"313 late ferries in 2025, the most in ten years","now":"Late now, longest first","nowsub":"Only 3 of the 20 were confirmed after the year closed. Where the red stops, nobody has told us since.","causes":"Storms were the cause of two in five","facts":"In short","years":"Ten years, ten lines","source":"Source: invented, edition of 20 May 2026.","know":"What we know, and how","see":"Do you know one of these? {link}.","form":"What stopped sailing?","send":"Send"},"nav":{"now":"Now","places":"Harbours","figures":"Figures"},"foot":{"note":"Figures are invented and mean nothing. This page sets no cookie and loads nothing from anybody else.","how":"How we count"}}`

const demoAR = `{"demo":{"title":{"zero":"لا عبّارات متأخرة","one":"عبّارة واحدة متأخرة","two":"عبّارتان متأخرتان","few":"في السجل {n} عبّارات متأخرة","many":"في السجل ما لا يقل عن {n} عبّارة متأخرة في 7 موانئ، منها 12 في كش","other":"في السجل {n} عبّارة متأخرة"},"lede":"أطولها في السجل خطّاف البحر: 1,884 يومًا، ولم تصل بعد. وتبحر 54 أخرى بلا سيارات.","edition":"إصدار {date}. كل اسم ورقم هنا مخترع.","bars":"تأخرت 313 عبّارة سنة 2025","now":"المتأخرة الآن، الأطول أولًا","nowsub":"لم يتأكد بعد إقفال السنة سوى 3 من أصل 20. حيث ينتهي الأحمر لم يخبرنا أحد بشيء.","causes":"العواصف سبب حالتين من كل خمس","facts":"باختصار","years":"عشر سنوات، عشرة أسطر","source":"المصدر: مخترع، إصدار 20 مايو 2026.","know":"ما نعرفه، وكيف","see":"هل تعرف شيئًا منها؟ {link}.","form":"ما الذي توقف عن الإبحار؟","send":"أرسل"},"nav":{"now":"الآن","places":"الموانئ","figures":"الأرقام"},"foot":{"note":"الأرقام مخترعة ولا تعني شيئًا.","how":"كيف نعدّ"}}`

const demoFR = `{"demo":{"title":{"one":"Au moins {n} bac en retard","many":"Au moins {n} bacs en retard","other":"Au moins {n} bacs en retard dans 7 ports, dont 12 à Kesh"},"lede":"Le plus long retard est celui de la Sterne : 1 884 jours.","edition":"Édition du {date}. Tout est inventé.","bars":"313 bacs en retard en 2025","now":"En retard, le plus long d’abord","nowsub":"Là où le rouge s’arrête, personne ne nous a rien dit depuis.","causes":"La tempête, cause de deux retards sur cinq","facts":"En bref","years":"Dix ans, dix lignes","source":"Source : inventée, édition du 20 mai 2026.","know":"Ce que nous savons, et comment","see":"Vous en savez plus ? {link}.","form":"Qu’est-ce qui ne part plus ?","send":"Envoyer"},"nav":{"now":"Maintenant","places":"Ports","figures":"Chiffres"},"foot":{"note":"Tout est inventé.","how":"Comment nous comptons"}}`

type demoHome struct {
	Bars         Picture
	Rows         Rows
	Causes       BarTable
	Short, Facts Facts
	Ladder       []Step
	Years        Years
	Cite         Cite
	Pages        Pages
}

type demoList struct {
	Crumbs []Link
	Filter Filter
	Causes BarTable
}

type demoForm struct {
	Summary      Summary
	Field        Field
	Choice, When Choice
	Select       Select
}

func demoBars(x *i18n.Texts) chart.Bars {
	b := chart.Bars{Head: chart.Head{Title: x.T("demo.bars"), Subtitle: x.T("demo.nowsub"), Source: x.T("demo.source"), Lang: x.Lang.Tag, RTL: x.Lang.RTL(), Number: x.N}, LabelHead: "2016", ValueHead: "n"}
	for i, v := range []float64{80, 113, 205, 224, 171, 197, 206, 289, 304, 313} {
		b.Items = append(b.Items, chart.Bar{Label: fmt.Sprint(2016 + i), Value: v, Text: x.N(int(v)), Part: v / 8})
	}
	return b
}

func demoData(x *i18n.Texts) demoHome {
	d := sampleData()
	b := demoBars(x)
	w, h := chart.Size(b, chart.Wide)
	nw, nh := chart.Size(b, chart.Narrow)
	head, rows := b.Table()
	names := []string{"Tern", "Hope of the Isles", "Pale Gull and 9 more boats of the northern line", "Curlew", "Plover", "Sandpiper"}
	if x.Lang.RTL() {
		names = []string{"خطّاف البحر", "أمل الجزر", "النورس الشاحب وتسعة أخرى", "الكروان", "الزقزاق", "الطيطوي"}
	}
	list := Rows{Axis: []Tick{{.09, "2021"}, {.27, "2022"}, {.45, "2023"}, {.63, "2024"}, {.81, "2025"}}, Key: d.Rows.Key}
	for i, n := range names {
		from := .06 + .11*float64(i)
		var ticks []Tick
		for _, t := range list.Axis {
			ticks = append(ticks, Tick{At: t.At})
		}
		list.Items = append(list.Items, Row{Name: n, Of: "Kesh", Href: "/form", Count: x.Days(1884 - 250*i), When: x.Since("2020-11-04"), Note: x.T("demo.lede"),
			Strip: Strip{Ticks: ticks, Marks: []Mark{{From: from, To: from + .3, State: Cut}, {From: from + .3, To: 1, State: Unsure}}}})
	}
	years := Years{Axis: []Tick{{0, x.MonthName(1, true)}, {.25, x.MonthName(4, true)}, {.5, x.MonthName(7, true)}, {.75, x.MonthName(10, true)}}}
	for i := range 10 {
		row := YearRow{Year: fmt.Sprint(2016 + i), Count: x.N(i * i), Strip: Strip{Tall: true, Label: "x", Marks: []Mark{{From: .1 * float64(i), To: .1*float64(i) + .002*float64(i*i), State: Cut}, {From: 0, To: 1, State: Blocked, Band: true}}}}
		if i == 5 {
			for k := range 20 {
				row.Strip.Marks = append(row.Strip.Marks, Mark{From: float64(k) / 20, To: float64(k)/20 + .003, State: Cut, Half: true})
			}
		}
		if i == 7 {
			row.Strip.Marks = append(row.Strip.Marks, Mark{From: .3, To: .5, State: Slow}, Mark{From: .55, To: .65, State: Unsure})
		}
		years.Items = append(years.Items, row)
	}
	short := Facts{Short: true, Items: []Fact{{Question: "State", State: &StateWord{State: Up, Text: "Ended", Bold: true}}, {Question: "Lasted", Answer: x.Days(8)}, {Question: "Warned", Flag: Unknown}}}
	return demoHome{Bars: Picture{Src: "/pictures/bars", Alt: x.T("demo.bars"), Title: x.T("demo.bars"), Width: w, Height: h, NarrowWidth: nw, NarrowHigh: nh, Head: head, Rows: rows},
		Rows: list, Causes: d.Bars, Short: short, Facts: d.Facts, Ladder: d.Ladder, Years: years, Cite: d.Cite, Pages: d.Pages}
}

// demoShell serves the demo.
func demoShell(t testing.TB) (*Shell, http.Handler) {
	t.Helper()
	texts, err := i18n.Load(Texts(), fstest.MapFS{"en.json": {Data: []byte(demoEN)}, "ar.json": {Data: []byte(demoAR)}, "fr.json": {Data: []byte(demoFR)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range i18n.Check(texts) {
		t.Error(gap)
	}
	s, err := New(Options{Name: "keepiton", Texts: texts, Views: []fs.FS{fstest.MapFS{"demo.html": {Data: []byte(demoViews)}}}, FootKey: "foot.note",
		Nav:  []Item{{Key: "nav.now", Path: "/", Section: "now"}, {Key: "nav.places", Path: "/places", Section: "places"}, {Key: "nav.figures", Path: "/figures"}},
		Foot: []Item{{Key: "foot.how", Path: "/how"}}})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		x := s.Words(Of(r).Lang)
		s.Render(w, r, Page{Title: x.T("demo.bars"), Description: x.T("demo.lede"), Body: "demo.home", Data: demoData(x), Section: "now", JSONLD: map[string]string{"@context": "https://schema.org", "@type": "Dataset"}, Feeds: []Feed{{"Atom", "/feed", "application/atom+xml"}}})
	})
	mux.HandleFunc("GET /places", func(w http.ResponseWriter, r *http.Request) {
		x := s.Words(Of(r).Lang)
		f := sampleForm()
		f.Select.Optional = false
		s.Render(w, r, Page{Title: x.T("nav.places"), Body: "demo.list", Section: "places", Data: demoList{Crumbs: []Link{{x.T("nav.now"), "/"}, {x.T("nav.places"), ""}},
			Filter: Filter{Action: "/places", Selects: []Select{f.Select}, Fields: []Field{{Name: "q", Label: "Words", Type: "search"}}, Reset: "/places"}, Causes: sampleData().Bars}})
	})
	mux.HandleFunc("GET /form", func(w http.ResponseWriter, r *http.Request) {
		f := sampleForm()
		d := demoForm{f.Summary, f.Field, f.Choice, Choice{Name: "when", Label: "Since when?", Hint: "A guess is fine.", Options: []Option{{Value: "1", Label: "Today"}, {Value: "2", Label: "Some days ago. How many?", Extra: &Field{Name: "d", Label: "How many?", Type: "number"}}, {Value: "3", Label: "I do not know"}}}, f.Select}
		d.Field.Value = "near the <river> port"
		s.Render(w, r, Page{Title: "Form", Body: "demo.form", Data: d, Neutral: true, NoStore: true, Errors: true})
	})
	mux.HandleFunc("GET /pictures/{file}", func(w http.ResponseWriter, r *http.Request) {
		b := demoBars(s.Words(Of(r).Lang))
		f := File{Type: "image/svg+xml", Open: true}
		switch ending := strings.TrimPrefix(r.PathValue("file"), "bars"); ending {
		case ".svg":
			f.Data = chart.SVG(b, chart.Wide)
		case ".narrow.svg":
			f.Data = chart.SVG(b, chart.Narrow)
		case ".png":
			raw, err := chart.PNG(b, chart.Wide, 2)
			if err != nil {
				s.Fail(w, r, err)
				return
			}
			f.Type, f.Data = "image/png", raw
		default:
			s.Error(w, r, http.StatusNotFound, nil)
			return
		}
		s.Send(w, r, f)
	})
	return s, s.Handler(mux)
}

func TestDemo(t *testing.T) {
	_, h := demoShell(t)
	for _, target := range []string{"/", "/ar/", "/fr/", "/lite/", "/lite/ar/", "/places", "/form", "/ar/form", "/pictures/bars.svg", "/ar/pictures/bars.narrow.svg", "/pictures/bars.png"} {
		res, body := get(h, "GET", target, "Accept-Encoding", "gzip")
		if res.StatusCode != 200 || len(body) < 300 {
			t.Errorf("%s: %d, %d bytes", target, res.StatusCode, len(body))
		}
		t.Logf("%-28s %6s bytes on the wire, %6d whole", target, res.Header.Get("Content-Length"), len(body))
	}
	addr := os.Getenv("PAGE_DEMO")
	if addr == "" {
		return
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h, ConnContext: ConnContext, ReadHeaderTimeout: 5 * time.Second}
	time.AfterFunc(10*time.Minute, func() { _ = srv.Close() })
	if err := srv.Serve(Listen(l)); err != http.ErrServerClosed {
		t.Fatal(err)
	}
}
