package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/evidence"
	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/publish/bundle"
	"keepiton/internal/publish/feed"
	"keepiton/internal/verify"
)

// packable is a desk whose cases can be packed.
func packable(t *testing.T, d *db.DB) *packDesk {
	t.Helper()
	x := &packDesk{deskSite: startDesk(t, d), t: t, out: &bytes.Buffer{}}
	x.env = &Env{Ctx: context.Background(), Stdout: x.out, Stderr: io.Discard, CLI: &CLI{Data: x.dir}, Log: slog.New(slog.DiscardHandler)}
	x.crew = x.deskSite.crew()
	return x
}

// told is a pack as somebody reads it: its directory, both pages in words, and the document.
type toldPack struct {
	dir, readme, page string
	doc               packDoc
}

// packDoc is of incident.json what is looked at here.
type packDoc struct {
	Incident struct {
		Title       string         `json:"title"`
		Unconfirmed string         `json:"unconfirmed_until"`
		Facts       incident.Facts `json:"facts"`
	} `json:"incident"`
	Urgent *struct {
		Until   string `json:"until"`
		Reason  string `json:"reason"`
		Signed  int    `json:"organisations_that_signed"`
		Counted *bool  `json:"counted"`
	} `json:"urgent"`
	Unsigned   string             `json:"unsigned"`
	Claims     []bundle.Claim     `json:"claims"`
	Signatures []bundle.Signature `json:"signatures"`
	Weaker     bool               `json:"weaker"`
}

func (x *packDesk) told(t *testing.T, audience string) toldPack {
	t.Helper()
	return x.toldIn(t, audience, "en")
}

func (x *packDesk) toldIn(t *testing.T, audience, lang string) (out toldPack) {
	t.Helper()
	file, _ := x.pack(audience, lang)
	out.dir = unpack(t, file)
	out.readme, out.page = plain(t, readAll(t, filepath.Join(out.dir, "README.html"))), plain(t, readAll(t, filepath.Join(out.dir, "incident.html")))
	if err := json.Unmarshal([]byte(readAll(t, filepath.Join(out.dir, "incident.json"))), &out.doc); err != nil {
		t.Fatal(err)
	}
	return out
}

// claim is the part of the page about a claim, up to the next one.
func (p toldPack) claim(t *testing.T, name, next string) string {
	t.Helper()
	_, table, ok := strings.Cut(p.page, "What is stated")
	_, from, in := strings.Cut(table, name)
	text, _, ends := strings.Cut(from, next)
	if !ok || !in || !ends {
		t.Fatalf("no claim %s before %s:\n%s", name, next, p.page)
	}
	return text
}

// asPublic holds what a pack says of every claim's rung against what the site tells
// anybody, and tells whether any claim reaches one.
func (x *packDesk) asPublic(t *testing.T, p toldPack) (any bool) {
	t.Helper()
	x.settled()
	var public feed.IncidentBody
	if err := json.Unmarshal([]byte(x.nobody().get("/api/v1/incidents/2026-0001").body), &public); err != nil || public.Verified == nil {
		t.Fatal(err)
	}
	for _, c := range p.doc.Claims {
		want := ""
		for _, y := range public.Verified.Claims {
			if y.Claim == c.Key {
				want = y.Rung
			}
		}
		if any = any || c.Rung != ""; c.Rung != want {
			t.Errorf("%s: the pack says %q, the site %q", c.Key, c.Rung, want)
		}
	}
	return any
}

// TestPackSaysWhatEvidenceReaches: the rung that the site tells of a claim stands in the
// pack, beside a grade that somebody gave, and falls with the evidence.
func TestPackSaysWhatEvidenceReaches(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := packable(t, d)
		lead := x.crew.author.file()
		ref := strings.TrimPrefix(lead, "/desk/leads/")
		x.crew.author.prove(lead)
		sign := func() {
			for _, v := range []*visitor{x.crew.first, x.crew.second} {
				if a := v.sign(lead); a.status != http.StatusSeeOther {
					t.Fatalf("not signed: %d\n%s", a.status, a.body)
				}
			}
			if a := x.crew.editor.post(lead+"/publish", "reason", "graded"); a.status != http.StatusSeeOther {
				t.Fatalf("not published: %d\n%s", a.status, a.body)
			}
		}
		sign()
		x.seal()
		for _, audience := range []string{"public", "court"} {
			p := x.told(t, audience)
			when := p.claim(t, "When", "What")
			if !x.asPublic(t, p) || !strings.Contains(when, "By its evidence: corroborated") || strings.Contains(when, "Nobody graded") || strings.Contains(when, "Grade: ") {
				t.Errorf("%s: %s", audience, when)
			}
			if what := p.claim(t, "What", "How"); !strings.Contains(what, "Nobody graded") || strings.Contains(what, "By its evidence") {
				t.Errorf("%s, without evidence: %s", audience, what)
			}
		}

		if err := x.work.cases.GradeClaim(ctx, x.crew.first.actor(), ref, verify.When, verify.AnyValue, "probable", ""); err != nil {
			t.Fatal(err)
		}
		sign()
		graded := x.told(t, "public")
		if when := graded.claim(t, "When", "What"); !x.asPublic(t, graded) || !strings.Contains(when, "By its evidence: corroborated") || !strings.Contains(when, "Grade: probable") {
			t.Errorf("graded: %s", when)
		}

		list, err := x.work.items.Items(ctx, x.crew.author.actor(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.work.items.Withdraw(ctx, x.crew.author.actor(), list[1].Ref, list[1].Version, "she is afraid"); err != nil {
			t.Fatal(err)
		}
		less := x.told(t, "public")
		if when := less.claim(t, "When", "What"); !x.asPublic(t, less) || !strings.Contains(when, "By its evidence: measured, and not reported") || strings.Contains(when, "corroborated") || !less.doc.Weaker {
			t.Errorf("a source fell away: %s", when)
		}
	})
}

// TestPackIsReadByItself: what may go out of an item stands under the claims it speaks
// for and against, and what was written about the incident where it is stated.
func TestPackIsReadByItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := packable(t, d)
		lead := x.crew.author.file("cause_details", "Protests after the arrest of a singer")
		x.lead = strings.TrimPrefix(lead, "/desk/leads/")
		x.crew.author.prove(lead)
		author := x.crew.author.actor()
		yes, no := evidence.Yes, evidence.No
		add := func(f evidence.Draft, claim verify.Claim, side verify.Side) {
			it, err := x.work.items.Add(ctx, author, x.lead, evidence.Filing{Draft: f, Provenance: evidence.Provenance{Own: true}})
			if err != nil {
				t.Fatal(err)
			}
			if err := x.work.cases.Attach(ctx, author, x.lead, claim, verify.Saying{Item: it.ID, Now: side}); err != nil {
				t.Fatal(err)
			}
		}
		seen := int64(1767885840_000_000) // 2026-01-08, 15:24 UTC
		add(evidence.Draft{Kind: "order", Class: "O", Title: "A letter of the ministry", Says: "Mobile data ends at noon, without a term.", Speaker: "The spokesman", URL: "https://ministry.example/letter",
			ObservedAt: &seen, ObservedPrecision: "hour", Precision: "exact", PlaceExact: "Tajrish square", Audience: evidence.Open, Consent: evidence.Consent{Internal: yes, Partners: yes, Anonymous: yes, Named: yes, Court: yes}}, verify.Who, verify.For)
		add(evidence.Draft{Kind: "account", Class: "H", Title: "A neighbour", Says: "SMS worked all night.", Speaker: never + " name", Audience: evidence.Open, Precision: "country", PlaceExact: never + " street",
			Consent: evidence.Consent{Internal: yes, Partners: yes, Anonymous: yes, Named: no, Court: yes}}, verify.What, verify.Against)
		add(evidence.Draft{Kind: "account", Class: "H", Title: courtOnly + " title", Says: courtOnly + " says", Speaker: never + " name", Audience: evidence.Confidential, Precision: "country",
			Consent: evidence.Consent{Internal: yes, Partners: yes, Anonymous: no, Named: no, Court: yes}}, verify.Why, verify.For)
		for _, v := range []*visitor{x.crew.first, x.crew.second} {
			if a := v.sign(lead); a.status != http.StatusSeeOther {
				t.Fatalf("not signed: %d\n%s", a.status, a.body)
			}
		}
		if a := x.crew.editor.post(lead + "/publish"); a.status != http.StatusSeeOther {
			t.Fatalf("not published: %d\n%s", a.status, a.body)
		}
		x.seal()
		for _, audience := range []string{"public", "court"} {
			p := x.told(t, audience)
			for between, words := range map[[2]string][]string{
				{"When", "What"}:               {"Measurement, for it: Traffic of two networks fell to 4 %", "https://measure.example/iran", "First-hand account, for it. That it exists may be told"},
				{"What", "How"}:                {"First-hand account, against it: A neighbour", "SMS worked all night."},
				{"Who", "Why"}:                 {"Official order or statement, for it: A letter of the ministry", "Whose words: The spokesman", "When it was observed: 8 January 2026, 15:00–15:59 UTC", "Where: Tajrish square", "https://ministry.example/letter", "Mobile data ends at noon, without a term."},
				{"Why", "What it did"}:         {"Cause: Protests after the arrest of a singer"},
				{"What it did", "Who signed "}: {"Notes: Mobile data stopped in the evening."},
			} {
				text := p.claim(t, between[0], between[1])
				for _, word := range words {
					if !strings.Contains(text, word) {
						t.Errorf("%s: under %s it does not say %q:\n%s", audience, between[0], word, text)
					}
				}
			}
			if why := p.claim(t, "Why", "What it did"); strings.Contains(why, courtOnly+" says") != (audience == "court") || strings.Contains(why, "its content may not") == (audience == "court") {
				t.Errorf("%s: what was given for a court alone: %s", audience, why)
			}
			if _, all := wholePack(t, p.dir); strings.Contains(all, never) || audience == "public" && strings.Contains(all, courtOnly) {
				t.Errorf("%s: what may not go out does", audience)
			}
			if strings.Contains(p.page, "Notes: see incident.json") {
				t.Errorf("%s: it leads from page to page", audience)
			}
			notes := p.doc.Incident.Facts.Notes
			for _, c := range p.doc.Claims {
				for _, v := range c.Value {
					var says []incident.Note
					if v.Withheld {
						t.Errorf("%s: %s is withheld, and stands in the facts", audience, v.Field)
					} else if v.Field == "narrative" && (json.Unmarshal([]byte(v.New), &says) != nil || len(notes) != 1 || !slices.Equal(says, notes)) {
						t.Errorf("%s: the claim says %s, the facts %v", audience, v.New, notes)
					}
				}
			}
		}
		// What is withheld afterwards stands on no page either.
		if _, err := x.record.Withhold(ctx, incident.Withholding{Passage: "SMS worked", Who: "editor", Reason: "a test", Most: 10, Anyway: true}); err != nil {
			t.Fatal(err)
		}
		if _, all := wholePack(t, x.told(t, "court").dir); strings.Contains(all, "SMS worked") || !strings.Contains(all, "all night.") {
			t.Error("a passage that was withheld goes out")
		}
	})
}

// TestPackOfWhatIsUrgent: the pack of what two organisations did not sign says so before
// anything else, why, until when, and that it is not counted; afterwards that it was so.
func TestPackOfWhatIsUrgent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := packable(t, d)
		lead := x.urgently(t, x.crew)
		x.seal()
		says := func(signed string, n int) {
			t.Helper()
			p := x.told(t, "public")
			for name, page := range map[string]string{"README.html": p.readme, "incident.html": p.page} {
				head, _, _ := strings.Cut(page, map[string]string{"README.html": "What is in it", "incident.html": "What is stated"}[name])
				for _, word := range []string{"Unconfirmed, published urgently: Tehran and Karaj, Iran: ", "Unconfirmed: it was published urgently, before two organisations signed.", signed, "It is taken back on ", " UTC unless by then",
					"It is not counted", "in the words of who published it: people are being arrested tonight"} {
					if !strings.Contains(head, word) {
						t.Errorf("%d signed: the head of %s does not say %q:\n%s", n, name, word, head)
					}
				}
				if title, _, _ := strings.Cut(readAll(t, filepath.Join(p.dir, name)), "</title>"); !strings.Contains(title, "Unconfirmed, published urgently: ") {
					t.Errorf("the title of %s: %s", name, title)
				}
			}
			_, under, _ := strings.Cut(p.page, "Who signed what is public")
			if !strings.Contains(under, "It was published urgently, without the signatures of two organisations. "+signed) || strings.Contains(p.page, "read from a sheet") {
				t.Errorf("%d signed: %s", n, under)
			}
			u := p.doc.Urgent
			if u == nil || u.Reason != "people are being arrested tonight" || u.Signed != n || u.Counted == nil || *u.Counted || u.Until == "" || u.Until != p.doc.Incident.Unconfirmed || p.doc.Unsigned != "urgent" ||
				!strings.HasPrefix(p.doc.Incident.Title, "Unconfirmed, published urgently: ") {
				t.Errorf("%d signed, incident.json: %+v %q %q", n, u, p.doc.Unsigned, p.doc.Incident.Title)
			}
			if strings.Contains(p.readme, "that people of two organisations signed") {
				t.Errorf("%d signed, and the README says that two did", n)
			}
			_, first := x.pack("public", "en")
			if _, second := x.pack("public", "en"); !bytes.Equal(first, second) {
				t.Error("the same state gives another pack")
			}
		}
		says("When this pack was made, no organisation had signed it.", 0)
		for lang, words := range map[string][]string{"ar": {"غير مؤكد، نُشر على عجل: ", "وهو غير محسوب", "لم تكن أي منظمة قد وقّعته"}, "fr": {"Non confirmé, publié en urgence : ", "n’est pas comptée", "aucune organisation ne l’avait signé"}} {
			p := x.toldIn(t, "public", lang)
			for _, word := range words {
				if !strings.Contains(strings.ReplaceAll(p.readme, "\u00a0", " "), word) {
					t.Errorf("%s does not say %q:\n%s", lang, word, p.readme)
				}
			}
		}
		x.crew.author.prove(lead)
		for i, signed := range []string{"When this pack was made, one organisation had signed it.", "When this pack was made, two organisations had signed it, and no editor had published what they signed."} {
			if a := []*visitor{x.crew.first, x.crew.second}[i].sign(lead); a.status != http.StatusSeeOther {
				t.Fatalf("not signed: %d\n%s", a.status, a.body)
			}
			says(signed, i+1)
		}
		if a := x.crew.editor.post(lead + "/publish"); a.status != http.StatusSeeOther {
			t.Fatalf("not published: %d\n%s", a.status, a.body)
		}
		p := x.told(t, "public")
		_, history, _ := strings.Cut(p.page, "Corrections")
		for _, word := range []string{"Signed by two organisations; before, it was public as urgent and unsigned, and not counted", "Counted for 2026 from now on"} {
			if !strings.Contains(history, word) {
				t.Errorf("the corrections do not say %q: %s", word, history)
			}
		}
		if strings.Contains(p.readme+p.page, "nconfirmed") || p.doc.Urgent != nil || p.doc.Unsigned != "" || len(p.doc.Signatures) != 2 {
			t.Errorf("two signed, and it is called unconfirmed: %+v", p.doc.Urgent)
		}
	})
}

// TestPackUrgentAndProven: what was proven before it was published urgently has the very
// revision that organisations sign: one of them is not two.
func TestPackUrgentAndProven(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := packable(t, d)
		lead := x.crew.author.file()
		x.crew.author.prove(lead)
		if a := x.crew.editor.post(lead+"/publish-urgently", "urgent_reason", "people are being arrested tonight"); a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if a := x.crew.first.sign(lead); a.status != http.StatusSeeOther {
			t.Fatalf("not signed: %d\n%s", a.status, a.body)
		}
		x.seal()
		p := x.told(t, "public")
		if len(p.doc.Signatures) != 1 || p.doc.Urgent == nil || p.doc.Urgent.Signed != 1 || p.doc.Unsigned != "urgent" {
			t.Fatalf("one signed: %+v %+v", p.doc.Signatures, p.doc.Urgent)
		}
		if _, err := os.Stat(filepath.Join(p.dir, "signed.json")); err != nil || strings.Contains(p.readme, "people of two organisations") || !strings.Contains(p.readme, "those that were signed so far") {
			t.Errorf("one signed, and the README: %v\n%s", err, p.readme)
		}
	})
}

// TestPackSaysWhatItsStepsNeed: the README says what keepiton is and which step alone
// needs it; that step goes with the directory it names, the others without keepiton.
func TestPackSaysWhatItsStepsNeed(t *testing.T) {
	x := startPack(t, dbtest.SQLite(t))
	p := x.told(t, "court")
	for _, word := range []string{"Every step but the last needs only sha256sum, or openssl for a time stamp", "its source is public", "another person whom you trust can run that step for you", "the directory ledger is enough"} {
		if !strings.Contains(p.readme, word) {
			t.Errorf("the README does not say %q", word)
		}
	}
	commands := steps(t, p.dir)
	last := commands[len(commands)-1]
	for _, c := range commands[:len(commands)-1] {
		if strings.Contains(c, "keepiton") {
			t.Errorf("%s needs keepiton", c)
		}
	}
	alone := t.TempDir()
	if err := os.CopyFS(filepath.Join(alone, "ledger"), os.DirFS(filepath.Join(p.dir, "ledger"))); err != nil {
		t.Fatal(err)
	}
	if out, err := shell(alone, last); err != nil || !strings.Contains(last, "keepiton ") || strings.Count(out, "Proved: ") < 10 {
		t.Errorf("%s: %v\n%s", last, err, out)
	}
}
