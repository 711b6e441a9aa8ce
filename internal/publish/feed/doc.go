// Package feed speaks to programs: feeds to subscribe to, the JSON API with
// its OpenAPI description, the page that documents it, the sitemap and
// robots.txt.
//
// # Feeds
//
// /feeds/incidents, /feeds/countries/{code} and /feeds/changes, each as .atom
// (RFC 4287) and .json (JSON Feed 1.1), at most 50 entries. The first takes
// every parameter of /incidents. An entry's id is its permanent address. The
// prefix of the address decides the language, as on pages.
//
// Atom is written with encoding/xml and not with github.com/gorilla/feeds
// (1.2.0), because that library's feed has one link and no language: no self
// link beside the alternate one, no xml:lang.
//
// # API
//
// /api/v1 is described by the Go types of this package through huma; the same
// types write the answers. Parameters are read by the same parser as those of
// the pages and refused in the same words, so that huma's own validation is
// off. Every error under /api is an application/problem+json (RFC 9457). An
// unknown parameter is an error: a filter with a spelling mistake must not
// return the whole record.
//
// # Rules
//
//   - What is restricted never leaves: internal notes, and the address or text
//     of a confidential source, also not in a history (public.go, and a test
//     over every answer).
//   - Numbers come from the stored counts, so that an answer costs the same at
//     two thousand and at a million incidents; lists are read by cursor.
//   - Answers depend on the address alone and are kept by the shell's cache
//     until the record changes. What is made from the Host header, when no
//     origin is configured, is never kept.
package feed
