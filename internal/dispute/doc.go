// Package dispute is where anybody says that an incident is told wrongly: a
// person, an organisation, an operator, a state. No account, no cookie.
//
// # States
//
//	open -> answered (any number of times) -> upheld or rejected
//
// and from open straight to the end. The end is final; who knows more files
// another one. That a dispute was upheld changes no fact: the correction is an
// edit of the incident, with its reason.
//
// # What is public, and when
//
// At once: that a dispute was filed, on which day, about which incident, and its
// state. Notes of the coalition, from when they are written, signed with the
// organisation's public name and the name the person chose. What a stranger
// wrote, only when an editor releases it, answer by answer: it can carry a name
// that costs a life, or a lie about somebody. What is withheld from the record is
// withheld here. How to reach whoever wrote is never public, lies in a table of
// its own, and is deleted when an editor says so.
//
// # Who may do what
//
// Filing: everybody, within [Limits]. Reading what was written, releasing,
// answering, deciding: an editor for one of the incident's countries. The service
// asks; the pages only hide.
//
// # Invariants
//
//   - Every act is told to a [Recorder] in the transaction that does it, with
//     digests in place of texts.
//   - A step is written once and never changed.
//   - Only an incident that readers may see can be disputed: the answer to a
//     reference of any other is the answer to one that was never given.
package dispute
