// Package evidence keeps the items that support or contradict what is claimed:
// links with what was captured of them, files, measurements, statements, orders
// and first-hand accounts; who touched each of them; and what of it may go out.
//
// # Rules
//
//   - An item belongs to a dossier, which this room knows by a number, a
//     reference and a country only ([Case]).
//   - Copies of one thing share one origin, so that five copies of a post count
//     once. Which items share it is decided by people; [Service.Suggest] says
//     what looks alike.
//   - Every edit keeps the value it replaced. An item and a consent are withdrawn
//     with a reason, and whoever publishes hears of it in the same transaction.
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
// A contributor for a country adds, edits, captures, redacts and withdraws there.
// A reader for it sees. Whoever is neither cannot tell that an item exists. An
// item whose consent says no to partners shows its content to its own
// organisation alone. [Service.ForPublication] asks nobody: it gives only what is
// public.
package evidence
