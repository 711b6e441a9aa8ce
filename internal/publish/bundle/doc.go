// Package bundle writes the pack that is handed to a court, a newsroom or an
// office of the United Nations: one ZIP file with what is known of an incident,
// what proves it, and a plain page that says how to check all of it without us.
//
// It decides nothing about what may go out: [Pack] holds only what may. What it
// promises:
//
//   - The same pack gives the same bytes: files in the order of their names, all
//     of one time, nothing compressed.
//   - Bytes of evidence are read once, in pieces, and are in the file only if
//     they are what their SHA-256 says; otherwise there is no pack at all.
//   - SHA256SUMS covers every other file, in the order in which a shell sorts
//     their names, so that the list itself can be made again and compared.
package bundle
