package incident

import (
	"context"
	"strings"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestNewMethodologyReachesAnOldDatabase: a program that brings a new term and a
// new spelling of an old one, from a year on, teaches both to a database that
// an older program made.
func TestNewMethodologyReachesAnOldDatabase(t *testing.T) {
	old := taxonomyTSV
	defer func() { taxonomyTSV = old }()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		taxonomyTSV = old
		before, err := NewService(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		line := func(key string) string {
			for _, l := range strings.Split(old, "\n") {
				if strings.HasPrefix(l, "cause\t"+key+"\t") {
					return l
				}
			}
			t.Fatalf("no cause %s", key)
			return ""
		}
		f := strings.Split(line("protests"), "\t")
		spelled := f[3]
		f[3] = spelled + "@-2025;Uprisings@2026-"
		taxonomyTSV = strings.Replace(old, line("protests"), strings.Join(f, "\t"), 1) + "cause\teclipse\t\tEclipse\t\n"
		after, err := NewService(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		tax := after.Taxonomy()
		if a, b := tax.Label(SchemeCause, "protests", 2025), tax.Label(SchemeCause, "protests", 2026); a != spelled || b != "Uprisings" {
			t.Errorf("protests are spelled %q in 2025 and %q in 2026", a, b)
		}
		was, _ := before.Taxonomy().Term(SchemeCause, "protests")
		is, _ := tax.Term(SchemeCause, "protests")
		eclipse, ok := tax.Term(SchemeCause, "eclipse")
		if !ok || was.Code != is.Code || eclipse.Code <= is.Code {
			t.Errorf("codes %d, %d, %d: one that is given never changes", was.Code, is.Code, eclipse.Code)
		}
		if again, err := NewService(ctx, d); err != nil || again.Taxonomy().Label(SchemeCause, "protests", 2026) != "Uprisings" {
			t.Errorf("opened again: %v", err)
		}
	})
}
