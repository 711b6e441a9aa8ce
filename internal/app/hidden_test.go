package app

import (
	"bytes"
	"context"
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
	"keepiton/internal/publish/feed"
)

// tellsHash tells whether readers get a hash of an edition, and fails the test where one
// that is not told is not said to be hidden.
func (x *deskSite) tellsHash(t *testing.T, label string) bool {
	t.Helper()
	x.settled()
	var list feed.EditionList
	if err := json.Unmarshal([]byte(x.nobody().get("/api/v1/releases").body), &list); err != nil {
		t.Fatal(err)
	}
	for _, e := range list.Releases {
		if e.Label != label {
			continue
		}
		told := e.SHA256+e.Digest != ""
		if told == (e.NoHash == "hidden") {
			t.Errorf("%s: %+v", label, e)
		}
		for at, words := range map[string]string{"/data": "it could be tried out", "/fr/data": "elle permettrait", "/ar/data": "تجريب"} {
			if page := x.nobody().get(at).body; strings.Contains(page, words) == told || strings.Contains(page, "digest_hidden") {
				t.Errorf("%s does not say what is so: %v", at, told)
			}
		}
		return told
	}
	t.Fatalf("no edition %s", label)
	return false
}

// TestHashesOfWhatIsHidden: the hash of a sheet or of a release is told as long as all
// of it is: with a gap in it, anybody could try what stood there.
func TestHashesOfWhatIsHidden(t *testing.T) {
	const sheet = "sheet 2026-02-01"
	for what, hide := range map[string]func(t *testing.T, x *packDesk, ref string) (back func()){
		"a passage": func(t *testing.T, x *packDesk, _ string) func() {
			p, err := x.record.Withhold(t.Context(), incident.Withholding{Passage: "Neda Sadeghi", Who: "Dana", Reason: "her family asked", Most: 9})
			if err != nil || len(p) == 0 {
				t.Fatal(p, err)
			}
			list, err := x.record.Withheld(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := x.record.ShowAgain(t.Context(), list[0].ID, "Dana", "her family agrees"); err != nil {
					t.Fatal(err)
				}
			}
		},
		"a source that a later sheet calls confidential": func(_ *testing.T, x *packDesk, _ string) func() {
			x.importRows("sheet 2026-03-01.csv", incident.ImportOptions{}, rowLike("event", "Neda Sadeghi was arrested", "info_source", "Confidential", "info_source_link", "https://paper.example/one"), rowLike("country", "Kenya", "area_name", "Kisumu", "event", ""))
			return nil
		},
		"an incident that was taken back": func(t *testing.T, x *packDesk, ref string) func() {
			lead, err := x.work.cases.Adopt(t.Context(), x.crew.author.actor(), ref, 0)
			if err == nil {
				err = x.work.cases.Retract(t.Context(), x.crew.editor.actor(), lead.Ref, "it names a person")
			}
			if err != nil {
				t.Fatal(err)
			}
			return nil
		},
	} {
		t.Run(what, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := startSheetPack(t, d)
				ref := x.importRows("sheet 2026-02-01.csv", incident.ImportOptions{}, rowLike("event", "Neda Sadeghi was arrested", "info_source", "News media", "info_source_link", "https://paper.example/one"),
					rowLike("country", "Kenya", "area_name", "Kisumu", "event", "")).Rows[0].Ref
				x.seal()
				pack := func(told bool) {
					t.Helper()
					file, _ := x.pack("public", "en")
					dir := unpack(t, file)
					opened, err := filepath.Glob(filepath.Join(dir, "ledger", "*.opening"))
					if err != nil || (len(opened) > 0) != told || strings.Contains(readAll(t, filepath.Join(dir, "README.html")), "The hash of the sheet") == told {
						t.Errorf("told %v, and the pack opens %v %v", told, opened, err)
					}
				}
				if !x.tellsHash(t, sheet) {
					t.Error("nothing is hidden, and the hash is not told")
				}
				pack(true)
				back := hide(t, x, ref)
				if x.tellsHash(t, sheet) {
					t.Error("the hash is told")
				}
				if x.seal(); what == "a passage" {
					pack(false)
				}
				if back == nil {
					return
				}
				if back(); !x.tellsHash(t, sheet) {
					t.Error("all is shown again, and the hash is not told")
				}
				pack(true)
			})
		})
	}
}

// TestDigestOfAReleaseThatHides: nor is the digest of a release of which a source withdrew.
func TestDigestOfAReleaseThatHides(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := &packDesk{deskSite: startDesk(t, d), t: t}
		x.crew = x.deskSite.crew()
		x.published(t, x.crew)
		x.release(t, "R1", "2026-06-01")
		if !x.tellsHash(t, "R1") {
			t.Error("nothing is hidden, and the digest is not told")
		}
		it, err := x.work.items.Item(t.Context(), x.crew.author.actor(), "E-2026-0001")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.work.items.WithdrawConsent(t.Context(), x.crew.author.actor(), it.Ref, it.Version, evidence.AnonymousPublic, "she is afraid"); err != nil {
			t.Fatal(err)
		}
		if x.tellsHash(t, "R1") {
			t.Error("the digest is told")
		}
	})
}

// startSheetPack is a desk at which nothing was filed yet, and packs can be made.
func startSheetPack(t *testing.T, d *db.DB) *packDesk {
	t.Helper()
	x := &packDesk{deskSite: startDesk(t, d), t: t, out: &bytes.Buffer{}}
	x.deskSite.t = t
	x.env = &Env{Ctx: context.Background(), Stdout: x.out, Stderr: io.Discard, CLI: &CLI{Data: x.dir}, Log: slog.New(slog.DiscardHandler)}
	x.crew = x.deskSite.crew()
	return x
}
