package incident

// SheetEdition is one sheet as it was published: every row word for word,
// beside the facts that were read from it.
type SheetEdition struct {
	Kind   string // sheet or starter
	Label  string // unique name, e.g. "combined-2016-2025 2026-05-20"
	File   string // base name of the file
	Sheet  string
	Schema string // A to E
	SHA256 string // of the file
	AsOf   string // civil date the sheet states the record for, "" if not known
	// Stated: a person said the count year or the date, for this import. Then
	// it corrects an earlier import of the same bytes that says otherwise.
	Stated   bool
	Remark   string // line above the header
	Header   []string
	Unknown  []string // columns of the header that no schema has, kept word for word
	Beside   []string // sheets of the same workbook that hold no header of ours, with their rows; the first one names them
	Importer string
	Licence  string
	Rows     []SheetRow
}

// SheetRow is one row of a sheet.
type SheetRow struct {
	Line     int
	Cells    []string // as read, in the order of the header
	Extras   string   // links and comments of the cells, JSON, "" if none
	Year     int      // count year
	Facts    Facts
	Warnings []Warning
	Extract  string // hash of the facts the starter register keeps of the row
	Parked   string // reason why the row is kept but not counted, "" if counted

	kept *Facts // as the sheet's edition has them, where the record has learned more since
}

// Warning is a doubt about a row. The row is stored as it is.
type Warning struct {
	Rule   string `db:"rule" json:"rule"`
	Detail string `db:"detail" json:"detail"`
}

// Outcome is what became of one row.
type Outcome string

// The outcomes. Every row that was read has exactly one.
const (
	New       Outcome = "new"       // a new incident
	Merged    Outcome = "merged"    // another year of an incident already there
	Unchanged Outcome = "unchanged" // the record says the same
	Changed   Outcome = "changed"   // the record took the sheet's new values
	Kept      Outcome = "kept"      // an older edition: kept beside the record, which stays as it is
	Parked    Outcome = "parked"    // kept, not counted, on the review list
)

// RowAccount is the outcome of one row.
type RowAccount struct {
	Line    int
	Year    int
	Ref     string
	Outcome Outcome
	Filled  bool // changed only by what the starter register leaves out
	Reason  string
	Desk    string // the incident of the desk the row speaks of, which it does not change
	Diff    []FieldDiff
}

// FieldDiff is one value that differs.
type FieldDiff struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// Account is what an import did, or would do.
type Account struct {
	Edition  string      // label
	Already  bool        // the same bytes were imported before: nothing was done
	Corrects []FieldDiff // the same bytes were imported before with another date or count year: what this corrects
	Leading  bool        // the record follows this sheet
	Rows     []RowAccount
	Missing  []string // references the record counts for these years that the sheet no longer has
	Withdrew bool     // the missing ones were taken out of the count
	Joined   []Joined // incidents of the record that turned out to be carried over
	Reviews  int      // new items on the review list
	Warnings int
}

// Joined names an incident that was taken in by another one, which stands for
// both from then on.
type Joined struct{ Ref, Into string }

// Count is how many rows had an outcome.
func (a *Account) Count(o Outcome) int {
	n := 0
	for _, r := range a.Rows {
		if r.Outcome == o {
			n++
		}
	}
	return n
}

// ImportOptions say how to import.
type ImportOptions struct {
	DryRun bool
	// WithdrawMissing takes entries out of the count that the leading sheet of
	// their year no longer has. Without it they stay and are listed.
	WithdrawMissing bool
	// OnlyIfEmpty imports nothing, and gives no account, when the record holds
	// an incident or a sheet. It is asked in the transaction of the import: of
	// two that begin one register at once, the second finds what the first did.
	OnlyIfEmpty bool
	Progress    func(done, total int)
}

// strict is how an edition notes that it withdrew what it did not have.
func (o ImportOptions) strict() int {
	if o.WithdrawMissing {
		return 1
	}
	return 0
}
