package account

import (
	"context"
	"testing"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

// TestNamesThatLookAlike: nobody shows under a name that is taken for another's, or
// for the program's own.
func TestNamesThatLookAlike(t *testing.T) {
	for _, pair := range [][2]string{
		{"Heron", "Неron"}, {"Heron", "heron "}, {"Heron", "Нeroп"}, {"Boris", "Воrіѕ"}, {"Ilia", "llia"}, {"Ilia", "I1ia"}, {"Marna", "Mama"}, {"علی", "علي"}, {"محمد", "محـمد"},
		{"Nadia", "Ναdia"}, {"Zoë", "Zoe"}, {"O’Neil", "O'Neil"}, {"the program", "The-Program"},
	} {
		if skeletonOf(pair[0]) != skeletonOf(pair[1]) {
			t.Errorf("%s and %s are taken apart: %q %q", pair[0], pair[1], skeletonOf(pair[0]), skeletonOf(pair[1]))
		}
	}
	for _, pair := range [][2]string{{"Boris", "Doris"}, {"Amina", "Samina"}, {"Ada", "Ida"}, {"نور", "نورا"}, {"Chen", "Chan"}, {"Number 6", "Number 8"}, {"Number 3", "Number 5"}} {
		if skeletonOf(pair[0]) == skeletonOf(pair[1]) {
			t.Errorf("%s and %s are one", pair[0], pair[1])
		}
	}
}

// TestNamesAreRefused: at joining and at renaming, and a new name is recorded.
func TestNamesAreRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		var acts []Act
		s, err := New(d, Options{Reserved: []string{"the program", "Secretariat", "Editor"}, Record: func(_ context.Context, _ db.Tx, a Act) error {
			acts = append(acts, a)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		join := func(name string) (Person, error) {
			code, err := s.Invite(ctx, nil, "", "")
			if err != nil {
				t.Fatal(err)
			}
			p, _, err := s.Accept(ctx, Joining{Code: code, Name: name, Lang: "en"})
			return p, err
		}
		heron, err := join("Heron")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Неron", "THE PROGRAM", "Wren (Secretariat)", "Wren [Chief Editor]", "editor"} {
			if _, err := join(name); len(fault.Fields(err)) != 1 {
				t.Errorf("%s comes in: %v", name, err)
			}
		}
		wren, err := join("Wren (Nairobi)")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Rename(ctx, wren, "Herоn", "en"); len(fault.Fields(err)) != 1 {
			t.Errorf("renamed: %v", err)
		}
		acts = nil
		if err := s.Rename(ctx, heron, "heron", "en"); err != nil || len(acts) != 1 || acts[0].Kind != "renamed" || acts[0].Subject != heron.Ref {
			t.Errorf("one's own name in other letters: %v %v", err, acts)
		}
	})
}
