package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/stop"
	"keepiton/internal/verify"
)

// lives is a random life of the desk: sheets, leads, signatures, publications,
// retractions, lists that are coded anew and releases, in any order.
type lives struct {
	*deskSite
	t     *testing.T
	r     *rand.Rand
	c     crew
	log   []string
	month time.Time
	rel   map[string]string
	n     int
	known map[string]bool
	wrong []string
}

func (p *lives) say(f string, a ...any) { p.log = append(p.log, fmt.Sprintf(f, a...)) }

func (p *lives) sheet() {
	var rows []map[stop.Field]string
	for _, area := range []string{"Nairobi", "Kisumu", "Mombasa", "Nakuru", "Eldoret"} {
		if p.r.IntN(4) == 0 {
			continue
		}
		start := []string{"2022-06-01", "2024-11-03", "2025-02-01"}[p.r.IntN(3)]
		began, _ := strconv.Atoi(start[:4])
		first := max(began, 2024) // sheets do not always count from the first day on
		for y := first; y <= min(first+p.r.IntN(3), 2026); y++ {
			if p.r.IntN(4) == 0 {
				continue // nor every year
			}
			end, status := "", []string{"", "Ongoing"}[p.r.IntN(2)]
			if p.r.IntN(3) == 0 {
				end, status = fmt.Sprintf("%d-12-%02d", min(y, 2025), 1+p.r.IntN(28)), ""
			}
			rows = append(rows, rowLike("country", "Kenya", "area_name", area, "start_date", start, "end_date", end, "shutdown_status", status, "count_year", strconv.Itoa(y), "event", ""))
			if end != "" {
				break
			}
		}
	}
	if len(rows) == 0 {
		return
	}
	p.month = p.month.AddDate(0, 1, 0)
	opt := incident.ImportOptions{WithdrawMissing: p.r.IntN(3) == 0}
	p.importRows("sheet "+p.month.Format("2006-01-02")+".csv", opt, rows...)
	p.say("sheet of %d rows withdraw %v", len(rows), opt.WithdrawMissing)
}

func (p *lives) dossiers(where string) []verify.Dossier {
	list, err := db.Select[verify.Dossier](context.Background(), p.d.Reader(), `select `+db.Columns[verify.Dossier]("")+` from dossier where `+where+` order by id`)
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

func (p *lives) pick(where string) (verify.Dossier, bool) {
	l := p.dossiers(where)
	if len(l) == 0 {
		return verify.Dossier{}, false
	}
	return l[p.r.IntN(len(l))], true
}

func (p *lives) bothSign(ref string) {
	ctx := context.Background()
	for _, v := range []*visitor{p.c.first, p.c.second} {
		c, err := p.work.cases.Get(ctx, v.actor(), ref)
		if err != nil {
			p.say("get %v", err)
			return
		}
		var answers []verify.Answer
		for _, q := range verify.Questions() {
			answers = append(answers, verify.Answer{Key: q.Key, Says: "yes"})
		}
		if err := p.work.cases.Sign(ctx, v.actor(), ref, c.Revision, 0, answers, ""); err != nil {
			p.say("sign %s %v", ref, err)
		}
	}
}

func (p *lives) change(ref string) {
	ctx := context.Background()
	c, err := p.work.cases.Get(ctx, p.c.author.actor(), ref)
	if err != nil {
		p.t.Fatal(err)
	}
	f := c.Values[verify.When].Facts
	claim := verify.When
	switch p.r.IntN(4) {
	case 0:
		f.Period.End, f.Period.EndState = "", "ongoing"
	case 1:
		f.Period.End, f.Period.EndState = incident.Date(fmt.Sprintf("%d-12-%02d", 2025, 1+p.r.IntN(28))), "ended"
	case 2:
		f.Period.Start = incident.Date([]string{"2021-03-05", "2024-10-05", "2025-01-07"}[p.r.IntN(3)])
	case 3:
		claim, f = verify.Why, c.Values[verify.Why].Facts
		f.Cause.Details = fmt.Sprint("as we know since step ", len(p.log))
	}
	_, err = p.work.cases.State(ctx, p.c.author.actor(), ref, 0, "", []verify.Statement{{Claim: claim, Facts: f, Base: c.Values[claim].ID}})
	p.say("state %s %s %v %v %v", ref, claim, f.Period.Start, f.Period.End, err)
}

// said is what the record says of an incident, nil where it says nothing.
func (p *lives) said(ref string) *incident.Incident {
	if ref == "" {
		return nil
	}
	inc, err := p.record.Get(context.Background(), incident.RecordEdition, ref)
	if err != nil || inc.Facts == nil || inc.Urgent != nil || len(counting(inc)) == 0 {
		return nil
	}
	return inc
}

func counting(inc *incident.Incident) (years []int) {
	for _, y := range inc.Years {
		if y.Counted {
			years = append(years, y.Year)
		}
	}
	return years
}

// sameYears: a correction of something else than the dates changes no year that was over.
func (p *lives) sameYears(ref string, before *incident.Incident) {
	after := p.said(ref)
	if before == nil || after == nil || before.Facts.Period != after.Facts.Period {
		return
	}
	was := counting(before)
	now := slices.DeleteFunc(counting(after), func(y int) bool { return y > was[len(was)-1] })
	if !slices.Equal(was, now) {
		p.wrong = append(p.wrong, fmt.Sprintf("%s counted in %v, and without other dates it counts in %v", ref, was, now))
	}
}

func (p *lives) step() {
	ctx := context.Background()
	cases := p.work.cases
	switch p.r.IntN(11) {
	case 0, 1:
		p.sheet()
	case 2: // adopt
		l, err := p.record.List(ctx, incident.Filter{Edition: 1, Limit: 50})
		if err != nil || len(l.Rows) == 0 {
			return
		}
		ref := l.Rows[p.r.IntN(len(l.Rows))].Ref
		d, err := cases.Adopt(ctx, p.c.author.actor(), ref, 0)
		p.say("adopt %s %s %v", ref, d.Ref, err)
		if err == nil && !p.known[d.Ref] {
			p.known[d.Ref] = true
			p.c.author.prove("/desk/leads/" + d.Ref)
		}
	case 3: // new
		p.n++
		form := map[string][]string{"countries": {"Iran"}, "area": {fmt.Sprint("Town", p.n)}, "geo_scope": {"multi_city"}, "start": {"2024-11-08"}, "start_kind": {"actual"}, "end_state": {"ongoing"},
			"method": {"shutdown"}, "network": {"mobile"}, "extent": {"full_network"}, "cause": {"protests"}}
		d, err := cases.FileForm(ctx, p.c.author.actor(), "a lead", 1, form)
		if err != nil {
			p.t.Fatal(err)
		}
		p.known[d.Ref] = true
		p.c.author.prove("/desk/leads/" + d.Ref)
		p.say("new %s", d.Ref)
	case 4, 5: // sign and publish
		if d, ok := p.pick("state in ('open', 'published')"); ok {
			if d.State == verify.Public || p.r.IntN(2) == 0 {
				p.change(d.Ref)
			}
			if p.r.IntN(3) > 0 {
				_ = cases.Follow(ctx, p.c.author.actor(), d.Ref)
			}
			p.bothSign(d.Ref)
			before := p.said(d.Incident)
			ref, err := cases.Publish(ctx, p.c.editor.actor(), d.Ref, "more", p.r.IntN(2) == 0)
			p.say("publish %s %s %v", d.Ref, ref, err)
			if err == nil {
				p.sameYears(ref, before)
			}
		}
	case 6:
		if d, ok := p.pick("exists (select 1 from incident i where i.ref = incident_ref and i.merged_into is not null) and state in ('open', 'published')"); ok {
			to, err := cases.Adopt(ctx, p.c.author.actor(), d.Incident, 0) // the case of the one that took it in
			if err == nil {
				err = cases.Merge(ctx, p.c.editor.actor(), d.Ref, to.Ref, "one shutdown")
			}
			p.say("joined %s %s %v", d.Ref, to.Ref, err)
		} else if d, ok := p.pick("state = 'published'"); ok {
			p.say("retract %s %s %v", d.Ref, d.Incident, cases.Retract(ctx, p.c.editor.actor(), d.Ref, "a mistake"))
		}
	case 7:
		if d, ok := p.pick("state = 'retracted'"); ok {
			err := cases.Park(ctx, p.c.author.actor(), d.Ref, verify.Open, "look again")
			p.bothSign(d.Ref)
			ref, err2 := cases.Publish(ctx, p.c.editor.actor(), d.Ref, "it was right", false)
			p.say("again %s %v %s %v", d.Ref, err, ref, err2)
		}
	case 8:
		if d, ok := p.pick("state = 'open' and incident_ref = ''"); ok {
			ref, err := cases.PublishUrgently(ctx, p.c.editor.actor(), d.Ref, "people are being arrested tonight")
			p.say("urgent %s %s %v", d.Ref, ref, err)
			if err == nil && p.r.IntN(2) == 0 {
				p.late(ref)
				refs, err := cases.Lapse(ctx)
				p.say("lapse %v %v", refs, err)
			}
		}
	case 9: // recode
		q := verify.AskRecoding{Methodology: fmt.Sprint("m", p.r.IntN(1000)), Field: "cause.term", From: "protests", To: "conflict", Reason: "so"}
		if p.r.IntN(2) == 0 {
			q.From, q.To = q.To, q.From
		}
		ed := p.c.editor.actor()
		pl, err := cases.PreviewRecoding(ctx, ed, q)
		if err != nil {
			p.say("preview %v", err)
			return
		}
		q.Seen = pl.Digest
		r, err := cases.ProposeRecoding(ctx, ed, q)
		if err != nil {
			p.say("propose %v", err)
			return
		}
		err = cases.SignRecoding(ctx, p.c.first.actor(), r.ID, 0)
		err2 := cases.SignRecoding(ctx, p.c.second.actor(), r.ID, 0)
		p.say("recode %d: %v %v %v", r.Entries, err, err2, cases.Recode(ctx, ed, r.ID))
	case 10: // release
		label := fmt.Sprint("R", len(p.rel)+1)
		pr, err := cases.Propose(ctx, p.c.editor.actor(), label, "2026-06-01", "")
		if err != nil {
			p.say("propose release %v", err)
			return
		}
		_ = cases.SignRelease(ctx, p.c.first.actor(), pr.ID, 0)
		_ = cases.SignRelease(ctx, p.c.second.actor(), pr.ID, 0)
		e, err := cases.CutSigned(ctx, p.c.editor.actor(), pr.ID)
		p.say("release %s %v", label, err)
		if err == nil {
			p.rel[label] = p.totals(e.ID)
		}
	}
}

func (p *lives) totals(ed int64) string {
	y, err := p.record.Years(context.Background(), ed)
	return fmt.Sprint(y, err)
}

func (p *lives) check() (wrong []string) {
	ctx := context.Background()
	wrong = p.wrong
	bad := func(f string, a ...any) { wrong = append(wrong, fmt.Sprintf(f, a...)) }
	if x := p.doctor(); x != "" {
		bad("doctor %s", x)
	}
	if _, err := p.record.VerifyCounts(ctx); err != nil {
		bad("counts %v", err)
	}
	if _, err := p.record.VerifyWords(ctx); err != nil {
		bad("words %v", err)
	}
	if _, err := p.record.VerifyReleases(ctx); err != nil {
		bad("releases %v", err)
	}
	type row struct {
		Ref   string `db:"ref"`
		State string `db:"state"`
		Org   string `db:"origin"`
		Years string `db:"years"`
		Urg   int64  `db:"u"`
	}
	list, err := db.Select[row](ctx, p.d.Reader(), `select i.ref, i.state, i.origin, coalesce(group_concat(case when e.counted = 1 then cast(e.count_year as text) end, ' '), '') as years, coalesce(i.urgent_until, 0) as u from incident i left join entry e on e.incident_id = i.id and e.edition_id = 1 where i.merged_into is null group by i.id`)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, r := range list {
		switch {
		case r.State == "retracted" && r.Years != "":
			bad("%s (%s) is retracted and counts in %s", r.Ref, r.Org, r.Years)
		case r.State != "retracted" && r.Org == "desk" && r.Urg == 0 && r.Years == "":
			bad("%s of the desk is %s and counts nowhere", r.Ref, r.State)
		case r.Urg != 0 && r.Years != "":
			bad("%s urgent counts %s", r.Ref, r.Years)
		}
		if r.Org == "desk" && r.State != "retracted" && r.Urg == 0 {
			inc, err := p.record.Get(ctx, 1, r.Ref)
			if err != nil {
				bad("%s %v", r.Ref, err)
				continue
			}
			from, to := max(inc.Facts.Period.Start.Year(), 2016), 2026
			if e := inc.Facts.Period.End.Year(); e != 0 {
				to = e
			} else if inc.Facts.Period.EndState != "ongoing" {
				to = from
			}
			sheets := 0 // the newest year a sheet had; which older ones it left or took out nobody signed
			for _, y := range inc.Years {
				if y.Line != 0 {
					sheets = max(sheets, y.Year)
				}
			}
			for y := from; y <= to; y++ {
				if y > sheets && !slices.Contains(strings.Fields(r.Years), strconv.Itoa(y)) {
					bad("%s of the desk lasted %v to %v (%s) and does not count in %d, counts in %s", r.Ref, inc.Facts.Period.Start, inc.Facts.Period.End, inc.Facts.Period.EndState, y, r.Years)
				}
			}
		}
	}
	for _, d := range p.dossiers("true") {
		if _, err := p.work.cases.Get(ctx, p.c.editor.actor(), d.Ref); err != nil {
			bad("%s of %s cannot be read: %v", d.Ref, d.Incident, err)
		}
	}
	for label, was := range p.rel {
		e, err := p.record.EditionByLabel(ctx, label)
		if err != nil {
			bad("%v", err)
			continue
		}
		if now := p.totals(e.ID); now != was {
			bad("release %s was %s, is %s", label, was, now)
		}
	}
	return wrong
}

// late lets the time of an urgent publication pass.
func (p *lives) late(ref string) {
	err := p.d.Write(context.Background(), func(tx db.Tx) error {
		_, err := db.Exec(context.Background(), tx, `update incident set urgent_until = 1 where ref = $1`, ref)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// livesVariable is how many lives [TestAnyLifeOfTheDesk] plays.
const livesVariable = "KEEPITON_LIVES"

// TestAnyLifeOfTheDesk: after every step of a random life what is public was signed,
// what was taken back counts nowhere, what two organisations signed counts in the
// years it says, stored counts are right, and releases say what they said.
func TestAnyLifeOfTheDesk(t *testing.T) {
	t.Parallel()
	n := 6
	if text := os.Getenv(livesVariable); text != "" {
		n, _ = strconv.Atoi(text)
	}
	done := map[string]int{}
	for seed := range n {
		x := startDesk(t, dbtest.SQLite(t))
		p := &lives{deskSite: x, t: t, r: rand.New(rand.NewPCG(uint64(seed), 7)), c: x.crew(), month: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), rel: map[string]string{}, known: map[string]bool{}}
		for step := range 30 {
			p.step()
			if wrong := p.check(); len(wrong) > 0 {
				t.Fatalf("seed %d step %d: %s\nafter\n  %s", seed, step, strings.Join(wrong, "\n  "), strings.Join(p.log[max(0, len(p.log)-16):], "\n  "))
			}
		}
		for _, line := range p.log {
			what, _, _ := strings.Cut(line, " ")
			done[what]++
		}
	}
	for _, what := range []string{"sheet", "adopt", "new", "publish", "retract", "again", "release"} {
		if done[what] == 0 {
			t.Errorf("no life ever came to %q: the test shows nothing about it", what)
		}
	}
}
