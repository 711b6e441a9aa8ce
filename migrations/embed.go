// Package migrations carries the schema of the record as numbered SQL files.
// NNNN_name.sql holds for both engines; NNNN_name.sqlite.sql and
// NNNN_name.postgres.sql hold for one. Files are never changed after a release.
package migrations

import "embed"

// Files are the migrations.
//
//go:embed *.sql
var Files embed.FS
