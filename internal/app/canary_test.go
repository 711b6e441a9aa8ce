package app

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"keepiton/internal/coalition"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/platform/db"
	"keepiton/internal/platform/db/dbtest"
)

// TestNothingLetsInFromWhatIsKept lives through a day at the desk, with every way
// of coming in and every mistake on the way, and then looks for everything that
// lets somebody in, and for addresses, in the database, in the log, in the ledger
// and in the directory for temporary files.
func TestNothingLetsInFromWhatIsKept(t *testing.T) {
	lives := func(t *testing.T, d *db.DB) {
		temp := t.TempDir()
		t.Setenv("TMPDIR", temp)
		x := startDesk(t, d)
		canaries := map[string]string{"the passphrase": deskPass, "the new passphrase": "another quiet boat at dusk", "a wrong passphrase": "canary in the wrong mine", "an address": "203.0.113.77", "another address": "2001:db8:77::1"}
		keep := func(what, text string) string { canaries[what] = text; return text }
		chief := x.join("Keeper", coalition.Grant{Organisation: x.home.Ref, Role: desk.Administrator})
		keep("an administrator's session", chief.token)
		keep("an administrator's forms", chief.formToken())
		chief.head = http.Header{"X-Forwarded-For": {"203.0.113.77"}, "Forwarded": {"for=203.0.113.77"}, "User-Agent": {keep("a browser", "CanaryBrowser/77")}}
		invite := func() string {
			a := chief.post("/desk/people/invite", "organisation", x.other.Ref, "role", "reader")
			return regexp.MustCompile(`/account/join/([\w-]+)`).FindStringSubmatch(a.body)[1]
		}
		v := x.nobody()
		v.head = http.Header{"X-Forwarded-For": {"2001:db8:77::1"}, "Referer": {"https://" + keep("where somebody came from", "canary.example") + "/"}}
		v.get("/account/join/" + keep("an open invitation", invite()))
		join := "/account/join/" + keep("a used invitation", invite())
		v.post(join, "name", "Amina", "passphrase", "short")
		v.post(join, "name", "Amina", "passphrase", deskPass, "lang", "en", "device", "office")
		keep("the first session", v.token)
		secret := keep("the clock's secret", regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`).FindStringSubmatch(v.get("/account/clock").body)[1])
		v.post("/account/clock", "secret", secret, "code", clockCode(t, secret))
		codes := regexp.MustCompile(`\b[2-9a-z]{4}(-[2-9a-z]{4}){3}\b`).FindAllString(strings.SplitN(v.post("/account/codes").body, "<main", 2)[1], -1)
		for i, c := range codes {
			keep(fmt.Sprint("recovery code ", i), c)
			keep(fmt.Sprint("recovery code without hyphens ", i), strings.ReplaceAll(c, "-", ""))
		}
		v.post("/account/leave")
		for range 3 {
			v.post("/account/enter", "name", "Amina", "passphrase", canaries["a wrong passphrase"], "code", "000000", "device", "x")
		}
		v.post("/account/enter", "name", "Amina", "passphrase", deskPass, "code", codes[0])
		keep("the second session", v.token)
		v.post("/account/passphrase", "passphrase", canaries["the new passphrase"])
		v.head = http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}, "X-Forwarded-For": {"203.0.113.77"}}
		v.post("/account/name", "name", "Evil")
		v.get("/desk/people/%00")
		v.get("/desk/modes")
		if v.token == "" || x.byName("Amina").State != "active" {
			t.Fatal("the day did not go as written")
		}
		chief.post("/desk/people/"+x.byName("Amina").Ref+"/suspend", "reason", "the day is over")
		if ledger := tableText(t, d, "ledger_payload"); len(codes) != 10 || !strings.Contains(ledger, "the day is over") || !strings.Contains(ledger, x.byName("Amina").Ref) {
			t.Fatal("the day is not on the ledger")
		}

		places := map[string]string{"the database": everything(t, d), "the log": x.log.String()}
		for _, e := range filesUnder(t, temp) {
			places["the temporary file "+e] = e + readAll(t, e)
		}
		if len(places["the database"]) < 5000 || !strings.Contains(places["the database"], "Amina") {
			t.Fatal("the database was not read")
		}
		for where, text := range places {
			for what, canary := range canaries {
				if canary == "" || strings.Contains(strings.ToLower(text), strings.ToLower(canary)) {
					t.Errorf("%s: %s is there (%q)", where, what, canary)
				}
			}
		}
		// The ledger's payloads name people by reference alone.
		for _, name := range []string{"Amina", "Keeper", "The Office", "office"} {
			if strings.Contains(tableText(t, d, "ledger_payload"), name) {
				t.Errorf("the ledger holds the name %s", name)
			}
		}
	}
	// One engine after the other: where temporary files go is the whole process's.
	t.Run("sqlite", func(t *testing.T) { lives(t, dbtest.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { lives(t, dbtest.Postgres(t)) })
}

// everything is the whole database as text; of SQLite its files too, where
// deleted rows could still stand.
func everything(t *testing.T, d *db.DB) string {
	t.Helper()
	tables, err := d.Tables(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, table := range tables {
		b.WriteString(tableText(t, d, table))
	}
	if d.Engine == db.SQLite {
		for _, suffix := range []string{"", "-wal"} {
			b.WriteString(readAll(t, d.Path+suffix))
		}
	}
	return b.String()
}

func tableText(t *testing.T, d *db.DB, table string) string {
	t.Helper()
	var b strings.Builder
	err := db.EachRow(context.Background(), d.Reader(), table, func(_ []string, row []any) error {
		for _, cell := range row {
			if raw, ok := cell.([]byte); ok {
				cell = string(raw)
			}
			fmt.Fprintln(&b, cell)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func readAll(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func filesUnder(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
