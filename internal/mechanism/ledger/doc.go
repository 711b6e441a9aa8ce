// Package ledger is a log that can only grow, and proves it to everybody.
//
// It is a Merkle tree (RFC 6962) over short public texts, kept in the program's
// own database and computed by golang.org/x/mod/sumdb/tlog, the code of Go's
// checksum database. It knows nothing of shutdowns: whoever has something to
// record appends an [Event] in the transaction that does it.
//
// # What is public and what is not
//
// An [Entry] is public for ever: the kind of event, the instant, and a
// commitment, SHA-256 over 32 random bytes and the payload. Salt, payload and
// subject lie in a table of their own. While they are there, [Log.Reveal] and
// [Check] prove that a payload belongs to an entry; after [Log.Forget] nobody
// can tell any more what it was, not even by guessing, and the log is whole all
// the same. Forgetting is an event itself. The deletion is as real as the
// engine's: SQLite overwrites the freed space (its -wal file until the next
// checkpoint of the engine excepted), PostgreSQL at its next vacuum; backups
// made before hold the payload until they are thrown away. The caller keeps
// what must not survive out of kinds and out of reasons.
//
// That something of a kind happened at an instant is public at once. What must
// not be seen to happen, because it is about a case that is not public, is held
// instead.
//
// # Held events
//
// [Log.Hold] writes an event where nobody outside sees it. Once an hour
// [Log.Batch] appends one entry, of the kind [KindBatch], that covers everything
// held since the one before: its payload is the root of a Merkle tree over the
// leaves of the held events, and the number of leaves. The entry is appended in
// hours without any as well, its commitment is salted, and the tree is filled
// up to a power of two, at least [leastLeaves], with leaves that look like the
// others: from outside an hour in which a case was signed off is an hour like
// any other. Who is shown a [HeldProof] learns that one event, the hour it was
// covered in, and that there were no more others than the tree has leaves.
//
// What a batch covers is as fixed as an entry. What was held since the last
// batch can be taken away by the owner of the database from the end, as the last
// entries can before they are under a checkpoint. Held payloads are deleted as
// lawfully as others, by [Log.ForgetHeld]; if the payload of a batch itself is
// deleted, nothing it covered can be proved any more.
//
// # Invariants
//
//   - Indices run from 0 without a gap, on both engines, whoever writes at the
//     same time: the one row of ledger_head is held until the transaction ends.
//     An event and its entry stand or fall together; so do an entry and its
//     hashes.
//   - Entries, hashes, checkpoints, cosignatures and time stamps are never
//     changed and never deleted; triggers refuse it to direct SQL
//     (migrations/0004_ledger_guard, 0010_ledger_held_guard). Whoever owns the
//     database can take triggers away. Then the tree tells.
//   - An hour has at most one batch, whoever asks for it; held events are
//     numbered from 1 without a gap, and each lies in the first batch after it.
//   - A checkpoint is signed only if it continues the last one.
//   - A witness signs only what continues what it signed before, and has it on
//     disk before it gives the signature away.
//
// # Who finds what
//
// Somebody who owns the database but not the log's key cannot alter, delete,
// insert or move any entry below the published checkpoint without [Audit]
// finding it, nor without [Log.Verify] naming the entry. Somebody who owns the
// key too can rewrite everything since the oldest checkpoint another person has
// kept; each kept checkpoint, each witness and each time stamp moves that line
// up to itself. What is written between two checkpoints is covered by the next
// one only. A backup that is restored takes the ledger back: witnesses then
// refuse until it has been explained, and that is as it should be.
//
// # Who may do what
//
// This package asks nobody's role; the services that call it do. [Log.Append],
// [Log.Hold] and the deletions belong to services, with the policy of what they
// record. [Log.Batch], [Log.Checkpoint] and [Log.Stamp] belong to the program's
// clock, once an hour and in this order.
// [Log.AddCosignatures] may be called by strangers: what does not verify
// against a configured witness is refused. Everything that reads is public, but
// for [Log.Reveal], [Log.About], [Log.HeldAbout] and [Log.HeldProof].
//
// # Formats
//
//   - leaf: four lines, see [Entry.Leaf]; [ParseLeaf] takes nothing else;
//   - page of leaves: records of the Go checksum database ([FormatLeaves]);
//   - payload: canonical JSON ([Canonical]);
//   - checkpoint: C2SP tlog-checkpoint in a C2SP signed-note, Ed25519;
//   - cosignature: C2SP tlog-cosignature, cosignature/v1 (Ed25519, timestamped);
//   - public keys: C2SP signed-note, type 0x01 of logs, 0x04 of witnesses;
//   - private key: a file of one line as x/mod/sumdb/note writes it, mode 0600;
//   - inclusion proof: C2SP tlog-proof@v1 ([Proof.Format]);
//   - proof of a held event: parts of text, see [HeldProof.Format];
//   - proof of an entry with what it says: the same, see [EntryProof.Format];
//   - consistency proof: RFC 6962, a hash in base64 to a line;
//   - time stamp: RFC 3161 TimeStampToken, DER, over the bytes of a checkpoint's
//     note with the log's own signature ([Checkpoint.Note]), SHA-256;
//   - state of a witness: the checkpoint it signed last, with both signatures.
//
// A commitment is checked by hand with
//
//	(xxd -r -p salt.hex; cat payload.json) | sha256sum
//
// and a time stamp with
//
//	openssl ts -verify -token_in -in token.der -data checkpoint -CAfile authority.pem
//
// Instants are microseconds UTC, those of cosignatures whole seconds. Errors
// name the operation; the exported ones can be asked for with errors.Is.
package ledger
