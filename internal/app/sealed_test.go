package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"keepiton/internal/evidence"
	"keepiton/internal/incident"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/verify"
)

// guesses are what somebody would try in place of a name that is not told.
var guesses = []string{"Ali Hosseini", "Maryam Karimi", "Reza Mousavi", "Neda Sadeghi", "Sara Ahmadi"}

func shaOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// whole is every file of an unpacked pack by its path, and all of them in one text.
func wholePack(t *testing.T, dir string) (files map[string]string, all string) {
	t.Helper()
	files = map[string]string{}
	for _, p := range filesUnder(t, dir) {
		name, err := filepath.Rel(dir, p)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = readAll(t, p)
		all += files[name] + "\n"
	}
	return files, all
}

// TestPackLeavesNothingToGuess: what was taken out of a text, of a picture, of a
// claim before anybody signed, and what is withheld since, cannot be found by trying
// names against the hashes in a pack for everybody.
func TestPackLeavesNothingToGuess(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		x := &packDesk{deskSite: startDesk(t, d), t: t, out: &bytes.Buffer{}}
		x.env = &Env{Ctx: ctx, Stdout: x.out, Stderr: io.Discard, CLI: &CLI{Data: x.dir}, Log: slog.New(slog.DiscardHandler)}
		c := x.deskSite.crew()
		x.crew = c
		picture := aPicture(t)
		lead := c.author.file("cause_details", "Protests after the arrest")
		x.lead = strings.TrimPrefix(lead, "/desk/leads/")
		state := func(text string) {
			whole, err := x.work.cases.Get(ctx, c.author.actor(), x.lead)
			if err != nil {
				t.Fatal(err)
			}
			f := whole.Facts
			f.Cause.Details = text
			if _, err := x.work.cases.State(ctx, c.author.actor(), x.lead, 0, "", []verify.Statement{{Claim: verify.Why, Facts: f, Base: whole.Values[verify.Why].ID}}); err != nil {
				t.Fatal(err)
			}
		}
		state("Protests after the arrest of Reza Mousavi in his home")
		state("Protests after the arrest of Neda Sadeghi")
		c.author.prove(lead)
		yes := evidence.Consent{Internal: evidence.Yes, Partners: evidence.Yes, Anonymous: evidence.Yes, Named: evidence.No}
		const said = "Nothing since the evening. My neighbour Maryam Karimi saw how they cut the cable."
		it, err := x.work.items.AddFile(ctx, c.author.actor(), x.lead, evidence.Filing{Draft: evidence.Draft{Kind: "account", Class: "H", Title: "An account from Karaj", Says: said,
			Audience: evidence.Open, Precision: "region", Consent: yes}, Provenance: evidence.Provenance{Own: true}}, "a.png", bytes.NewReader(picture))
		if err != nil {
			t.Fatal(err)
		}
		original := shaOf(string(picture))
		spans, _, err := evidence.FindPassages(ctx, said, []string{"Maryam Karimi"}, evidence.ReasonName)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.work.items.RedactText(ctx, c.author.actor(), it.Ref, shaOf(said), spans); err != nil {
			t.Fatal(err)
		}
		if _, err := x.work.items.RedactPicture(ctx, c.author.actor(), it.Ref, original, nil); err != nil {
			t.Fatal(err)
		}
		if err := x.work.cases.Attach(ctx, c.author.actor(), x.lead, verify.What, verify.Saying{Item: it.ID, Now: verify.For}); err != nil {
			t.Fatal(err)
		}
		c.first.sign(lead)
		c.second.sign(lead)
		if a := c.editor.post(lead + "/publish"); a.status != 303 {
			t.Fatal(a.status, a.body)
		}
		if _, err := x.record.Withhold(ctx, incident.Withholding{Passage: "Neda Sadeghi", Who: "Dana", Reason: "her family asked", Most: 9}); err != nil {
			t.Fatal(err)
		}
		x.settled()
		x.seal()
		x.nextHour()
		x.seal()
		file, _ := x.pack("public", "en")
		files, all := wholePack(t, unpack(t, file))
		var item struct {
			Says  string `json:"says"`
			Files []any  `json:"files"`
		}
		if err := json.Unmarshal([]byte(files["evidence/"+it.Ref+"/item.json"]), &item); err != nil || !strings.Contains(item.Says, "█") || len(item.Files) != 1 || strings.Contains(all, "Maryam") {
			t.Fatalf("what is said of the item: %+v %v", item, err)
		}
		if strings.Contains(all, original) {
			t.Error("the hash of the picture as it was filed goes out: who finds the file on a telephone knows whose it is")
		}
		var doc struct {
			Incident struct {
				Facts incident.Facts `json:"facts"`
			} `json:"incident"`
		}
		if err := json.Unmarshal([]byte(files["incident.json"]), &doc); err != nil {
			t.Fatal(err)
		}
		facts := doc.Incident.Facts
		gap := facts.Cause.Details
		if !strings.Contains(gap, "[…]") || files["signed.json"] != "" || files["signed.salt"] != "" {
			t.Fatalf("not withheld: %q", gap)
		}
		for _, name := range guesses {
			if strings.Contains(all, shaOf(strings.Replace(item.Says, "█████", name, 1))) {
				t.Errorf("the hash of the text with %q goes out", name)
			}
			for _, details := range []string{strings.Replace(gap, "[…]", name, 1), strings.Replace(gap, "[…]", name+" in his home", 1)} {
				for _, sources := range [][]incident.Source{facts.Sources, nil} {
					f := facts
					f.Cause.Details, f.Sources = details, sources
					form, err := signedForm(&f)
					if err != nil {
						t.Fatal(err)
					}
					if strings.Contains(all, shaOf(string(form))) || strings.Contains(all, incident.HashFacts(&f)) {
						t.Errorf("the hash of the facts with %q goes out", details)
					}
				}
			}
		}
		if strings.Count(all, `"kind":"desk.`) == 0 && !strings.Contains(all, "desk.stated") {
			t.Error("nothing of the desk is in the pack: nothing was tried")
		}
	})
}

// TestWithholdingAnswersForEvidence: a passage that stands in no record but in an item
// of which packs tell is withheld, and whoever asks learns where it stands.
func TestWithholdingAnswersForEvidence(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startPack(t, d)
		const passage = "Traffic fell"
		w := &WithholdCmd{Passage: passage, Reason: "it betrays somebody", Who: "somebody", Most: 20}
		told, err := x.env.toldOfEvidence(d, x.record, passage)
		if err != nil || !strings.Contains(told, x.items[0].Ref) {
			t.Fatalf("told: %q %v", told, err)
		}
		if none, err := x.env.toldOfEvidence(d, x.record, never); err != nil || none != "" {
			t.Errorf("what goes out nowhere: %q %v", none, err)
		}
		if d.Engine == db.Postgres {
			return // the command opens the database by itself, which has no address here
		}
		there := *x.env
		there.CLI = &CLI{Data: filepath.Dir(d.Path)}
		if err := w.Run(&there); err != nil || !strings.Contains(x.out.String(), x.items[0].Ref) {
			t.Fatalf("%v: %s", err, x.out)
		}
		x.settled()
		x.seal()
		file, _ := x.pack("public", "en")
		if _, all := wholePack(t, unpack(t, file)); strings.Contains(all, passage) {
			t.Error("withheld, and the pack tells it")
		}
	})
}

// TestPackConceals: a source that was taken out at the desk stands nowhere in a pack that
// is made afterwards, also where what was signed named it.
func TestPackConceals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startSheetPack(t, d)
		ref := x.importRows("sheet 2027-01-01.csv", incident.ImportOptions{}, rowLike("event", "", "info_source", "News media", "info_source_link", secretSource,
			"gov_ack", "Yes", "gov_ack_source", secretSource)).Rows[0].Ref
		lead := x.takeUp(t, x.crew, ref, func(f *incident.Facts) { f.Period.End = "2026-01-20" })
		pack := func() (files map[string]string, all string) {
			x.settled()
			x.seal()
			x.nextHour()
			x.seal()
			cmd := x.command("public", "en")
			cmd.Incident = ref
			if err := cmd.export(x.env, x.d, x.record); err != nil {
				t.Fatal(err)
			}
			return wholePack(t, unpack(t, cmd.Output))
		}
		if files, all := pack(); files["signed.json"] == "" || strings.Count(all, secretSource) < 3 {
			t.Fatalf("not told before: nothing was tried: %d times", strings.Count(all, secretSource))
		}
		if a := x.crew.editor.post("/desk/leads/"+lead+"/conceal", "source", secretSource, "reason", "she asked us to"); a.status != 303 {
			t.Fatal(a.status, a.body)
		}
		files, all := pack()
		for name, text := range files {
			if strings.Contains(text, secretSource) {
				t.Errorf("%s tells it", name)
			}
		}
		if files["signed.json"] != "" || all == "" {
			t.Error("what was signed is handed out though readers do not get all of it")
		}
	})
}
