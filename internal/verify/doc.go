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
// verified means that two people of two organisations, none of whom ever wrote a
// part of it or filed the evidence it rests on, went through the checklist and signed
// this very revision. Then an editor publishes. After that the incident is updated,
// disputed, corrected or retracted, and every version stays.
//
// # Invariants
//
//   - A signature is for one [Standing]; a dossier whose standing is another one has
//     another revision, which nobody has signed (ADR 20).
//   - A signature counts while whoever gave it may sign for that organisation.
//   - The database itself refuses a public incident without two signatures, and
//     changes to what was signed (migrations/guard), as far as single statements go.
//   - An urgent publication runs for at most [UrgentFor], once for a case and what was
//     split from it, not by who wrote it; it says so wherever it shows, and is taken
//     back by the program when nobody signed.
//   - What may not be told of an item any more leaves every public incident at once.
//   - Nothing is published while an embargo runs, and nothing by a machine.
//   - Taking back is the one thing a single editor may do at once: it protects
//     people. It stays visible as such.
//   - Many incidents are coded anew at once only by a list that two organisations signed
//     ([Service.Recode]), whose items keep what each was coded as before. What the desk
//     has is not written by it: its case gets a value that waits for signatures.
//   - A dossier that is parked keeps its reason and is not counted anywhere.
//
// # Who may do what
//
// All by [desk.Actor]: for one of the dossier's countries a reader sees, and a
// contributor files leads, states values, attaches evidence, comments, disagrees; for
// all of them a verifier grades and signs, and an editor publishes, parks, merges, sets
// embargoes, retracts.
package verify
