package guard

import "strings"

// Files are all guards, in the order of their migrations.
var Files = []File{
	{
		Name:  "0004_ledger_guard",
		About: "What is written in the ledger stays. What opens a commitment may be deleted, never\nexchanged.",
		Stays: []Stays{
			{Table: "ledger_entry", Keys: []string{"idx"}},
			{Table: "ledger_checkpoint", Keys: []string{"n"}},
			{Table: "ledger_cosignature", Keys: []string{"n, witness"}},
			{Table: "ledger_stamp", Keys: []string{"n, authority"}},
			{Table: "ledger_payload", Keys: []string{"idx"}, Erasable: true},
		},
		Rules: []Rule{
			{Name: "ledger_head_no_delete", Table: "ledger_head", On: Delete, When: "true", Says: "the ledger only grows: ledger_head refuses delete"},
			{Name: "ledger_head_no_shrink", Table: "ledger_head", On: Update, When: "new.id <> old.id or new.size < old.size", Says: "the ledger only grows: ledger_head refuses to shrink"},
			{Name: "ledger_head_no_second", Table: "ledger_head", On: Insert, When: "exists (select 1 from ledger_head)", Says: "the ledger only grows: ledger_head refuses a second one"},
		},
	},
	{
		Name:  "0008_evidence_guard",
		About: "What happened to evidence stays written. What an edit replaced may be deleted where\nthe law asks for it, never exchanged.",
		Stays: []Stays{
			{Table: "evidence_custody", Keys: []string{"item_id, n"}},
			{Table: "evidence_capture", Keys: []string{"id"}},
			{Table: "evidence_hop", Keys: []string{"capture_id, n"}},
			{Table: "evidence_change", Keys: []string{"id"}, Erasable: true},
		},
	},
	{
		Name:  "0010_ledger_held_guard",
		About: "What was held stays, and so does what says which batch covers it.",
		Stays: []Stays{
			{Table: "ledger_held", Keys: []string{"id"}},
			{Table: "ledger_batch", Keys: []string{"idx", "slot"}},
			{Table: "ledger_held_payload", Keys: []string{"id"}, Erasable: true},
		},
	},
	verifyGuard, releaseGuard,
}

// FactTables are the tables that hold what the record says of an incident.
var FactTables = []string{"period", "incident_country", "place", "measure", "service_effect", "actor_role", "cause", "justification", "legal_basis",
	"operator_effect", "operator_statement", "flag", "targeted_group", "cost", "source", "publication", "narrative", "report_tag"}

// notOpen: what the record says of an incident of the desk is written only while the
// program says that it is writing (table record_open), which it does where it holds
// signatures in hand or takes something away. A row there does not outlive its
// transaction, so that no statement opens the record for another one, nor for itself.
const notOpen = "not exists (select 1 from record_open) and "

// ofDesk tells whether a row speaks of an incident of the desk.
func ofDesk(row string) string {
	return "exists (select 1 from incident i where i.id = " + row + ".incident_id and i.origin = 'desk')"
}

// ofRelease tells whether an entry is one of a release that was cut.
func ofRelease(row string) string {
	return "exists (select 1 from edition e where e.id = " + row + ".edition_id and e.kind = 'release' and e.digest <> '')"
}

// factRules refuse what is written into facts and entries of the desk past the program.
func factRules() []Rule {
	const says = "what the record says of an incident of the desk was signed"
	var out []Rule
	for _, table := range FactTables {
		out = append(out, unlessOpen("facts_signed", table, "signed", says, ofDesk)...)
	}
	out = append(out, unlessOpen("entries_signed", "entry", "signed", says, func(row string) string {
		return row + ".edition_id = 1 and " + ofDesk(row)
	})...)
	for _, on := range []Event{Insert, Update} { // whoever writes, wherever the incident came from
		out = append(out, Rule{Name: "entry_taken_back_" + string(on), Table: "entry", On: on, Row: "new", Many: true, Func: "entries_taken_back", Says: "what was taken back counts nowhere",
			When: "new.edition_id = 1 and new.counted = 1 and exists (select 1 from incident i where i.id = new.incident_id and i.state in ('retracted', 'rejected'))"})
	}
	return out
}

// unlessOpen are the rules that refuse to write rows of a table past the program.
func unlessOpen(fn, table, name, says string, which func(row string) string) []Rule {
	var out []Rule
	for _, x := range []struct {
		on        Event
		row, name string
	}{{Insert, "new", "insert"}, {Update, "old", "update_old"}, {Update, "new", "update_new"}, {Delete, "old", "delete"}} {
		out = append(out, Rule{Name: table + "_" + name + "_" + x.name, Table: table, On: x.on, Row: x.row, Many: true, Func: fn,
			Says: says + ": " + table + " refuses " + string(x.on), When: notOpen + which(x.row)})
	}
	return out
}

// factsWhole: nor does another row take the place of one of theirs, or of a release.
func factsWhole() []Whole {
	out := []Whole{{"entry", []string{"ord", "edition_id, seq", "edition_id, incident_id, count_year"}, "(x.edition_id = 1 and " + ofDesk("x") + " or " + ofRelease("x") + ")", notOpen}}
	for _, table := range FactTables {
		key := "incident_id, n"
		if table == "report_tag" {
			key = "incident_id, tag"
		}
		out = append(out, Whole{table, []string{key}, ofDesk("x"), notOpen})
	}
	return out
}

// isPublic is what readers may see of an incident: incident.PublicStates, which a
// migration cannot ask.
const isPublic = "('published', 'disputed', 'corrected', 'verified')"

// mayAct tells whether somebody holds one of some roles in an organisation now.
// Which countries a role is for, the service asks: the database knows no regions.
func mayAct(row, roles, more string) string {
	return `exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = ` + row + `.person_id and m.organisation_id = ` + row + `.organisation_id and m.ended_at is null` + more + `
      and m.role in (` + roles + `) and p.state = 'active' and o.state = 'active')`
}

// urgentBefore tells whether a case of the same root was published urgently.
func urgentBefore(row string) string {
	return "exists (select 1 from urgent_publication u join dossier r on r.id = u.dossier_id where r.root_id = " + row + ".root_id)"
}

// notNew tells whether a row would be written into a revision that is not the newest of
// its dossier, or that somebody signed already.
func notNew(column string) string {
	return strings.ReplaceAll(`(not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.{revision})
  or exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.{revision})
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.{revision}))`, "{revision}", column)
}

// toldAlready tells whether the revision of a row is public and signed: what an urgent
// publication told may be others by the time that two sign it.
func toldAlready(row string) string {
	return `exists (select 1 from incident i where i.dossier_id = ` + row + `.dossier_id and i.signed_revision = ` + row + `.revision
    and i.origin = 'desk' and i.state in ` + isPublic + ` and i.urgent_until is null)`
}

// signedSince: nobody knows who signed with an account before it was suspended.
const signedSince = " and s.at > p.signs_since and s.at > o.signs_since"

const (
	signers = "'verifier', 'editor'"

	// signedNow: the case is at work, and as it stands now two people of two
	// organisations signed it, or an urgent publication of it runs. What was taken back
	// has a newer revision than the one that was signed, and is not public again.
	signedNow = `(exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.signed_revision and d.state in ('open', 'published'))
  and (new.urgent_until is null and exists (select 1 from signed_revision r where r.dossier_id = new.dossier_id and r.revision = new.signed_revision)
    or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision = new.signed_revision
      and u.expires_at > {now} and new.urgent_until <= u.expires_at)))`

	saysSigned      = "an incident of the desk is public only when two people of two organisations signed this revision, neither its author, or while an urgent publication runs"
	saysNewRevision = "what was signed is not written into: a new value needs a new revision"

	saysAuthor = "nobody signs what they wrote themselves"

	saysSpeaks = "a dossier speaks for its own incident, in the revision that is public"

	// ofAnother: the incident a dossier names came from another one, or from another
	// revision of it.
	ofAnother = `exists (select 1 from incident i where i.ref = new.incident_ref and i.origin = 'desk' and (i.dossier_id <> new.id or i.signed_revision <> new.signed_revision))`

	saysDissent = "a disagreement stays, or is settled in a new revision"

	saysTold = "what was told of evidence when it became public stays"

	saysPublic = "a case is public only with its incident, in the revision that is public"

	// publicNow: readers see the incident of the case, be it one of a sheet that was taken
	// up, or as this case had it signed.
	publicNow = `exists (select 1 from incident i where i.ref = new.incident_ref and i.state in ` + isPublic + `
    and (i.origin <> 'desk' or i.dossier_id = new.id and i.signed_revision = new.signed_revision))`

	// sameGrade: the grade says of the case as it stands what the newest says already.
	sameGrade = `exists (select 1 from claim_grade g join dossier d on d.id = g.dossier_id and d.revision = new.revision
    where g.dossier_id = new.dossier_id and g.claim = new.claim and g.grade = new.grade and not exists (
      select 1 from claim_grade l where l.dossier_id = g.dossier_id and l.claim = g.claim and l.id > g.id))`

	isAuthor = `(exists (select 1 from dossier d where d.id = new.dossier_id and d.author_id = new.person_id)
  or exists (select 1 from dossier_author a where a.dossier_id = new.dossier_id and a.person_id = new.person_id)
  or exists (select 1 from claim_value v where v.dossier_id = new.dossier_id and v.person_id = new.person_id))`

	asItStands = `exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision and d.digest = new.digest)`

	hours72, aMinuteMore = "259200000000", "259260000000" // microseconds; clocks differ
)

var verifyGuard = File{
	Name: "0013_verify_guard",
	About: `Nobody alone: what makes an incident of the desk public is held here, so that a
statement past the program cannot do it either. A signature counts while whoever gave
it holds the role and has not taken it back; what was signed with an account before it
was suspended, or for an organisation before it left, counts no more, whoever comes
back.`,
	Views: []View{
		{"live_signature", `select s.id, s.dossier_id, s.revision, s.digest, s.person_id, s.organisation_id from sign_off s
  where not exists (select 1 from sign_off_withdrawn w where w.sign_off_id = s.id)
  and ` + mayAct("s", signers, signedSince)},
		{"signed_revision", `select distinct a.dossier_id, a.revision from live_signature a join live_signature b
  on b.dossier_id = a.dossier_id and b.revision = a.revision and b.digest = a.digest and b.person_id > a.person_id and b.organisation_id <> a.organisation_id`},
	},
	Stays: []Stays{
		{Table: "sign_off", Keys: []string{"id"}},
		{Table: "sign_off_withdrawn", Keys: []string{"sign_off_id"}},
		{Table: "urgent_publication", Keys: []string{"id", "root_id"}},
		{Table: "claim_value", Keys: []string{"id"}},
		{Table: "claim_grade", Keys: []string{"id"}},
		{Table: "interest", Keys: []string{"dossier_id, person_id"}},
		{Table: "dossier_author", Keys: []string{"dossier_id, person_id"}},
	},
	Whole: append([]Whole{{Table: "incident", Keys: []string{"id", "ref"}}, {Table: "dossier", Keys: []string{"id", "ref", "year, n"}}, {Table: "claim_evidence", Keys: []string{"id"}},
		{Table: "dissent", Keys: []string{"id"}}, {Table: "public_item", Keys: []string{"dossier_id, revision, item_id"}}}, factsWhole()...),
	Rules: append([]Rule{
		{Name: "incident_signed_insert", Table: "incident", On: Insert, Says: saysSigned,
			When: "new.origin = 'desk' and new.state in " + isPublic + " and not " + signedNow},
		{Name: "incident_signed_update", Table: "incident", On: Update, Of: []string{"id", "state", "origin", "dossier_id", "signed_revision", "urgent_until"}, Says: saysSigned,
			When: `new.origin = 'desk' and new.state in ` + isPublic + `
  and (old.state not in ` + isPublic + ` or old.origin <> 'desk' or new.id <> old.id or new.dossier_id is distinct from old.dossier_id
    or new.signed_revision is distinct from old.signed_revision or new.urgent_until is distinct from old.urgent_until)
  and not ` + signedNow},
		{Name: "incident_desk_stays", Table: "incident", On: Update, Of: []string{"id", "ref", "origin"}, Says: "an incident of the desk stays one",
			When: "old.origin = 'desk' and (new.origin <> 'desk' or new.id <> old.id or new.ref <> old.ref)"},
		{Name: "incident_leads_nowhere", Table: "incident", On: Update, Of: []string{"merged_into", "origin"}, Says: "an incident of the desk leads to no other",
			When: "new.origin = 'desk' and new.merged_into is not null"},
		{Name: "incident_not_deleted", Table: "incident", On: Delete, Says: "an incident of the desk stays one", When: "old.origin = 'desk'"},
		{Name: "person_signs_since", Table: "person", On: Update, Of: []string{"signs_since"}, Says: "what was signed with an account that was suspended counts no more",
			When: "new.signs_since < old.signs_since"},
		{Name: "organisation_signs_since", Table: "organisation", On: Update, Of: []string{"signs_since"}, Says: "what was signed for an organisation before it left counts no more",
			When: "new.signs_since < old.signs_since"},
		{Name: "sign_off_signer", Table: "sign_off", On: Insert, Says: "a signature is of somebody who may sign for that organisation and works here",
			When: "not " + mayAct("new", signers, "")},
		{Name: "sign_off_author", Table: "sign_off", On: Insert, Says: saysAuthor, When: isAuthor},
		{Name: "sign_off_interest", Table: "sign_off", On: Insert, Says: "whoever declared an interest does not sign",
			When: "exists (select 1 from interest i where i.dossier_id = new.dossier_id and i.person_id = new.person_id)"},
		{Name: "sign_off_once", Table: "sign_off", On: Insert, Says: "whoever signed a dossier as it stands does not sign it again",
			When: "exists (select 1 from live_signature s where s.dossier_id = new.dossier_id and s.revision = new.revision and s.person_id = new.person_id)"},
		{Name: "sign_off_rev", Table: "sign_off", On: Insert, Says: "a signature is for the dossier as it stands", When: "not " + asItStands},
		{Name: "sign_off_withdrawn_taken", Table: "sign_off_withdrawn", On: Insert, Says: "a signature under what is public is not taken back",
			When: `exists (select 1 from sign_off s join incident i on i.dossier_id = s.dossier_id and i.signed_revision = s.revision
    where s.id = new.sign_off_id and i.origin = 'desk' and i.state in ` + isPublic + ` and i.urgent_until is null)`},
		{Name: "urgent_publication_urgent", Table: "urgent_publication", On: Insert, Says: "an urgent publication is by an editor, for the dossier as it stands, and runs for at most 72 hours",
			When: "not " + mayAct("new", "'editor'", "") + " or not " + asItStands + " or new.expires_at > {now} + " + aMinuteMore + " or new.expires_at > new.at + " + hours72},
		{Name: "urgent_publication_author", Table: "urgent_publication", On: Insert, Says: "nobody publishes urgently what they wrote themselves", When: isAuthor},
		{Name: "urgent_publication_once", Table: "urgent_publication", On: Insert, Says: "a case, and what was split from it, is published urgently once",
			When: urgentBefore("new") + ` or not exists (select 1 from dossier d where d.id = new.dossier_id and d.root_id = new.root_id)`},
		{Name: "dossier_stays", Table: "dossier", On: Update, Says: "a dossier keeps its number and its author, and its revision only grows",
			When: "new.id <> old.id or new.ref <> old.ref or new.mask <> old.mask or new.author_id <> old.author_id or new.revision < old.revision"},
		{Name: "dossier_root_stays", Table: "dossier", On: Update, Of: []string{"root_id"}, Says: "a case, and what was split from it, is published urgently once",
			When: "new.root_id <> old.root_id and " + urgentBefore("old") + " and not " + urgentBefore("new")},
		{Name: "dossier_speaks_insert", Table: "dossier", On: Insert, Says: saysSpeaks, When: ofAnother},
		{Name: "dossier_speaks_update", Table: "dossier", On: Update, Of: []string{"incident_ref", "signed_revision"}, Says: saysSpeaks,
			When: "new.incident_ref <> old.incident_ref and old.incident_ref <> '' or " + ofAnother},
		{Name: "dossier_public_insert", Table: "dossier", On: Insert, Says: saysPublic, When: "new.state = 'published' and not " + publicNow},
		{Name: "dossier_public_update", Table: "dossier", On: Update, Of: []string{"state"}, Says: saysPublic,
			When: "new.state = 'published' and old.state <> 'published' and not " + publicNow},
		{Name: "dossier_not_deleted", Table: "dossier", On: Delete, Says: "a dossier keeps its number and its author", When: "true"},
		{Name: "claim_value_new_revision", Table: "claim_value", On: Insert, Says: saysNewRevision, When: notNew("revision")},
		{Name: "claim_grade_new_revision", Table: "claim_grade", On: Insert, Says: saysNewRevision, When: notNew("revision") + " and not " + sameGrade},
		{Name: "dissent_new_revision", Table: "dissent", On: Insert, Says: saysNewRevision, When: notNew("revision") + " or new.settled_revision not in (0, new.revision)"},
		{Name: "dissent_stays", Table: "dissent", On: Update, Says: saysDissent,
			When: `new.id <> old.id or new.dossier_id <> old.dossier_id or new.claim <> old.claim or new.body <> old.body or new.person_id <> old.person_id
  or new.organisation_id <> old.organisation_id or new.at <> old.at or new.revision <> old.revision or old.settled_revision <> 0 or ` + notNew("settled_revision")},
		{Name: "dissent_not_deleted", Table: "dissent", On: Delete, Says: saysDissent, When: "true"},
		{Name: "public_item_told", Table: "public_item", On: Insert, Says: saysTold,
			When: `not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision) or ` + toldAlready("new")},
		{Name: "public_item_stays", Table: "public_item", On: Update, Says: saysTold,
			When: `new.dossier_id <> old.dossier_id or new.revision <> old.revision or new.item_id <> old.item_id or ` + toldAlready("old")},
		{Name: "public_item_not_deleted", Table: "public_item", On: Delete, Says: saysTold, When: "true"},
		{Name: "claim_evidence_new_revision", Table: "claim_evidence", On: Insert, Says: saysNewRevision, When: notNew("revision")},
		{Name: "claim_evidence_own", Table: "claim_evidence", On: Insert, Says: "nothing is said in a case of evidence that lies in another",
			When: "exists (select 1 from evidence_item e where e.id = new.item_id and e.case_id <> new.dossier_id)"},
		{Name: "claim_evidence_stays", Table: "claim_evidence", On: Update, Says: "what was said of evidence stays, or is taken back in a new revision",
			When: `new.id <> old.id or new.dossier_id <> old.dossier_id or new.claim <> old.claim or new.item_id <> old.item_id or new.side <> old.side or new.note <> old.note
  or new.person_id <> old.person_id or new.at <> old.at or new.revision <> old.revision or old.withdrawn_revision <> 0 or ` + notNew("withdrawn_revision")},
		{Name: "claim_evidence_not_deleted", Table: "claim_evidence", On: Delete, Says: "what was said of evidence stays, or is taken back in a new revision", When: "true"},
	}, factRules()...),
}

// ofTheDesk: a release needs two signatures once somebody works at the desk.
const ofTheDesk = `new.kind = 'release' and exists (select 1 from person)`

const saysRecoded = "a part of the record is coded anew only when two people of two organisations signed the list, neither of whom proposed it"

// liveEverywhere is the view of the signatures of a table that count: whoever gave one
// may sign for the whole world now.
func liveEverywhere(table, of string) View {
	return View{"live_" + table, "select s." + of + ", s.digest, s.person_id, s.organisation_id, s.at from " + table + ` s
  where ` + mayAct("s", signers, signedSince+" and m.area = ''")}
}

var releaseGuard = File{
	Name:  "0016_release_guard",
	About: "Nobody alone cuts a release or codes a part of the record anew: once somebody works\nat the desk, two people of two organisations have to sign it, and signatures stay.",
	Views: []View{liveEverywhere("release_signature", "proposal_id"), liveEverywhere("recoding_signature", "recoding_id")},
	Stays: []Stays{
		{Table: "release_signature", Keys: []string{"proposal_id, person_id"}},
		{Table: "recoding_item", Keys: []string{"recoding_id, incident_ref, count_year"}},
		{Table: "recoding_signature", Keys: []string{"recoding_id, person_id"}},
	},
	Whole: []Whole{{Table: "edition", Keys: []string{"id"}, Only: "x.kind = 'release'"}, {Table: "release_proposal", Keys: []string{"id"}}, {Table: "recoding", Keys: []string{"id"}}},
	Rules: append([]Rule{
		{Name: "edition_signed", Table: "edition", On: Insert, Says: "a release is cut only when two people of two organisations signed it",
			When: ofTheDesk + ` and not exists (
    select 1 from release_proposal p join live_release_signature a on a.proposal_id = p.id and a.digest = p.digest
      join live_release_signature b on b.proposal_id = p.id and b.digest = p.digest and b.person_id > a.person_id and b.organisation_id <> a.organisation_id
    where p.label = new.label and p.as_of = new.as_of and p.state = 'open')`},
		{Name: "edition_stays", Table: "edition", On: Update, Of: []string{"id", "kind", "label", "as_of", "digest", "totals", "entries", "incidents", "licence"}, Says: "a release says what was signed",
			When: `exists (select 1 from person) and (new.kind = 'release' and old.kind <> 'release'
    or old.kind = 'release' and (new.kind <> old.kind or new.id <> old.id or new.as_of <> old.as_of or new.licence <> old.licence or old.totals <> '{}' and new.totals <> old.totals
      or old.digest <> '' and (new.digest <> old.digest or new.entries <> old.entries or new.incidents <> old.incidents)))`},
		{Name: "edition_digest", Table: "edition", On: Update, Of: []string{"digest"}, Says: "a release says what was signed",
			When: ofTheDesk + ` and old.digest = '' and new.digest <> '' and not exists (
    select 1 from release_proposal p where p.label = new.label and p.state = 'open' and p.digest = new.digest)`},
		{Name: "edition_not_deleted", Table: "edition", On: Delete, Says: "a release that was cut stays", When: "old.kind = 'release'"},
		{Name: "release_signature_signer", Table: "release_signature", On: Insert,
			Says: "a signature is of somebody who may sign everywhere for that organisation, for the release as it was proposed, and not of who proposed it",
			When: "not " + mayAct("new", signers, " and m.area = ''") + `
  or not exists (select 1 from release_proposal r where r.id = new.proposal_id and r.state = 'open' and r.digest = new.digest and r.person_id <> new.person_id)`},
		{Name: "release_proposal_stays", Table: "release_proposal", On: Update, Says: "what was written stays: release_proposal refuses update",
			When: `new.id <> old.id or new.label <> old.label or new.as_of <> old.as_of or new.digest <> old.digest or new.entries <> old.entries
  or new.person_id <> old.person_id or new.organisation_id <> old.organisation_id or old.state <> 'open' and new.state <> old.state`},
		{Name: "release_proposal_not_deleted", Table: "release_proposal", On: Delete, Says: "what was written stays: release_proposal refuses delete", When: "true"},
		{Name: "recoding_begins", Table: "recoding", On: Insert, Says: saysRecoded, When: "new.state <> 'open'"},
		{Name: "recoding_signed", Table: "recoding", On: Update, Of: []string{"state"}, Says: saysRecoded,
			When: `new.state = 'done' and not exists (
    select 1 from live_recoding_signature a join live_recoding_signature b on b.recoding_id = a.recoding_id and b.person_id > a.person_id and b.organisation_id <> a.organisation_id
    where a.recoding_id = new.id and a.digest = new.digest and b.digest = new.digest and a.person_id <> new.person_id and b.person_id <> new.person_id)`},
		{Name: "recoding_stays", Table: "recoding", On: Update, Says: "what was written stays: recoding refuses update",
			When: `new.id <> old.id or new.methodology <> old.methodology or new.field <> old.field or new.from_term <> old.from_term or new.to_term <> old.to_term
  or new.first_year <> old.first_year or new.last_year <> old.last_year or new.country <> old.country or new.reason <> old.reason or new.reverses <> old.reverses
  or new.digest <> old.digest or new.incidents <> old.incidents or new.entries <> old.entries
  or new.person_id <> old.person_id or new.organisation_id <> old.organisation_id or new.at <> old.at or old.state <> 'open' and new.state <> old.state`},
		{Name: "recoding_not_deleted", Table: "recoding", On: Delete, Says: "what was written stays: recoding refuses delete", When: "true"},
		{Name: "recoding_item_listed", Table: "recoding_item", On: Insert, Says: "a list that somebody signed, or that is closed, gets no further items",
			When: `not exists (select 1 from recoding r where r.id = new.recoding_id and r.state = 'open')
  or exists (select 1 from recoding_signature s where s.recoding_id = new.recoding_id)`},
		{Name: "recoding_signature_signer", Table: "recoding_signature", On: Insert,
			Says: "a signature is of somebody who may sign everywhere for that organisation, for the list as it was proposed, and not of who proposed it",
			When: "not " + mayAct("new", signers, " and m.area = ''") + `
  or not exists (select 1 from recoding r where r.id = new.recoding_id and r.state = 'open' and r.digest = new.digest and r.person_id <> new.person_id)`},
	}, unlessOpen("entries_released", "entry", "released", "a release says what was signed", ofRelease)...),
}
