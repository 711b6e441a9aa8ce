// Package coalition knows the organisations that work together and what each
// person may do for one of them.
//
// # Rules
//
//   - A person works for at least one organisation. A role is held in an
//     organisation, everywhere or for one country or region only.
//   - What an organisation is called in public, whether it is listed, and whose
//     names are shown are its own to choose.
//   - There is always one administrator left.
//   - Every change of a role is told to a recorder in the same transaction.
//
// [Service.Actor] gives a person's [desk.Actor], the one place where "may this
// person do this here" is answered.
package coalition
