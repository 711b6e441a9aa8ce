package desk

import (
	"slices"
	"testing"
)

// TestRoles walks every role, area and country against the table of who may.
func TestRoles(t *testing.T) {
	may := map[Role][]Role{
		Reader: {Reader}, Contributor: {Reader, Contributor}, Verifier: {Reader, Contributor, Verifier},
		Editor: {Reader, Contributor, Verifier, Editor}, Administrator: {Reader, Administrator},
	}
	for _, held := range Roles() {
		for _, asked := range Roles() {
			for _, h := range []Hold{{Everywhere: true}, {Countries: []string{"IR", "KE"}}} {
				h.Role = held
				a := Actor{Holds: []Hold{h}}
				for _, country := range []string{"", "IR", "FR"} {
					want := slices.Contains(may[held], asked) && (country != "FR" || h.Everywhere)
					if a.Can(asked, country) != want || (a.Must(asked, country) == nil) != want {
						t.Errorf("%+v asked for %s in %q: %v", h, asked, country, !want)
					}
				}
			}
		}
	}
	if (Actor{}).Can(Reader, "") || (Actor{Holds: []Hold{{Role: "king", Everywhere: true}}}).Can(Reader, "") {
		t.Error("nobody may")
	}
	two := Actor{Holds: []Hold{{9, Verifier, true, nil}, {2, Editor, false, []string{"IR"}}, {9, Reader, true, nil}, {3, Reader, false, []string{"KE", "IR"}}}}
	if got := two.For(Verifier, "IR"); !slices.Equal(got, []int64{2, 9}) || !two.IsIn(9) || two.IsIn(4) {
		t.Errorf("works for %v", got)
	}
	if all, _ := two.Areas(Reader); !all {
		t.Error("a role held everywhere")
	}
	if all, list := two.Areas(Editor); all || !slices.Equal(list, []string{"IR"}) {
		t.Errorf("an editor in %v", list)
	}
}
