package app

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"keepiton/internal/coalition"
	"keepiton/internal/mechanism/account"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db/dbtest"
)

// peoplePages are one address of every kind of page of people and organisations,
// with some people in them.
func peoplePages(x *deskSite) (v *visitor, pages []string) {
	v = x.walker(chief)
	who := x.join("آمنة", coalition.Grant{Organisation: x.other.Ref, Role: desk.Verifier, Area: "KE"})
	x.join("Somebody with a rather long name that goes on", coalition.Grant{Organisation: x.other.Ref, Role: desk.Reader}, coalition.Grant{Organisation: x.home.Ref, Role: desk.Editor})
	code := x.invited(coalition.Grant{Organisation: x.other.Ref, Role: desk.Contributor, Area: "africa"}, false)
	return v, []string{"/account/enter", "/account/join/" + code, "/account", "/account/passkey", "/account/clock", "/account/passphrase", "/account/codes",
		"/account/mail/stop/" + x.stopOf(who), "/desk/people", "/desk/people/invite", "/desk/people/" + who.p.Ref, "/desk/organisations", "/desk/organisations/new", "/desk/organisations/" + x.other.Ref, "/desk/modes", "/desk/nothing"}
}

// deskBrowser is a browser in which a person is logged in. Browsers know
// passkeys for a name alone, so it comes by the name of this machine.
func deskBrowser(t *testing.T, x *deskSite, v *visitor) (ctx context.Context, site string) {
	t.Helper()
	ctx = browser(t)
	u, err := url.Parse(x.url)
	if err != nil {
		t.Fatal(err)
	}
	site = "http://localhost:" + u.Port()
	if v == nil {
		return ctx, site
	}
	if err := chromedp.Run(ctx, network.SetCookie("desk", v.token).WithURL(site).WithHTTPOnly(true).WithSameSite(network.CookieSameSiteStrict)); err != nil {
		t.Fatal(err)
	}
	return ctx, site
}

// TestPeopleInTheBrowser is TestPagesInTheBrowser for the pages of people.
func TestPeopleInTheBrowser(t *testing.T) {
	script := axe(t)
	x := startDesk(t, dbtest.SQLite(t))
	v, pages := peoplePages(x)
	ctx, site := deskBrowser(t, x, v)
	for n, prefix := range []string{"", "/ar", "/fr", "/lite/ar"} {
		for i, p := range pages {
			inspect(t, ctx, script, site, prefix, p, (i+n)%2 == 1)
			var at string
			if err := chromedp.Run(ctx, chromedp.Evaluate(`location.pathname`, &at)); err != nil || at != prefix+p {
				t.Errorf("%s%s led to %s: %v", prefix, p, at, err)
			}
		}
	}
}

// TestPasskeyInTheBrowser joins with a passkey that Chromium's own authenticator
// makes, and comes in again with it.
func TestPasskeyInTheBrowser(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	ctx, site := deskBrowser(t, x, nil)
	code := x.invited(coalition.Grant{Organisation: x.other.Ref, Role: desk.Reader}, false)
	var steps, ways, way, name string
	err := chromedp.Run(ctx,
		webauthn.Enable(),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
				HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}).Do(ctx)
			return err
		}),
		chromedp.Navigate(site+coalition.JoinPath(code)),
		chromedp.SendKeys(`#f-name`, "Amina", chromedp.ByQuery),
		chromedp.SendKeys(`#f-device`, "phone", chromedp.ByQuery),
		chromedp.Submit(`#f-name`, chromedp.ByQuery),
		arrived(`location.pathname === '/account'`),
		chromedp.Text(`#next`, &steps, chromedp.ByQuery),
		chromedp.Click(`#next a`, chromedp.ByQuery),
		arrived(`location.pathname === '/account/passkey'`),
		chromedp.SendKeys(`#f-label`, "blue key", chromedp.ByQuery),
		chromedp.Click(`form[data-passkey] button`, chromedp.ByQuery),
		arrived(`location.pathname === '/account' && document.getElementById('notice') !== null`),
		chromedp.Text(`#f-ways`, &ways, chromedp.ByQuery),
		chromedp.Click(`.out button`, chromedp.ByQuery),
		arrived(`location.pathname === '/account/enter'`),
		chromedp.Text(`form[data-passkey] button`, &way, chromedp.ByQuery),
		chromedp.Click(`form[data-passkey] button`, chromedp.ByQuery),
		arrived(`location.pathname === '/account'`),
		chromedp.Text(`header`, &name, chromedp.ByQuery))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(steps, "Make a passkey") || !strings.Contains(ways, "blue key") || !strings.Contains(way, "Log in with a passkey") || !strings.Contains(name, "Amina") {
		t.Errorf("%q %q %q %q", steps, ways, way, name)
	}
}

// TestPasskeyFails: without an authenticator the page says what to do.
func TestPasskeyFails(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	ctx, site := deskBrowser(t, x, nil)
	var text string
	err := chromedp.Run(ctx,
		webauthn.Enable(), // with no key in it
		chromedp.Navigate(site+"/account/enter"),
		chromedp.WaitVisible(`form[data-passkey] button`, chromedp.ByQuery),
		chromedp.Evaluate(`navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError'))`, nil),
		chromedp.Click(`form[data-passkey] button`, chromedp.ByQuery),
		chromedp.WaitVisible(`form[data-passkey] [role=alert]`, chromedp.ByQuery),
		chromedp.Text(`form[data-passkey] [role=alert]`, &text, chromedp.ByQuery))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, "take a passphrase") {
		t.Error(text)
	}
}

// TestPeopleByKeyboard logs in, invites somebody and logs out by keyboard alone,
// in English and Arabic.
func TestPeopleByKeyboard(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	v := x.walker(chief)
	ctx := context.Background()
	list, err := x.office.Accounts.Sessions(ctx, v.p)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.office.Accounts.SetPassphrase(ctx, v.p, list[0], deskPass); err != nil {
		t.Fatal(err)
	}
	_, secret, err := x.office.Accounts.NewClock(v.p, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := x.office.Accounts.ConfirmClock(ctx, v.p, secret, clockCode(t, secret)); err != nil {
		t.Fatal(err)
	}
	codes, err := x.office.Accounts.NewRecovery(ctx, v.p)
	if err != nil || len(codes) != account.RecoveryCodes {
		t.Fatal(err)
	}
	bctx, site := deskBrowser(t, x, nil)
	for i, prefix := range []string{"", "/ar"} {
		var link string
		err := chromedp.Run(bctx,
			chromedp.Navigate(site+prefix+"/account/enter?next=/desk/people/invite"),
			tabTo(`f-name`), chromedp.KeyEvent(v.p.Name),
			tabTo(`f-passphrase`), chromedp.KeyEvent(deskPass),
			tabTo(`f-code`), chromedp.KeyEvent(codes[i]+"\r"),
			arrived(`location.pathname === '/desk/people/invite'`), // in the person's own language
			chromedp.Navigate(site+prefix+"/desk/people/invite"),
			tabTo(`f-organisation`), chromedp.KeyEvent("A g"),
			tabTo(`f-role`), chromedp.KeyEvent(" "),
			tabTo(`f-note`), chromedp.KeyEvent("for somebody\r"),
			arrived(`!!document.querySelector('pre.sh')`),
			chromedp.Text(`pre.sh`, &link, chromedp.ByQuery),
			tabToText(`.out button`), chromedp.KeyEvent("\r"),
			arrived(`location.pathname.endsWith('/account/enter')`))
		if err != nil {
			t.Fatalf("%s: %v", prefix, err)
		}
		if !strings.Contains(link, "/account/join/") {
			t.Errorf("%s: %q", prefix, link)
		}
	}
}

// tabTo presses the tab key until the field with an id has the focus.
func tabTo(id string) chromedp.Action { return tabToText("#" + id) }

// tabToText presses the tab key until what a selector finds has the focus.
func tabToText(selector string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for range 80 {
			if err := chromedp.KeyEvent("\t").Do(ctx); err != nil {
				return err
			}
			var there bool
			if err := chromedp.Evaluate(`document.activeElement.matches(`+"`"+selector+"`"+`)`, &there).Do(ctx); err != nil {
				return err
			}
			if there {
				return nil
			}
		}
		return &unreachable{selector}
	})
}

type unreachable struct{ what string }

func (e *unreachable) Error() string { return "the keyboard does not reach " + e.what }

// TestFromALinkElsewhereInTheBrowser follows a link on another site to the desk:
// the strict cookie is not sent at first, and the reader arrives all the same.
func TestFromALinkElsewhereInTheBrowser(t *testing.T) {
	x := startDesk(t, dbtest.SQLite(t))
	ctx, site := deskBrowser(t, x, x.walker(chief))
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><title>mail</title><a href="%s/desk/people?q=Name">look</a>`, site)
	}))
	defer elsewhere.Close()
	var title string
	err := chromedp.Run(ctx,
		chromedp.Navigate(elsewhere.URL), // by number: another site than the name
		chromedp.Click(`a`, chromedp.ByQuery),
		arrived(`location.pathname === '/desk/people' && location.search.includes('came=1')`),
		chromedp.Text(`h1`, &title, chromedp.ByQuery))
	if err != nil {
		t.Fatal(err)
	}
	if title != "People" {
		t.Errorf("arrived at %q", title)
	}
}
