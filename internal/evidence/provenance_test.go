package evidence

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
	"keepiton/internal/platform/fault"
)

func pageOf(address string) Filing {
	f := filing()
	f.Kind, f.Class, f.URL = Link, ClassNews, address
	return f
}

// origin is where an item comes from now.
func (w *world) origin(t testing.TB, it Item) int64 {
	t.Helper()
	now, _, err := itemByID(t.Context(), w.db.Reader(), it.ID)
	if err != nil {
		t.Fatal(err)
	}
	return now.Origin
}

func (w *world) say(t testing.TB, a desk.Actor, it Item, p Provenance) error {
	t.Helper()
	now, _, err := itemByID(t.Context(), w.db.Reader(), it.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.SayOrigin(t.Context(), a, it.Ref, now.Version, p)
	return err
}

// TestAnOriginIsSaid: an item comes from nowhere until somebody says where from;
// what is one page or one file has one origin, whatever is said, and what one may
// not see is neither suggested nor told.
func TestAnOriginIsSaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		// One post filed twice under two classes (the attack): no origin for either.
		post := w.mustAdd(t, amina, pageOf("https://www.news.example/a?utm_source=x"))
		again := pageOf("http://m.news.example/a/")
		again.Class = ClassMedia
		copied := w.mustAdd(t, boris, again)
		other := w.mustAdd(t, boris, pageOf("https://news.example/b"))
		if post.Origin != 0 || copied.Origin != 0 || other.Origin != 0 {
			t.Errorf("origins that nobody said: %d %d %d", post.Origin, copied.Origin, other.Origin)
		}
		if list, err := w.Suggest(ctx, amina, copied.Ref); err != nil || len(list) != 1 || list[0].Ref != post.Ref || list[0].Why != SameAddress {
			t.Errorf("%+v %v", list, err)
		}
		if err := w.say(t, amina, post, Provenance{Own: true}); err != nil {
			t.Fatal(err)
		}
		if a, b, c := w.origin(t, post), w.origin(t, copied), w.origin(t, other); a == 0 || b != a || c != 0 {
			t.Errorf("what is said of one copy is not said of all: %d %d %d", a, b, c)
		}
		for what, p := range map[string]Provenance{"of its own": {Own: true}, "of both": {Own: true, SameAs: post.Ref}, "of nothing there": {SameAs: "E-2026-0999"}, "of itself": {SameAs: copied.Ref}} {
			mustBe(t, "a copy "+what, w.say(t, boris, copied, p), fault.Invalid)
		}
		if err := w.say(t, boris, other, Provenance{Own: true}); err != nil || w.origin(t, other) == w.origin(t, post) {
			t.Error("another page has no source of its own", err)
		}
		mustBe(t, "a copy with another page", w.say(t, boris, copied, Provenance{SameAs: other.Ref}), fault.Invalid)
		third := pageOf("https://news.example/a?fbclid=3")
		third.Own = true
		if it := w.mustAdd(t, amina, third); it.Origin != w.origin(t, post) {
			t.Errorf("filed as its own source, a copy got %d", it.Origin)
		}
		if list, err := w.Suggest(ctx, amina, copied.Ref); err != nil || len(list) != 0 {
			t.Errorf("suggested though it is said: %+v %v", list, err)
		}
		w.mustBeWhole(t, copied.Ref, Received, OriginSaid)
	})
}

// TestSharedOrigins: what somebody says goes back to one source does, both ways,
// and can be taken back; an address that is mended brings copies together.
func TestSharedOrigins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		a, b := w.mustAdd(t, amina, pageOf("https://one.example/")), w.mustAdd(t, boris, pageOf("https://two.example/"))
		if err := w.say(t, boris, a, Provenance{SameAs: b.Ref}); err != nil || w.origin(t, a) == 0 || w.origin(t, a) != w.origin(t, b) {
			t.Errorf("%d and %d: %v", w.origin(t, a), w.origin(t, b), err)
		}
		f := filing()
		f.SameAs = a.Ref
		c := w.mustAdd(t, amina, f)
		if c.Origin != w.origin(t, a) {
			t.Errorf("filed as the same: %d", c.Origin)
		}
		if err := w.say(t, amina, c, Provenance{Own: true}); err != nil || w.origin(t, c) == w.origin(t, a) || w.origin(t, c) == 0 {
			t.Error("not of its own after all", err)
		}
		if err := w.say(t, amina, c, Provenance{}); err != nil || w.origin(t, c) != 0 {
			t.Error("what was said cannot be taken back", err)
		}
		// The address of another page was wrong: it is the page of a.
		wrong := w.mustAdd(t, amina, pageOf("https://three.example/"))
		if err := w.say(t, amina, wrong, Provenance{Own: true}); err != nil {
			t.Fatal(err)
		}
		now, _, _ := itemByID(ctx, d.Reader(), wrong.ID)
		now.URL = "https://one.example/"
		if _, _, err := w.Edit(ctx, amina, wrong.Ref, now.Version, now.Draft); err != nil || w.origin(t, wrong) != w.origin(t, a) {
			t.Errorf("one page has two origins: %d and %d, %v", w.origin(t, wrong), w.origin(t, a), err)
		}
		// A file filed twice is one file, also in another country, of which nothing is told.
		at := func(a desk.Actor, ref string, own bool) Item {
			f := filing()
			f.Kind, f.Own = File, own
			it, err := w.AddFile(ctx, a, ref, f, "a.txt", strings.NewReader("one file"))
			if err != nil {
				t.Fatal(err)
			}
			return it
		}
		there := at(boris, "L-2026-0002", true)
		here := at(amina, "L-2026-0001", false)
		if there.Origin == 0 || here.Origin != 0 {
			t.Errorf("filing tells of a copy nobody may know of: %d and %d", here.Origin, there.Origin)
		}
		mustBe(t, "the same as what one may not see", w.say(t, amina, c, Provenance{SameAs: there.Ref}), fault.Invalid)
		if err := w.say(t, amina, here, Provenance{Own: true}); err != nil || w.origin(t, here) != there.Origin {
			t.Errorf("a copy nobody may know of is told: %v", err)
		}
	})
}

// TestNobodyPullsOrigins: whatever somebody does with their own item, what is said of
// items of others stays, also of those they may work on; and an item whose address
// changes comes from nowhere until somebody says so anew.
func TestNobodyPullsOrigins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		own := func(address string) Item {
			f := pageOf(address)
			f.Own = true
			return w.mustAdd(t, amina, f)
		}
		paper, measured := own("https://paper.example/story"), own("https://measure.example/iran")
		before := []Item{paper, measured}
		to := func(a desk.Actor, it Item, address string) {
			t.Helper()
			now, _, err := itemByID(ctx, d.Reader(), it.ID)
			if err != nil {
				t.Fatal(err)
			}
			now.URL = address
			if _, _, err := w.Edit(ctx, a, it.Ref, now.Version, now.Draft); err != nil {
				t.Fatal(err)
			}
		}
		stay := func(what string) {
			t.Helper()
			for _, it := range before {
				now, _, err := itemByID(ctx, d.Reader(), it.ID)
				if err != nil || now.Origin != it.Origin || now.Version != it.Version {
					t.Errorf("%s: %s had the origin %d and version %d, has %d and %d: %v", what, it.Ref, it.Origin, it.Version, now.Origin, now.Version, err)
				}
			}
		}
		far := actor("far", 9, desk.Contributor, "SY")
		theirs, err := w.Add(ctx, far, "L-2026-0002", pageOf("https://paper.example/story"))
		if err != nil || theirs.Origin != 0 {
			t.Errorf("one elsewhere learns that somebody has it: %d %v", theirs.Origin, err)
		}
		to(far, theirs, "https://measure.example/iran")
		stay("somebody of another country")
		for what, a := range map[string]desk.Actor{"a colleague": dara, "another organisation": boris} {
			it := w.mustAdd(t, a, pageOf("https://paper.example/story"))
			if it.Origin != paper.Origin {
				t.Errorf("%s: a copy has the origin %d", what, it.Origin)
			}
			to(a, it, "https://measure.example/iran")
			stay(what)
			if w.origin(t, it) != measured.Origin {
				t.Errorf("%s: the copy of the other has the origin %d", what, w.origin(t, it))
			}
			to(a, it, "https://nowhere.example/")
			if w.origin(t, it) != 0 {
				t.Errorf("%s: another page comes from %d", what, w.origin(t, it))
			}
		}
		to(amina, paper, "https://paper.example/story?utm_source=x")
		if w.origin(t, paper) != paper.Origin {
			t.Error("the same page comes from nowhere now")
		}
	})
}

// TestOriginInTheBrowser: the form asks, quickly, and the page says what is known.
func TestOriginInTheBrowser(t *testing.T) {
	s := newSite(t, dbtest.SQLite(t))
	form := fill(Statement, ClassOfficial, "Of the ministry")
	res, body := s.upload("amina", form, "", nil)
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	first := "/desk/evidence/E-2026-0001"
	s.show("amina", first, "Nobody has said yet where this comes from", "Not known yet")
	version := func(ref string) string {
		it, _, _ := itemByRef(t.Context(), s.db.Reader(), ref)
		return digit(int(it.Version))
	}
	if res, body := s.post("boris", first+"/origin", url.Values{"version": {version("E-2026-0001")}, "origin": {"same"}}); res.StatusCode != 422 || !strings.Contains(body, "Write the number of the other item") {
		t.Errorf("%d %.300s", res.StatusCode, body)
	}
	if res, body := s.post("boris", first+"/origin", url.Values{"version": {version("E-2026-0001")}, "origin": {"own"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d %.300s", res.StatusCode, body)
	}
	if text := s.show("amina", first, "A source of its own", "said where it comes from"); strings.Contains(text, "Nobody has said") {
		t.Error("the page says that nobody said")
	}
	form["same"] = "e-٢٠٢٦-0001"
	if res, body = s.upload("amina", form, "", nil); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	s.show("amina", "/desk/evidence/E-2026-0002", "The same source as another item", "counted as the same source")
	form["origin"] = "own"
	if res, body = s.upload("amina", form, "", nil); res.StatusCode != 422 || !strings.Contains(body, "choose one of the two") {
		t.Errorf("two answers: %d %.300s", res.StatusCode, body)
	}
}

// TestNobodyJoinsOriginsFromElsewhere: items of another case under the addresses of
// this one, said to be one there or made one by a file, leave two sources here two.
func TestNobodyJoinsOriginsFromElsewhere(t *testing.T) {
	for what, a := range map[string]desk.Actor{"who knows nothing of it": amina, "who may read it": actor("all", 7, desk.Contributor)} {
		t.Run(what, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				ctx := t.Context()
				far := actor("far", 9, desk.Contributor, "SY")
				there := func(f Filing) Item {
					t.Helper()
					it, err := w.Add(ctx, far, "L-2026-0002", f)
					if err != nil {
						t.Fatal(err)
					}
					return it
				}
				one := there(pageOf("https://paper.example/story"))
				two := there(pageOf("https://measure.example/iran"))
				if err := w.say(t, far, two, Provenance{SameAs: one.Ref}); err != nil {
					t.Fatal(err)
				}
				bridge := pageOf("https://measure.example/iran")
				bridge.Kind = File
				if _, err := w.AddFile(ctx, far, "L-2026-0002", bridge, "a.txt", strings.NewReader("one file")); err != nil {
					t.Fatal(err)
				}
				own := pageOf("https://paper.example/story")
				own.Kind, own.Own = File, true
				paper, err := w.AddFile(ctx, a, "L-2026-0001", own, "a.txt", strings.NewReader("one file"))
				if err != nil {
					t.Fatal(err)
				}
				measured := w.mustAdd(t, a, pageOf("https://measure.example/iran"))
				if err := w.say(t, a, measured, Provenance{Own: true}); err != nil {
					t.Errorf("nobody can say that it has a source of its own: %v", err)
				}
				if p, m := w.origin(t, paper), w.origin(t, measured); p == 0 || m == 0 || p == m {
					t.Errorf("two sources have the origins %d and %d", p, m)
				}
			})
		})
	}
}

// TestAGuessedAddressTellsNothing: whoever may not read an item learns of its address
// neither by filing it, nor by saying where it comes from: all is as for an address
// that nobody has.
func TestAGuessedAddressTellsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		secret := pageOf("https://secret.example/post/1")
		secret.Partners, secret.Own = No, true
		kept := w.mustAdd(t, amina, secret)
		if kept.Origin == 0 {
			t.Fatal("nothing is said of it")
		}
		other := w.mustAdd(t, boris, pageOf("https://open.example/"))
		if err := w.say(t, boris, other, Provenance{Own: true}); err != nil {
			t.Fatal(err)
		}
		for _, address := range []string{"https://secret.example/post/2", "https://secret.example/post/1"} {
			for what, p := range map[string]Provenance{"its own": {Own: true}, "another's": {SameAs: other.Ref}} {
				it := w.mustAdd(t, boris, pageOf(address))
				if it.Origin != 0 {
					t.Errorf("%s: filed, and it comes from somewhere", address)
				}
				if err := w.say(t, boris, it, p); err != nil || w.origin(t, it) == 0 {
					t.Errorf("%s said to be %s: %v", address, what, err)
				}
				if err := w.say(t, boris, it, Provenance{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		// All the same it is one thing, and proves nothing beside itself.
		it := w.mustAdd(t, boris, pageOf("https://secret.example/post/1"))
		if err := w.say(t, boris, it, Provenance{Own: true}); err != nil || w.origin(t, it) != kept.Origin {
			t.Errorf("a copy has the origin %d, not %d: %v", w.origin(t, it), kept.Origin, err)
		}
	})
}

// TestOnePageAtTwoAddresses: five copies of one page are one source, wherever they lie,
// once their pages were captured; what a server says of nothing, and short pages, are
// no page.
func TestOnePageAtTwoAddresses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		long := strings.Repeat("The network was cut in the evening. ", 40)
		n := newInternet(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasPrefix(r.URL.Path, "/gone"):
				w.WriteHeader(http.StatusNotFound)
				io.WriteString(w, long)
			case strings.HasPrefix(r.URL.Path, "/short"):
				io.WriteString(w, "Please wait.")
			case strings.HasPrefix(r.URL.Path, "/other"):
				io.WriteString(w, long+r.URL.Path)
			default:
				io.WriteString(w, long)
			}
		}))
		w := newWorld(t, d, func(o *Options) { o.Capturer = n.capturer(); o.Capturer.now = o.Now })
		n.names["mirror.example.org"] = n.names["news.example.org"]
		origin := func(at string) int64 {
			f := pageOf("http://" + at)
			f.Provenance = Provenance{Own: true}
			it := w.mustAdd(t, amina, f)
			before := it.Origin
			if _, err := w.Capture(t.Context(), boris, it.Ref); err != nil {
				t.Fatal(at, err)
			}
			it, _, err := itemByID(t.Context(), d.Reader(), it.ID)
			if err != nil || before == 0 {
				t.Fatal(before, err)
			}
			if it.Origin != before {
				w.mustBeWhole(t, it.Ref, Received, Captured)
				list, err := w.History(t.Context(), amina, it.Ref)
				if err != nil || len(list) != 1 || list[0].Field != "origin_id" {
					t.Errorf("%s: what it replaced: %+v %v", at, list, err)
				}
			}
			return it.Origin
		}
		first := origin("news.example.org/story")
		for at, same := range map[string]bool{"mirror.example.org/copy": true, "mirror.example.org/another/copy?x=1": true, "mirror.example.org/other/story": false,
			"mirror.example.org/gone/a": false, "news.example.org/gone/b": false, "mirror.example.org/short/a": false, "news.example.org/short/b": false} {
			if got := origin(at); (got == first) != same {
				t.Errorf("%s: origin %d, that of the first page is %d", at, got, first)
			}
		}
		if a, b := origin("news.example.org/short/c"), origin("mirror.example.org/gone/c"); a == b {
			t.Error("two pages that say nothing are one source")
		}
	})
}

// TestOneHostAnswersAlike: a host may send the same page for each of its addresses. That
// two of these are one source is a suggestion, and nobody loses an origin by it.
func TestOneHostAnswersAlike(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := newInternet(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, strings.Repeat("Please accept our cookies. ", 40))
		}))
		w := newWorld(t, d, func(o *Options) { o.Capturer = n.capturer(); o.Capturer.now = o.Now })
		var two []Item
		for _, path := range []string{"/a", "/b"} {
			f := pageOf("http://news.example.org" + path)
			f.Provenance = Provenance{Own: true}
			it := w.mustAdd(t, amina, f)
			if _, err := w.Capture(t.Context(), boris, it.Ref); err != nil {
				t.Fatal(err)
			}
			two = append(two, it)
		}
		if a, b := w.origin(t, two[0]), w.origin(t, two[1]); a == b || a != two[0].Origin || b != two[1].Origin {
			t.Errorf("origins %d and %d, they were %d and %d", a, b, two[0].Origin, two[1].Origin)
		}
		list, err := w.Suggest(t.Context(), amina, two[1].Ref)
		if err != nil || len(list) != 1 || list[0].Why != SamePage {
			t.Errorf("suggested: %+v %v", list, err)
		}
	})
}
