package ledger

type stampRow struct {
	Number    int64  `db:"n"`
	Authority string `db:"authority"`
	At        int64  `db:"at"`
	Token     string `db:"token"`
}
