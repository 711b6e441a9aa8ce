// Package coalition knows the organisations that work together and what each
// person may do for one of them.
//
// # Rules
//
//   - A person works for at least one organisation. A role is held in an
//     organisation, everywhere or for one country or region only.
//   - The roles, each with what the ones before it may do: a reader sees the
//     desk; a contributor files leads and evidence; a verifier signs; an editor
//     (the secretariat) publishes what was signed, parks and merges; an
//     administrator invites people, changes roles and sets emergency modes.
//     An administrator is no editor, and no role is enough to publish alone.
//   - What an organisation is called in public, whether it is listed, and whose
//     names are shown are its own to choose.
//   - There is always one administrator left.
//   - Every change of a role is told to a recorder in the same transaction.
//
// [Actor] is the one place where "may this person do this here" is answered;
// services ask it, pages only hide what it would refuse.
package coalition
