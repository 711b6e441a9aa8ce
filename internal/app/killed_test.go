package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"keepiton/internal/incident"
	"keepiton/internal/mechanism/desk"
	"keepiton/internal/mechanism/ledger"
	"keepiton/internal/platform/db"
	"keepiton/internal/verify"
)

// signingChild is set for the process of [TestSigningKilled] that is killed: what it
// works on, as JSON.
const signingChild = "KEEPITON_TEST_SIGNING"

// signing is what the child works on.
type signing struct {
	Target, Data          string
	First, Second, Editor desk.Actor
	Leads                 []string
}

// TestSigningKilled: kill -9 at any moment of signing and publishing leaves all of a
// signature or nothing of it, and all of a publication or nothing: what the case, the
// record, its history and the ledger say agrees, and what was acknowledged is there.
func TestSigningKilled(t *testing.T) {
	eachTarget(t, func(t *testing.T, d *db.DB, env *Env) {
		x := startDesk(t, d)
		c := x.crew()
		order := signing{Target: env.CLI.Data, Data: x.dir, First: c.first.actor(), Second: c.second.actor(), Editor: c.editor.actor()}
		if env.CLI.Database != "" {
			order.Target = env.CLI.Database
		}
		between := 0
		for range 8 {
			order.Leads = nil
			for range 4 {
				lead := c.author.file()
				c.author.prove(lead)
				order.Leads = append(order.Leads, strings.TrimPrefix(lead, "/desk/leads/"))
			}
			acknowledged := killedSigning(t, order)
			for _, lead := range order.Leads {
				if steps := x.whole(t, lead, acknowledged[lead]); steps > 0 && steps < 3 {
					between++
				}
			}
		}
		if problems := x.doctor(); problems != "" {
			t.Errorf("doctor: %s", problems)
		}
		if report, err := x.book.Verify(context.Background()); err != nil || len(report.Findings) > 0 {
			t.Errorf("the ledger: %+v %v", report, err)
		}
		if between == 0 {
			t.Error("no kill came between the first signature and the publication of a case: the test shows nothing")
		}
	})
}

// whole holds one case: its tables agree with one another, and say at least what was
// acknowledged. It gives how many steps were done.
func (x *deskSite) whole(t *testing.T, lead string, acknowledged int) (steps int) {
	t.Helper()
	// Of one statement, so of one moment: the server of a database may go on for a moment
	// with what who was killed had sent it.
	const of = ` from dossier d join `
	is, found, err := db.SelectOne[struct {
		Signatures int `db:"signatures"`
		Counted    int `db:"counted"`
		Told       int `db:"told"`
		Held       int `db:"held"`
		Public     int `db:"public"`
		Record     int `db:"record"`
		Entries    int `db:"entries"`
		Said       int `db:"said"`
		Ledgered   int `db:"ledgered"`
	}](context.Background(), x.d.Reader(), `select
		(select count(*)`+of+`sign_off s on s.dossier_id = d.id where d.ref = $1) as signatures,
		(select d.signatures from dossier d where d.ref = $1) as counted,
		(select count(*)`+of+`dossier_act a on a.dossier_id = d.id where d.ref = $1 and a.kind = 'signed') as told,
		(select count(*) from ledger_held h join ledger_held_payload p on p.id = h.id where p.subject = $1 and h.kind = 'desk.signed') as held,
		(select count(*) from dossier d where d.ref = $1 and d.state = 'published') as public,
		(select count(*)`+of+`incident i on i.dossier_id = d.id and i.ref = d.incident_ref and i.state = 'published' where d.ref = $1) as record,
		(select count(*)`+of+`incident i on i.dossier_id = d.id join entry e on e.incident_id = i.id and e.counted = 1 where d.ref = $1) as entries,
		(select count(*)`+of+`dossier_act a on a.dossier_id = d.id where d.ref = $1 and a.kind = 'published') as said,
		(select count(*)`+of+`ledger_payload p on p.subject = d.incident_ref join ledger_entry e on e.idx = p.idx and e.kind = 'record.published' where d.ref = $1) as ledgered`, lead)
	if err != nil || !found {
		t.Fatal(found, err)
	}
	if is.Signatures != is.Counted || is.Signatures != is.Told || is.Signatures != is.Held {
		t.Errorf("%s: signatures do not agree: %+v", lead, is)
	}
	if is.Public != is.Record || is.Public != is.Entries || is.Public != is.Said || is.Public != is.Ledgered {
		t.Errorf("%s: what is public does not agree: %+v", lead, is)
	}
	if steps = is.Signatures + is.Public; steps < acknowledged {
		t.Errorf("%s: %d steps were acknowledged, %d are there", lead, acknowledged, steps)
	}
	return steps
}

// killedSigning lets a child sign and publish, and kills it somewhere. It gives how
// many steps the child said it had done with each case.
func killedSigning(t *testing.T, order signing) map[string]int {
	t.Helper()
	doc, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestSigningChild$")
	cmd.Env = append(os.Environ(), signingChild+"="+string(doc))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := map[string]int{}
	lines, kill := bufio.NewScanner(out), false
	for lines.Scan() {
		lead, ok := strings.CutPrefix(lines.Text(), "done ")
		if !ok {
			continue
		}
		done[lead]++
		if !kill {
			kill = true
			time.AfterFunc(rand.N(120*time.Millisecond), func() { cmd.Process.Kill() })
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != -1) {
		t.Fatalf("the child failed by itself: %v", err)
	}
	return done
}

// TestSigningChild is the process that is killed.
func TestSigningChild(t *testing.T) {
	doc := os.Getenv(signingChild)
	if doc == "" {
		t.Skip("run by TestSigningKilled")
	}
	var order signing
	if err := json.Unmarshal([]byte(doc), &order); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	env := &Env{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, CLI: &CLI{Data: order.Data}, Log: slog.New(slog.DiscardHandler)}
	d, err := env.openDatabase(order.Target)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s, err := incident.NewService(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	log := ledger.New(d, nil)
	recordActs(s, log)
	work, err := env.casework(d, s, log)
	if err != nil {
		t.Fatal(err)
	}
	var yes []verify.Answer
	for _, q := range verify.Questions() {
		yes = append(yes, verify.Answer{Key: q.Key, Says: "yes"})
	}
	for _, lead := range order.Leads {
		c, err := work.cases.Get(ctx, order.First, lead)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []func() error{
			func() error {
				return work.cases.Sign(ctx, order.First, lead, c.Revision, 0, yes, "another one like it")
			},
			func() error {
				return work.cases.Sign(ctx, order.Second, lead, c.Revision, 0, yes, "another one like it")
			},
			func() error {
				_, err := work.cases.Publish(ctx, order.Editor, lead, "another one like it", false)
				return err
			},
		} {
			if err := step(); err != nil {
				t.Fatal(err)
			}
			fmt.Println("done", lead)
		}
	}
}
