// Package blob keeps bytes under their SHA-256 in a directory: evidence files,
// captured pages, whatever must be found again as it was.
//
// # What is promised
//
//   - [Store.Put] streams in constant memory. When it returns, the bytes and
//     their name are on disk; before, nothing of them can be found. A process
//     that is killed leaves at most a temporary file, which the next [New] sweeps.
//   - The same bytes are kept once. What is kept is never changed.
//   - Only the owner of the directory can read it: folders 0700, files 0600.
//
// # What it looks like
//
//	ab/cd/abcd…   the bytes, under the first four digits of their digest
//	tmp/…         what is being written, each file locked by whoever writes it
//
// Several processes may use one directory. [Store.Delete] belongs to whoever
// knows that no row speaks of a digest any more.
package blob
