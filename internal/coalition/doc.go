// Package coalition knows the organisations that work together and what each
// person may do for one of them.
//
// # Rules
//
//   - A person works for at least one organisation. A role is held in an
//     organisation, everywhere or for one country or region only.
//   - Whether readers are told of an organisation, and whose names are shown, is its
//     own to choose: it may have them told less at any time. A name they did not know
//     it by is decided by chiefs, because it stands under what was signed.
//   - No two organisations have names or aliases that are taken for each other.
//   - [Organisation.Public] is the only way a name goes out.
//   - There is always one chief left.
//   - Every change of a role is told to a recorder in the same transaction.
//
// [Service.Actor] gives a person's [desk.Actor], the one place where "may this
// person do this here" is answered.
//
// # Who may decide about people
//
// A chief is an administrator of the secretariat whose role has no area. Chiefs,
// and whoever has the command line, may do everything here. Any other
// administrator, that is one of a member organisation, or one whose role is
// limited to an area, decides within that organisation and that area only:
//
//	                                      chief   other administrator
//	invite, give and take reader,
//	  contributor, verifier               all     own organisation, within own area
//	give and take editor, administrator   all     nobody
//	suspend and restore                   all     whose every role they could take
//	see people                            all     who work in the own organisation
//	open invitations: see, withdraw       all     that give nothing but what they may give
//	organisation: make, kind, leave       all     none
//	organisation: names, alias,
//	  countries, listed                   all     own; with a role that has no area; no
//	                                              public name that was none before
//	emergency modes                       all     none
//
// So two organisations stay two: nobody can put people into an organisation that
// is not their own. What is not theirs answers as if it were not there. An
// invitation whose maker may not give its roles any more is void. policy.go holds
// the rules, [Service] and [Office] ask them in the transaction of the act.
package coalition
