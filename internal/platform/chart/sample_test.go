package chart

import (
	"fmt"
	"math"
)

// Invented, neutral figures: no real place, nobody's record.

const sampleSource = "Source: invented figures for a test, edition of 20 May 2026."
const sampleSourceAR = "المصدر: أرقام مخترعة للاختبار، إصدار 20 مايو 2026."

func group(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func sampleHead(title, subtitle string) Head {
	return Head{Title: title, Subtitle: subtitle, Source: sampleSource, Lang: "en", Number: group,
		Desc: "What the drawing shows, in words."}
}

func sampleHeadAR(title, subtitle string) Head {
	return Head{Title: title, Subtitle: subtitle, Source: sampleSourceAR, Lang: "ar", RTL: true, Number: group,
		Desc: "ما يظهره الرسم بالكلمات."}
}

func sampleBars() Bars {
	b := Bars{Head: sampleHead("313 ferries were late in 2025, the most in ten years", "At least this many late ferries each year, all harbours. Outlined: already late when the year began"),
		PartText: "59 older", RestText: "254 new", LabelHead: "Year", ValueHead: "Late ferries", PartHead: "Already late", SubHead: "Harbours"}
	b.Note = "A ferry counts once in every year it was late in. Earlier years are restated as evidence arrives."
	values := []float64{80, 113, 205, 224, 171, 197, 206, 289, 304, 313}
	part := []float64{2, 4, 10, 14, 15, 20, 31, 35, 45, 59}
	harbours := []int{28, 23, 29, 37, 35, 40, 41, 41, 55, 52}
	for i, v := range values {
		b.Items = append(b.Items, Bar{Label: fmt.Sprint(2016 + i), Sub: fmt.Sprintf("%d harbours", harbours[i]), Value: v, Text: group(int(v)), Part: part[i]})
	}
	return b
}

func sampleBarsAR() Bars {
	b := sampleBars()
	b.Head = sampleHeadAR("تأخرت 313 عبّارة سنة 2025، وهو الأعلى في عشر سنوات", "عدد العبّارات المتأخرة كل سنة على الأقل. المحدّد بخط: متأخر منذ السنة السابقة")
	b.PartText, b.RestText = "59 أقدم", "254 جديدة"
	for i := range b.Items {
		b.Items[i].Sub = fmt.Sprintf("%d ميناء", 20+i)
	}
	return b
}

func sampleRanked() Ranked {
	r := Ranked{Head: sampleHead("Storms were the cause of two in five", "Recorded cause of the 313 late ferries of 2025. The thin mark is 2024"), LabelHead: "Cause", ValueHead: "2025", PrevHead: "2024"}
	for _, it := range []struct {
		name    string
		v, prev float64
	}{{"Storms", 125, 106}, {"Low water", 61, 72}, {"Engine faults", 48, 42}, {"Fog over the northern channel", 16, 23}, {"Fishing fleet in the fairway", 14, 16}, {"Harbour works", 11, 16}, {"Visits by school classes", 8, 2}, {"Ice", 3, 2}, {"Cause not known", 27, 25}} {
		r.Items = append(r.Items, Rank{Label: it.name, Value: it.v, Text: group(int(it.v)), Prev: it.prev, PrevText: group(int(it.prev)), HasPrev: true, Last: it.name == "Cause not known"})
	}
	return r
}

func sampleRankedAR() Ranked {
	r := sampleRanked()
	r.Head = sampleHeadAR("العواصف سبب حالتين من كل خمس", "السبب المسجل للعبّارات المتأخرة سنة 2025. العلامة الرفيعة هي 2024")
	r.LabelHead = "السبب"
	for i, s := range []string{"عواصف", "انخفاض الماء", "أعطال المحرك", "ضباب فوق القناة الشمالية", "أسطول الصيد في الممر", "أعمال الميناء", "زيارات مدرسية", "جليد", "سبب غير معروف"} {
		r.Items[i].Label = s
	}
	return r
}

func sampleMatrix() Matrix {
	return Matrix{Head: sampleHead("In storms, captains mostly give no reason; over low water they cite the harbour", "Reason given (across) for each recorded cause (down), 2016 to 2025. The stronger the shade, the larger its share of the row"),
		Rows: []string{"Storms", "Low water", "Engine faults", "Fog over the northern channel", "Fishing fleet", "School visits", "Cause not known"},
		Cols: []string{"None recorded", "Wind, waves", "Public order", "Harbour rules", "Precaution", "School terms", "Sabotage, third party", "Other or technical"},
		Cells: [][]int{{1197, 99, 131, 24, 9, 0, 1, 17}, {255, 9, 7, 48, 1, 0, 86, 32}, {24, 25, 33, 142, 14, 0, 2, 2},
			{129, 14, 15, 29, 1, 0, 0, 46}, {16, 120, 40, 2, 1, 0, 0, 7}, {4, 0, 0, 1, 0, 93, 0, 0}, {57, 16, 21, 4, 0, 0, 2, 6}},
		Corner: "Cause", Total: "All"}
}

func sampleMatrixAR() Matrix {
	m := sampleMatrix()
	m.Head = sampleHeadAR("في العواصف لا يُذكر سبب في الغالب", "السبب المعلن (أفقيًا) لكل سبب مسجل (عموديًا). كلما اشتد اللون كبرت حصته من الصف")
	m.Rows = []string{"عواصف", "انخفاض الماء", "أعطال المحرك", "ضباب", "أسطول الصيد", "زيارات مدرسية", "غير معروف"}
	m.Cols = []string{"لم يُسجل", "رياح وأمواج", "نظام عام", "قواعد الميناء", "احتياط", "فصول دراسية", "تخريب", "أخرى أو تقنية"}
	m.Total = "الكل"
	return m
}

func sampleYear() YearStrip {
	y := YearStrip{Head: sampleHead("No day of 2025 passed without a late ferry", "Ferries late on each day, all harbours, by kind. At least 55 at once, at most 81"),
		Months:    []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		MonthsAbb: []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		EndText:   "On 31 December", UndatedText: "75 more were late and nobody recorded their arrival. Each is counted above on its first day only:",
		DayHead: "Day", Heads: [3]string{"Not sailing", "Slow", "Closed to cars"}}
	lo, hi := 0, 0
	for d := range 365 {
		x := float64(d)
		c := DayCount{Cut: 16 + int(5*x/365+3*math.Sin(x/17)+2*math.Sin(x/3.1)), Slow: 1 + int(1.4*math.Abs(math.Sin(x/23))), Blocked: 39 + int(12*x/365+3*math.Sin(x/29)+1.5*math.Cos(x/5))}
		y.Days = append(y.Days, c)
		if c.All() > y.Days[hi].All() {
			hi = d
		}
		if c.All() < y.Days[lo].All() {
			lo = d
		}
		if d%5 == 0 && d%3 != 1 || d%37 < 3 {
			y.Undated = append(y.Undated, d)
		}
	}
	last := y.Days[364]
	y.High = Callout{hi, fmt.Sprintf("Day %d: %d, the most", hi+1, y.Days[hi].All())}
	y.Low = Callout{lo, fmt.Sprintf("Day %d: %d, the fewest", lo+1, y.Days[lo].All())}
	y.CutText, y.SlowText, y.BlockedText = fmt.Sprintf("Not sailing at all: %d", last.Cut), fmt.Sprintf("Slowed down: %d", last.Slow), fmt.Sprintf("Closed to cars: %d", last.Blocked)
	return y
}

func sampleYearAR() YearStrip {
	y := sampleYear()
	y.Head = sampleHeadAR("لم يمرّ يوم من سنة 2025 دون عبّارة متأخرة", "العبّارات المتأخرة كل يوم في كل الموانئ: 55 على الأقل و81 على الأكثر")
	y.Months = []string{"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"}
	y.MonthsAbb = y.Months
	y.EndText, y.CutText, y.SlowText, y.BlockedText = "في 31 ديسمبر", "لا تبحر: 22", "بطيئة: 1", "مغلقة للسيارات: 53"
	y.UndatedText = "تأخرت 75 أخرى ولم يسجل أحد وصولها. تُحسب كل منها في يومها الأول فقط:"
	y.High.Text, y.Low.Text = "27 ديسمبر: 81، وهو الأعلى", "4 يناير: 55، وهو الأدنى"
	return y
}

func sampleStrips() Strips {
	s := Strips{Head: sampleHead("Late now, longest first", "Only 3 of the 6 were confirmed after the year closed. Where the red stops, nobody has told us since"),
		Axis: []Tick{{.1, "2021"}, {.28, "2022"}, {.46, "2023"}, {.64, "2024"}, {.82, "2025"}}, NumberHead: "days", LabelHead: "Ferry", SubHead: "Harbour", WordsHead: "When",
		Key: []KeyItem{{Up: true, Text: "sailing"}, {State: Cut, Text: "late, confirmed"}, {State: Unsure, Text: "not confirmed since"}, {State: Slow, Text: "slow"}, {State: Blocked, Text: "closed to cars"}}}
	for i, n := range []string{"Tern", "Hope of the Northern Isles and two more", "Grey Gull", "Curlew", "Plover", "Sandpiper"} {
		from := .06 + .1*float64(i)
		s.Rows = append(s.Rows, StripRow{Label: n, Sub: []string{"Kesh", "Port Anse", "Belquist"}[i%3], Number: group(1884 - 260*i), Words: "since invented day",
			Marks: []Mark{{From: from, To: from + .3, State: Cut}, {From: from + .3, To: 1, State: []State{Unsure, Slow, Blocked}[i%3]}, {From: .01, To: .02, State: Cut, Half: true}}})
	}
	return s
}

func sampleYears() Strips {
	s := Strips{Head: sampleHead("Ten years, ten lines", "Each line is a year, January to December. Tall marks: every harbour; short marks: one. The band underneath: closed to cars"),
		Axis: []Tick{{0, "Jan"}, {.247, "Apr"}, {.496, "Jul"}, {.748, "Oct"}}, NumberHead: "days", LabelHead: "Year", WordsHead: "When", Tall: true,
		Key: []KeyItem{{Up: true, Text: "sailing"}, {State: Cut, Text: "late"}, {State: Slow, Text: "slow"}, {State: Blocked, Text: "closed to cars"}}}
	for i := range 10 {
		r := StripRow{Label: fmt.Sprint(2016 + i), Bold: true, Number: fmt.Sprint(i * i), Marks: []Mark{{From: .1 * float64(i), To: .1*float64(i) + .002*float64(i*i), State: Cut}, {From: .3, To: .303, State: Cut, Half: true}, {From: 0, To: 1, State: Blocked, Band: true}}}
		if i == 7 {
			for w := range 26 {
				r.Marks = append(r.Marks, Mark{From: float64(w) / 27, To: float64(w)/27 + .003, State: Cut, Half: true})
			}
		}
		if i == 5 {
			r.Marks = append(r.Marks, Mark{From: .75, To: .95, State: Slow})
		}
		s.Rows = append(s.Rows, r)
	}
	return s
}

func sampleStripsAR() Strips {
	s := sampleStrips()
	s.Head = sampleHeadAR("المتأخرة الآن، الأطول أولًا", "لم يتأكد بعد إقفال السنة سوى 3 من 6. حيث ينتهي الأحمر لم يخبرنا أحد بشيء")
	s.NumberHead = "يومًا"
	s.Key = []KeyItem{{Up: true, Text: "تبحر"}, {State: Cut, Text: "متأخرة، مؤكد"}, {State: Unsure, Text: "لم يتأكد منذئذ"}}
	for i, n := range []string{"خطّاف البحر", "أمل الجزر الشمالية واثنتان", "النورس", "الكروان", "الزقزاق", "الطيطوي"} {
		s.Rows[i].Label, s.Rows[i].Sub = n, "ميناء كش"
	}
	return s
}

func sampleMultiples(lines bool) Multiples {
	m := Multiples{Head: sampleHead("Most of the growth is in the northern harbours", "Late ferries each year, 2016 to 2025, all panels on one scale"), PanelHead: "Coast", Lines: lines}
	for i := range 10 {
		m.Labels = append(m.Labels, fmt.Sprint(2016+i))
	}
	for p, name := range []string{"Northern harbours", "Southern harbours", "Eastern lakes and the long canal", "Western islands", "River ports", "Abroad"} {
		panel := Panel{Title: name, Note: []string{"Three in four of all.", "Fewer since the new pier.", ""}[p%3], Mark: -1}
		for i := range 10 {
			v := math.Round(float64(10+p*3) + float64(i*(12-p*2)) + 6*math.Sin(float64(i*(p+1))))
			panel.Values = append(panel.Values, max(v, 0))
			panel.Texts = append(panel.Texts, group(int(max(v, 0))))
		}
		m.Panels = append(m.Panels, panel)
	}
	return m
}

func sampleMap() Map {
	hex := func(x, y, r float64) string {
		d := ""
		for i := range 6 {
			a := float64(i) * math.Pi / 3
			d += fmt.Sprintf("%s%.1f %.1f", map[bool]string{true: "M", false: "L"}[i == 0], x+r*math.Cos(a), y+r*math.Sin(a))
		}
		return d + "Z"
	}
	m := Map{Head: sampleHead("Where ferries were still late at the close of 2025", "20 places late, 12 of them in the north; closed to cars in 3 lands, in one also slow"),
		View: Box{0, 0, 1000, 460}, NarrowView: Box{150, 0, 700, 460},
		Key:     []KeyItem{{State: Cut, Dot: true, Text: "late here"}, {State: Blocked, Text: "closed to cars"}, {State: Slow, Text: "slow as well"}, {State: Unsure, Text: "end not recorded"}, {Disputed: true, Text: "disputed"}},
		Borders: "Borders and names imply no opinion on the status of any place.", TableHead: []string{"Place", "State"}, TableRows: [][]string{{"Kesh", "late"}, {"Anse", "late"}}}
	states := []State{Ink, Blocked, Ink, Unsure, Ink, Slow, Ink, Cut, Ink}
	n := 0
	for y := 70.0; y < 440; y += 104 {
		for x := 60.0; x < 1000; x += 120 {
			s := Shape{Path: hex(x+math.Mod(y, 208)/2, y, 66), State: states[n%len(states)], Title: fmt.Sprintf("Land %d", n)}
			if s.State == Slow {
				s.Also = Blocked
			}
			m.Shapes = append(m.Shapes, s)
			n++
		}
	}
	m.Disputed = []Shape{{Path: hex(500, 200, 40), Title: "Disputed land"}}
	for i := range 9 {
		m.Dots = append(m.Dots, Dot{X: 300 + 40*float64(i%4), Y: 120 + 60*float64(i/2), State: Cut, Title: fmt.Sprintf("Place %d", i), Label: []string{"Kesh", "", "Port Anse", "Belquist: 12 places"}[i%4], Href: "/places/x"})
	}
	m.Dots = append(m.Dots, Dot{X: 700, Y: 300, State: Blocked, Title: "Small land", Label: "Ring"})
	m.Labels = []Label{{500, 200, "Long Shoal"}}
	return m
}

func samples() map[string]Chart {
	short := sampleBars()
	short.Items = short.Items[:3]
	many := sampleBars()
	many.Items = nil
	for i := range 60 {
		many.Items = append(many.Items, Bar{Label: fmt.Sprintf("%d/%d", i%12+1, 2020+i/12), Value: float64(i*i%97 + 3), Text: fmt.Sprint(i*i%97 + 3)})
	}
	return map[string]Chart{
		"bars": sampleBars(), "bars.ar": sampleBarsAR(), "bars.short": short, "bars.many": many,
		"ranked": sampleRanked(), "ranked.ar": sampleRankedAR(), "matrix": sampleMatrix(), "matrix.ar": sampleMatrixAR(),
		"year": sampleYear(), "year.ar": sampleYearAR(), "strips": sampleStrips(), "strips.ar": sampleStripsAR(), "years": sampleYears(),
		"multiples": sampleMultiples(false), "multiples.lines": sampleMultiples(true), "map": sampleMap(),
	}
}
