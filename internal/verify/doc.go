// Package verify is the desk: how a lead becomes a public incident.
//
// # What it holds
//
// A [Dossier] is an incident on its way. It is worked on claim by claim: where,
// when, what, how, who, why, and what it did to people. A claim has values with
// their history, items of evidence for and against it, a grade, and dissent that
// stays written down. Everything happens in tables no public page reads; only
// [Service.Publish] writes into the record, in one transaction.
//
// # The ladder
//
// The floor is computed from the evidence ([Floor]): signal (machines alone),
// reported (at least one human account), corroborated (two items of different
// class and different origin that speak for a claim). The ceiling is human:
// verified means that two people of two organisations, neither of whom filed the
// lead or wrote a value that stands, went through the checklist and signed this
// very revision. Then an editor publishes. After that the incident is updated,
// disputed, corrected or retracted, and every version stays.
//
// # Invariants
//
//   - A signature is for one revision and one digest of the facts; any new value
//     makes a new revision, which nobody has signed.
//   - The database itself refuses a public incident without two signatures, and
//     changes to what was signed (migrations/0013_verify_guard).
//   - An urgent publication runs for at most [UrgentFor], says so on its page, and
//     is taken back by the program when nobody signed.
//   - Nothing is published while an embargo runs, and nothing by a machine.
//   - Taking back is the one thing a single editor may do at once: it protects
//     people. It stays visible as such.
//   - A dossier that is parked keeps its reason and is not counted anywhere.
//
// # Who may do what
//
// All by [desk.Actor] for the dossier's country: a reader sees; a contributor
// files leads, states values, attaches evidence, comments, disagrees; a verifier
// grades and signs; an editor publishes, parks, merges, sets embargoes, retracts.
package verify
