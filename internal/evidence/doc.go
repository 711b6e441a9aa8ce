// Package evidence keeps the items that support or contradict what is claimed:
// links with what was captured of them, files, measurements, statements, orders
// and first-hand accounts; who touched each of them; and what of it may go out.
//
// # Rules
//
//   - An item belongs to a dossier, which this room knows by a number, a
//     reference and a country only ([Case]).
//   - Where an item comes from has to be said ([Service.SayOrigin]); until then it
//     proves nothing beside another. Items with one address or one file are copies
//     of one thing: what somebody says of one takes up what they may know of the
//     others, and changes none that is said already. [Service.Suggest] says what
//     else looks alike. Whose address changes has to be said anew.
//   - Every edit keeps the value it replaced. What would let more of an item go out
//     waits as a [Raise] for a second person of the organisation that filed it. An
//     item and a consent are withdrawn with a reason, for good.
//   - Every act that changes what an item says, is or may tell raises its version
//     and is told to [Publications] in the same transaction, in one place
//     (Service.keep). [Digests] tells what a signature stands on: all of it but
//     how an item was graded.
//   - Every touch is a row of custody that continues the one before of the same
//     item ([Service.VerifyCustody]), and is told to a recorder in the same
//     transaction. Custody, captures and their steps are never changed and never
//     deleted; triggers refuse it to direct SQL (migrations/0008_evidence_guard).
//   - Bytes come first: a row that names a digest is written when the bytes are
//     durable in the blob store. Who dies in between leaves bytes without a row,
//     which [Service.Tidy] takes away.
//   - A file that came in is never shown and never goes out. A small grey picture
//     of it is drawn in a child process; what goes out was made anew by
//     [Service.RedactPicture].
//
// # Who may do what
//
// A contributor for a country adds there, and works with what they may read of
// others: grades it, says where it comes from, captures its page. What a source was
// promised (consent, audience, precision, embargo), the words and pictures, taking
// out and withdrawing are for contributors of the organisation that filed the item.
// Withdrawing is theirs wherever the item went since, and an editor's where nobody
// works for that organisation any more.
// A reader for the country sees. Whoever is neither cannot tell that an item exists.
// An item whose consent says no to partners, or which was withdrawn, shows its
// content to its own organisation alone. [Service.ForPublication] asks nobody: it
// gives only what is public.
package evidence
