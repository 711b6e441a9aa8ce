// Package logbook shows the ledger to everybody: its latest checkpoint with all
// signatures, its leaves, and the proofs that anybody can hold against them. A
// witness hands in its signature here. [Site] is the same seen from outside, over
// HTTP, for the commands that check a deployment.
//
// The files are those of internal/mechanism/ledger; their addresses are
//
//	/ledger/checkpoint                  the latest checkpoint, signed (C2SP tlog-checkpoint)
//	/ledger/leaves?from=N               leaves from N on, up to [PageLeaves]
//	/ledger/consistency?from=A&to=B     that the first A entries of B are those of A
//	/ledger/proof?entry=N               that entry N stands in the latest checkpoint
//	/ledger/cosign (POST)               a checkpoint with a witness's signature
package logbook
