// Package ledger is a log that can only grow, and shows it to everybody.
package ledger
