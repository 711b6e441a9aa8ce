package app

import (
	"bytes"
	"context"
	"html"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"keepiton/internal/evidence"
	"keepiton/internal/incident"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/mechanism/ledger/tsa"
	"keepiton/internal/platform/blob"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
	"keepiton/internal/verify"
)

// Words that may not go out: to nobody, and to nobody but a court.
const (
	never     = "CANARYNEVER"
	courtOnly = "CANARYCOURT"
)

// packDesk is a desk with a case that was taken to publication, sealed and
// time-stamped.
type packDesk struct {
	*deskSite
	t     *testing.T
	env   *Env
	out   *bytes.Buffer
	stamp string // --timestamp
	items []evidence.Item
	crew  crew
	lead  string // ref of the dossier
}

func startPack(t *testing.T, d *db.DB) *packDesk {
	t.Helper()
	ctx := context.Background()
	x := &packDesk{deskSite: startDesk(t, d), t: t, out: &bytes.Buffer{}}
	x.env = &Env{Ctx: ctx, Stdout: x.out, Stderr: io.Discard, CLI: &CLI{Data: x.dir}, Log: slog.New(slog.DiscardHandler)}
	c := x.deskSite.crew()
	lead := c.author.file()
	ref := strings.TrimPrefix(lead, "/desk/leads/")
	x.crew, x.lead = c, ref
	x.exhibits(c.author, lead)
	if err := x.work.cases.Disagree(ctx, c.author.actor(), ref, verify.Why, never+" the dissent", 0); err != nil {
		t.Fatal(err)
	}
	if err := x.work.cases.GradeClaim(ctx, c.first.actor(), ref, verify.When, verify.AnyValue, "probable", never+" the grade"); err != nil {
		t.Fatal(err)
	}
	if err := x.work.cases.Say(ctx, c.author.actor(), ref, never+" a comment", nil, func(int64, string) bool { return true }); err != nil {
		t.Fatal(err)
	}
	for _, v := range []*visitor{c.first, c.second} {
		if a := v.sign(lead); a.status != http.StatusSeeOther {
			t.Fatalf("not signed: %d\n%s", a.status, a.body)
		}
	}
	if a := c.editor.post(lead + "/publish"); a.status != http.StatusSeeOther {
		t.Fatalf("not published: %d\n%s", a.status, a.body)
	}
	// What comes after publication waits for its own signatures.
	late, err := x.work.items.Add(ctx, c.author.actor(), ref, evidence.Filing{Draft: evidence.Draft{Kind: "link", Class: "N", Title: never + " late", URL: "https://late.example/" + never,
		Audience: evidence.Open, Consent: evidence.Consent{Anonymous: evidence.Yes, Court: evidence.Yes}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.work.cases.Attach(ctx, c.author.actor(), ref, verify.When, verify.Saying{Item: late.ID, Now: verify.For}); err != nil {
		t.Fatal(err)
	}
	x.seal()
	return x
}

// exhibits files evidence of every kind of consent.
func (x *packDesk) exhibits(author *visitor, lead string) {
	x.t.Helper()
	ctx := context.Background()
	ref := strings.TrimPrefix(lead, "/desk/leads/")
	may := func(public, court evidence.Answer) evidence.Consent {
		return evidence.Consent{Internal: evidence.Yes, Partners: evidence.Yes, Anonymous: public, Named: evidence.No, Court: court}
	}
	form := []string{"claim", "when"}
	for _, f := range []evidence.Draft{
		{Kind: "link", Class: "T", Source: "A", Information: 2, Title: "Traffic fell to 4 %", URL: "https://measure.example/iran", Audience: evidence.Open, Precision: "region", Speaker: never + " speaker", Consent: may(evidence.Yes, evidence.Yes)},
		{Kind: "account", Class: "H", Title: never + " by telephone", Says: never + " says", Speaker: never + " name", Audience: evidence.Confidential, PlaceExact: never + " street", Consent: may(evidence.Yes, evidence.NotAsked)},
		{Kind: "account", Class: "H", Title: courtOnly + " for the judge", Says: courtOnly + " says", Speaker: never + " name", Audience: evidence.Confidential, PlaceExact: never + " street", Precision: "country", Consent: may(evidence.No, evidence.Yes)},
		{Kind: "file", Class: "M", Title: "A picture of a notice", Audience: evidence.Open, Consent: may(evidence.Yes, evidence.Yes)},
		{Kind: "order", Class: "O", Title: never + " withdrawn consent", Audience: evidence.Open, Consent: evidence.Consent{Internal: evidence.No}},
	} {
		var it evidence.Item
		var err error
		if f.Kind == evidence.File {
			it, err = x.work.items.AddFile(ctx, author.actor(), ref, evidence.Filing{Draft: f, Provenance: evidence.Provenance{Own: true}}, never+".jpg", strings.NewReader("original "+courtOnly))
		} else {
			it, err = x.work.items.Add(ctx, author.actor(), ref, evidence.Filing{Draft: f, Provenance: evidence.Provenance{Own: true}})
		}
		if err != nil {
			x.t.Fatal(err)
		}
		x.items = append(x.items, it)
		form = append(form, "side_"+itoa(it.ID), "for")
	}
	if a := author.post(lead+"/attach", form...); a.status != http.StatusSeeOther {
		x.t.Fatalf("evidence is not attached: %d\n%s", a.status, a.body)
	}
	x.keepPages()
}

// keepPages lays the rows of a captured page and of a file that was made anew,
// whose bytes are in the store.
func (x *packDesk) keepPages() {
	x.t.Helper()
	ctx := context.Background()
	blobs, err := blob.New(filepath.Join(x.dir, blobDir))
	if err != nil {
		x.t.Fatal(err)
	}
	put := func(text string) (string, int64) {
		k, err := blobs.Put(ctx, strings.NewReader(text), 1<<20)
		if err != nil {
			x.t.Fatal(err)
		}
		return k.Digest.String(), k.Size
	}
	c := evidence.Capture{ID: 1, Item: x.items[0].ID, At: 1, URL: "https://measure.example/iran", FinalURL: "https://measure.example/iran", Status: 200}
	c.Body, c.BodySize = put("body " + courtOnly)
	c.WARC, c.WARCSize = put("warc " + courtOnly)
	h := evidence.Hop{Capture: 1, N: 1, At: 1, URL: c.URL, Status: 200}
	h.Request, h.RequestSize = put("GET " + courtOnly)
	h.Response, h.ResponseSize = put("HTTP/1.1 200 " + courtOnly)
	h.Chain, h.ChainSize = put("chain " + courtOnly)
	made := evidence.StoredFile{ID: 77, Item: x.items[3].ID, Media: "image/png", Name: never}
	made.Digest, made.Size = put("made anew for everybody")
	made.Parent = blob.DigestOf([]byte("original " + courtOnly)).String()
	err = x.d.Write(ctx, func(tx db.Tx) error {
		if err := db.Insert(ctx, tx, "evidence_capture", []evidence.Capture{c}); err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, "evidence_hop", []evidence.Hop{h}); err != nil {
			return err
		}
		return db.Insert(ctx, tx, "evidence_file", []evidence.StoredFile{made})
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

// seal makes a checkpoint and has it stamped.
func (x *packDesk) seal() {
	x.t.Helper()
	authority := tsa.Start(x.t, "one.test", "sha256")
	x.stamp = authority.URL + "," + filepath.Join(authority.Dir, "root.pem")
	key, err := x.env.ledgerKey(x.d, false)
	if err != nil {
		x.t.Fatal(err)
	}
	stamper, err := stamperOf([]string{x.stamp})
	if err != nil {
		x.t.Fatal(err)
	}
	if err := (sealer{x.d, ledger.New(x.d, key), stamper}).seal(context.Background(), x.env); err != nil {
		x.t.Fatal(err)
	}
}

// nextHour has what is held sealed by the next checkpoint: that happens once an hour.
func (x *packDesk) nextHour() {
	x.t.Helper()
	ctx := context.Background()
	err := x.d.Write(ctx, func(tx db.Tx) error {
		return db.Unguarded(ctx, tx, func() error {
			_, err := db.Exec(ctx, tx, `update ledger_batch set slot = slot - 1000`)
			return err
		})
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x *packDesk) command(audience, lang string) *ExportBundleCmd {
	return &ExportBundleCmd{Incident: "2026-0001", Output: filepath.Join(x.t.TempDir(), "pack.zip"), For: audience, Lang: lang, Timestamp: []string{x.stamp}}
}

// pack makes a pack and gives its bytes.
func (x *packDesk) pack(audience, lang string) (file string, content []byte) {
	x.t.Helper()
	c := x.command(audience, lang)
	if err := c.export(x.env, x.d, x.record); err != nil {
		x.t.Fatal(err)
	}
	content, err := os.ReadFile(c.Output)
	if err != nil {
		x.t.Fatal(err)
	}
	return c.Output, content
}

// unpack unpacks a pack by the system's own program.
func unpack(t *testing.T, file string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, tool := range []string{"unzip", "sha256sum", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: the pack cannot be checked without this program", tool)
		}
	}
	if out, err := exec.Command("unzip", "-q", file, "-d", dir).CombinedOutput(); err != nil {
		t.Fatalf("unzip: %v\n%s", err, out)
	}
	return dir
}

var codeBlock = regexp.MustCompile(`<pre dir="ltr"><code>(.*)</code></pre>`)

// steps are the commands of the README, as it gives them.
func steps(t *testing.T, dir string) (out []string) {
	t.Helper()
	for _, m := range codeBlock.FindAllStringSubmatch(readAll(t, filepath.Join(dir, "README.html")), -1) {
		out = append(out, html.UnescapeString(m[1]))
	}
	return out
}

func shell(dir, command string) (string, error) {
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestPack makes the pack of a case that four people took to publication, and
// checks it as its README says, by the tools of the system.
func TestPack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := startPack(t, d)
		for _, audience := range []string{"public", "court"} {
			file, first := x.pack(audience, "en")
			dir := unpack(t, file)
			x.follow(t, dir)
			x.secrets(t, dir, first, audience)
			page := readAll(t, filepath.Join(dir, "incident.html"))
			if strings.Contains(page, "Sources: see incident.json") || strings.Count(page, "internet cut off") != 2 { // in the head and as the headline
				t.Errorf("%s: it says its headline twice, or that something was stated:\n%s", audience, page)
			}
			if _, second := x.pack(audience, "en"); !bytes.Equal(first, second) {
				t.Errorf("%s: the pack of the same state is another one", audience)
			}
		}
		for lang, words := range map[string][]string{"ar": {"أين", "مرجّح", "قياس"}, "fr": {"Où", "probable", "Mesure"}} {
			file, _ := x.pack("public", lang)
			dir := unpack(t, file)
			for _, name := range []string{"README.html", "incident.html"} {
				if page := readAll(t, filepath.Join(dir, name)); strings.Contains(page, "bundle.") || !strings.Contains(page, `lang="`+lang+`"`) {
					t.Errorf("%s: a text is missing: %s", lang, page)
				}
			}
			for _, word := range words {
				if page := readAll(t, filepath.Join(dir, "incident.html")); !strings.Contains(page, word) {
					t.Errorf("%s: the incident does not say %q", lang, word)
				}
			}
		}
		x.custody(t)
	})
}

// follow does what the README says.
func (x *packDesk) follow(t *testing.T, dir string) {
	t.Helper()
	proofs, _ := filepath.Glob(filepath.Join(dir, "ledger", "*.proof"))
	commands := steps(t, dir)
	want := 8
	if seals, _ := filepath.Glob(filepath.Join(dir, "custody", "*.bytes")); len(seals) > 0 {
		want = 9
		x.forged(t, dir, seals[0], commands)
	}
	if len(commands) != want || len(proofs) < 10 {
		t.Fatalf("%d steps, %d proofs", len(commands), len(proofs))
	}
	for _, c := range commands {
		out, err := shell(dir, c)
		if err != nil {
			t.Errorf("%s: %v\n%s", c, err, out)
		}
		switch {
		case strings.Contains(c, "--strict"):
			if strings.Count(out, ": OK\n") != len(filesUnder(t, dir))-1 {
				t.Errorf("not every file is listed:\n%s", out)
			}
		case strings.Contains(c, "cmp -"):
			if out != "same\n" {
				t.Errorf("the list is not the same: %s", out)
			}
		case strings.HasPrefix(c, "for f in ledger/*.proof"):
			if strings.Count(out, "Proved: ") != len(proofs) {
				t.Errorf("not every proof proves:\n%s", out)
			}
			if out, _ := shell(dir, strings.Replace(c, "*.proof", "*.opening", 1)); !strings.Contains(out, "is not a proof. Proofs are the files") || strings.Contains(out, "ledger.Parse") {
				t.Errorf("another file is refused by: %s", out)
			}
		case strings.HasPrefix(c, "for "):
			if out != "" {
				t.Errorf("%s\nprints %s", c, out)
			}
		case strings.HasPrefix(c, "grep -l"): // two people signed the facts of signed.json
			if strings.Count(out, ".opening\n") != 2 {
				t.Errorf("%s\nprints %s", c, out)
			}
		case strings.HasPrefix(c, "openssl"):
			if !strings.Contains(out, "Verification: OK") {
				t.Errorf("openssl: %s", out)
			}
		}
	}
}

// forged says that custody speaks of other bytes than it does: the step of the README
// prints it.
func (x *packDesk) forged(t *testing.T, dir, list string, commands []string) {
	t.Helper()
	was := readAll(t, list)
	write(t, list, []byte(strings.Repeat("0", 32)+was[32:]))
	defer write(t, list, []byte(was))
	i := slices.IndexFunc(commands, func(c string) bool { return strings.HasPrefix(c, "for f in custody/*.bytes") })
	if i < 0 {
		t.Fatalf("no step opens the seals of %s", was)
	}
	if out, _ := shell(dir, commands[i]); out == "" {
		t.Errorf("%s\nprints nothing of a seal that was forged", commands[i])
	}
}

// secrets looks for what may not go out in every byte and name, and for what has
// to be there.
func (x *packDesk) secrets(t *testing.T, dir string, zip []byte, audience string) {
	t.Helper()
	not := []string{never, "Amina", "Boris", "Chen", "Dana", "no other cause is known"}
	have := []string{"A group in Kenya", "The Office", "Traffic fell to 4 %", "measure.example/iran", "made anew for everybody", "probable", "desk.signed", "desk.published", "custody.received", x.items[1].Ref}
	for _, v := range []*visitor{x.crew.author, x.crew.first, x.crew.second, x.crew.editor} { // it would be the same in every pack
		not = append(not, v.p.Ref)
	}
	if audience == "public" {
		not = append(not, courtOnly, "custody/"+x.items[1].Ref, "custody/"+x.items[2].Ref)
	} else {
		have = append(have, courtOnly+" says", "warc "+courtOnly, "GET "+courtOnly, "original "+courtOnly, "capture-1/page.warc")
		not = append(not, "custody/"+x.items[1].Ref)
	}
	for _, word := range not {
		if bytes.Contains(zip, []byte(word)) {
			t.Errorf("%s: %q goes out", audience, word)
		}
	}
	for _, word := range have {
		if !bytes.Contains(zip, []byte(word)) {
			t.Errorf("%s: %q is not in it", audience, word)
		}
	}
	if bytes.Contains(zip, []byte(x.items[4].Ref)) {
		t.Errorf("%s: an item is named of which nothing may be told", audience)
	}
	for _, name := range []string{"README.html", "incident.html"} {
		answer{body: readAll(t, filepath.Join(dir, name))}.plain(t, name)
	}
}

// plain holds a page of a pack against what it promises: no script, and nothing
// from elsewhere.
func (a answer) plain(t *testing.T, name string) {
	t.Helper()
	for _, bad := range []string{"<script", "src=", "href=", "url(", "bundle.", "ZgotmplZ"} {
		if strings.Contains(a.body, bad) {
			t.Errorf("%s holds %q", name, bad)
		}
	}
}

// custody looks whether each time something went out is written down, and the
// chain is whole.
func (x *packDesk) custody(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	for i, want := range []int{2*6 + 4*1, 0, 2, 2*3 + 4*2, 0} { // court: 2 packs, public: 4 packs; what is said, and each file
		if err := x.work.items.VerifyCustody(ctx, x.items[i].ID); err != nil {
			t.Error(err)
		}
		n, _, err := db.Value[int](ctx, x.d.Reader(), `/* test */ select count(*) from evidence_custody where item_id = $1 and act = 'exported' and detail like 'bundle %'`, x.items[i].ID)
		if err != nil || n != want {
			t.Errorf("item %d: noted %d times, not %d: %v", i+1, n, want, err)
		}
	}
}

// TestPackAltered: whatever single byte of a pack is altered, the steps of its
// README find it; so they do a file that was added.
func TestPackAltered(t *testing.T) {
	x := startPack(t, dbtest.SQLite(t))
	file, _ := x.pack("court", "en")
	dir := unpack(t, file)
	commands := steps(t, dir)[:2]
	found := func() bool {
		return slices.ContainsFunc(commands, func(c string) bool { _, err := shell(dir, c); return err != nil })
	}
	if found() {
		t.Fatal("the pack as it is does not pass")
	}
	files := filesUnder(t, dir)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 240 {
		path := files[i%len(files)] // every file several times
		content := []byte(readAll(t, path))
		altered := slices.Clone(content)
		at := rng.IntN(len(altered))
		altered[at] ^= byte(1 + rng.IntN(255))
		if i%7 == 0 { // as close as can be: the other case of a letter
			altered[at] = content[at] ^ 0x20
		}
		write(t, path, altered)
		if !found() {
			t.Errorf("%s: byte %d from %q to %q is not found", path, at, content[at], altered[at])
		}
		write(t, path, content)
	}
	// sha256sum itself reads these three lists as the same.
	list := filepath.Join(dir, "SHA256SUMS")
	sums := readAll(t, list)
	for _, altered := range []string{strings.ToUpper(sums[:64]) + sums[64:], strings.Replace(sums, "  ", " *", 1), sums + "\n"} {
		write(t, list, []byte(altered))
		if !found() {
			t.Errorf("a list that was altered is not found: %.80s", altered)
		}
	}
	write(t, list, []byte(sums))
	write(t, filepath.Join(dir, "evidence", "added.txt"), []byte("x"))
	if !found() {
		t.Error("a file that was added is not found")
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPackRefused: without the bytes there is no pack, no trace of one and
// nothing in custody; nor of what may not be read, nor over another file.
func TestPackRefused(t *testing.T) {
	x := startPack(t, dbtest.SQLite(t))
	noted := func() int {
		n, _, err := db.Value[int](t.Context(), x.d.Reader(), `/* test */ select count(*) from evidence_custody where act = 'exported'`)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	refused := func(what, words string, c *ExportBundleCmd) {
		t.Helper()
		err := c.export(x.env, x.d, x.record)
		var said bytes.Buffer
		if report(&said, err); err == nil || !strings.Contains(said.String(), words) {
			t.Errorf("%s: %v, %s", what, err, said.String())
		}
		if left, _ := os.ReadDir(filepath.Dir(c.Output)); len(left) > 0 && what != "over a file" {
			t.Errorf("%s: %v is left", what, left)
		}
		if n := noted(); n != 0 {
			t.Errorf("%s: noted %d times", what, n)
		}
	}
	over := x.command("public", "en")
	write(t, over.Output, []byte("mine"))
	refused("over a file", "is there already", over)
	if readAll(t, over.Output) != "mine" {
		t.Error("a file was written over")
	}
	unknown := x.command("public", "en")
	unknown.Incident = "2026-0002"
	refused("unknown", "2026-0002", unknown)

	path := filepath.Join(x.dir, blobDir)
	made := blob.DigestOf([]byte("made anew for everybody")).String()
	path = filepath.Join(path, made[:2], made[2:4], made)
	write(t, path, []byte("made anew for everybodY"))
	refused("altered bytes", x.items[3].Ref, x.command("public", "en"))
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	refused("bytes that are gone", x.items[3].Ref, x.command("public", "en"))
}

// TestPackFollows: what is withheld, unlisted, taken back or retracted since goes
// into no pack any more, not even into one that was being written.
func TestPackFollows(t *testing.T) {
	ctx := context.Background()
	x := startPack(t, dbtest.SQLite(t))
	without := func(what, word string) {
		t.Helper()
		if _, content := x.pack("court", "en"); bytes.Contains(content, []byte(word)) {
			t.Errorf("%s: %q is in it", what, word)
		}
	}
	if _, content := x.pack("court", "en"); !bytes.Contains(content, []byte("Traffic fell")) || !bytes.Contains(content, []byte("A group in Kenya")) {
		t.Fatal("it is not in it to begin with")
	}
	if _, err := x.record.Withhold(ctx, incident.Withholding{Passage: "Traffic fell", Who: "editor", Reason: "a test", Most: 10, Anyway: true}); err != nil {
		t.Fatal(err)
	}
	without("withheld", "Traffic fell")
	x.other.Listed = false
	if _, err := x.office.Save(ctx, nil, x.other); err != nil {
		t.Fatal(err)
	}
	without("unlisted", "A group in Kenya")

	// What is edited after it was signed waits for new signatures.
	author := x.crew.author.actor()
	it, err := x.work.items.Item(ctx, author, x.items[0].Ref)
	if err != nil {
		t.Fatal(err)
	}
	edited := it.Draft
	edited.Says = "FORGED"
	if _, _, err := x.work.items.Edit(ctx, author, it.Ref, it.Version, edited); err != nil {
		t.Fatal(err)
	}
	if _, content := x.pack("public", "en"); bytes.Contains(content, []byte("FORGED")) || !bytes.Contains(content, []byte("measure.example/iran")) {
		t.Error("what nobody signed is in it, or what they signed is not")
	}

	b, err := x.env.bundler(x.d, x.record, x.command("court", "en"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.gather(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if it, err = x.work.items.Item(ctx, author, x.items[2].Ref); err != nil {
		t.Fatal(err)
	}
	if _, err := x.work.items.WithdrawConsent(ctx, author, it.Ref, it.Version, evidence.Court, "she is afraid"); err != nil {
		t.Fatal(err)
	}
	if err := b.note(ctx, p, ""); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a pack goes out with what was taken back while it was written: %v", err)
	}
	without("consent taken back", courtOnly+" says")

	// What is newer than the checkpoint is not proved, and the README says so.
	x.again(t, x.crew, x.lead, false)
	for _, newer := range []bool{true, false} {
		file, _ := x.pack("public", "en")
		if strings.Contains(readAll(t, filepath.Join(unpack(t, file), "README.html")), "newer than what the ledger has sealed") != newer {
			t.Errorf("newer than the checkpoint: %v, and the README does not say so", newer)
		}
		x.nextHour()
		x.seal()
	}

	// What is public past the program is not handed out as signed.
	tamper := func(term string) {
		if err := x.d.Write(ctx, func(tx db.Tx) error {
			return db.Unguarded(ctx, tx, func() error { _, err := db.Exec(ctx, tx, `update cause set term = $1`, term); return err })
		}); err != nil {
			t.Fatal(err)
		}
	}
	term, _, err := db.Value[string](ctx, x.d.Reader(), `select term from cause`)
	if err != nil {
		t.Fatal(err)
	}
	tamper("conflict")
	if err := x.command("public", "en").export(x.env, x.d, x.record); fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "something else") {
		t.Errorf("a pack of what nobody signed: %v", err)
	}
	// Nor restored without a word.
	var said bytes.Buffer
	(&Env{Ctx: ctx, Stderr: &said, CLI: &CLI{Data: x.dir}}).warnUnsigned(x.d)
	if !strings.Contains(said.String(), "something else in public than what was signed") {
		t.Errorf("restored: %q", said.String())
	}
	tamper(term)
	if err := x.work.cases.Retract(ctx, x.crew.editor.actor(), x.lead, "it names a person"); err != nil {
		t.Fatal(err)
	}
	if err := x.command("court", "en").export(x.env, x.d, x.record); fault.KindOf(err) != fault.Gone {
		t.Errorf("a pack of what was retracted: %v", err)
	}
}

// TestPackOfASheet: what was read from a sheet has no dossier, and has a pack:
// the row word for word, and the proof that the sheet was read.
func TestPackOfASheet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := &packDesk{deskSite: startDesk(t, d), t: t, out: &bytes.Buffer{}}
		x.env = &Env{Ctx: t.Context(), Stdout: x.out, Stderr: io.Discard, CLI: &CLI{Data: x.dir}, Log: slog.New(slog.DiscardHandler)}
		importPair(t, x.record)
		rows, err := x.record.List(t.Context(), incident.Filter{Edition: incident.RecordEdition})
		if err != nil {
			t.Fatal(err)
		}
		c := x.command("public", "fr")
		c.Incident, c.Timestamp = rows.Rows[0].Ref, nil
		var said bytes.Buffer
		if err := c.export(x.env, d, x.record); err == nil {
			t.Error("a pack that proves nothing")
		} else if report(&said, err); !strings.Contains(said.String(), "ledger checkpoint") {
			t.Error(said.String())
		}
		x.seal()
		if err := c.export(x.env, d, x.record); err != nil {
			t.Fatal(err)
		}
		dir := unpack(t, c.Output)
		doc := readAll(t, filepath.Join(dir, "incident.json"))
		for _, text := range []string{`"column": "area_name"`, `"text": "Basra"`, `"unsigned": "sheet"`} {
			if !strings.Contains(doc, text) {
				t.Errorf("incident.json lacks %s\n%s", text, doc)
			}
		}
		if page := plain(t, readAll(t, filepath.Join(dir, "incident.html"))); !strings.Contains(page, "Personne n’a signé : cela a été lu dans une feuille.") || strings.Contains(page, "urgence") {
			t.Errorf("it does not say why nobody signed:\n%s", page)
		}
		for _, command := range steps(t, dir) {
			if strings.HasPrefix(command, "openssl") { // nobody gave us certificates
				continue
			}
			if out, err := shell(dir, command); err != nil || strings.HasPrefix(command, "for f in ledger/*.proof") && !strings.Contains(out, "record.sheet") {
				t.Errorf("%s: %v %s", command, err, out)
			}
		}
	})
}
