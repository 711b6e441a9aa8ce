// Package desk is how people at work meet the program: who they are ([Actor])
// and the frame round every page behind the door.
//
// # Roles
//
// Each with what the ones before it may do: a reader sees the desk; a
// contributor files leads and evidence; a verifier signs; an editor (the
// secretariat) publishes what was signed, parks and merges; an administrator
// invites people, changes roles and sets emergency modes. An administrator is no
// editor, and no role is enough to publish alone. A role is held in an
// organisation, everywhere or for some countries.
//
// [Actor] is the one place where "may this person do this here" is answered.
// Services ask it; pages only hide what it would refuse.

// # The frame
//
// [Frame] stands before every page behind the door. A room gives it routes, each
// with the least role it needs; a handler gets a [Visit] and returns an error,
// which becomes a page. The frame promises:
//
//   - nobody without a session comes in, nor anybody without the role; without
//     an encrypted connection there is no door at all;
//   - what changes something was sent by a form of ours: the browser's word for
//     it (net/http's CrossOriginProtection) and a token of the session, which
//     page puts into every form; a link in a mail that stops such mails is the one
//     exception, because programs press it;
//   - the cookie is bound to the host, unreadable for scripts, and not sent from
//     other sites; nothing is kept in caches;
//   - what an address holds stands in no log of ours, the pattern of its route alone;
//   - in the emergency modes nothing changes, or only administrators come in;
//   - an act answers with a redirect, so that loading again repeats nothing; what
//     it did is said by the next page, once, and by no address;
//   - what somebody wrote is never lost: whatever an error is, the form comes back
//     filled, or every text stands in the answer, to be sent again or copied;
//   - the page after an error stands at an address that opens when it is asked for
//     again, in every language and form;
//   - a form that is sent twice is written once ([Visit.Once], [Take]);
//   - what has an effect when it is opened is opened by our own links alone;
//   - everything works without scripts.
package desk
