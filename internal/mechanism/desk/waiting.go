package desk

// How far is counted what waits for somebody, and how many of it are named.
const (
	MostWaiting = 100
	NamedFirst  = 5
)

// Pending is one thing that waits for somebody at work, by its reference: no
// title, no name, no country, because it is also told outside the door.
type Pending struct {
	Ref   string
	Path  string // of its page behind the door
	Since int64  // when it began to wait
	Due   int64  // until when somebody should have looked; 0: nobody said
}

// Waiting is what of one kind waits for somebody.
type Waiting struct {
	Count int
	More  bool      // there are more than were counted
	First []Pending // the most pressing
}

// WaitingOf makes it of a list that was read up to one more than [MostWaiting].
func WaitingOf(list []Pending) Waiting {
	return Waiting{Count: min(len(list), MostWaiting), More: len(list) > MostWaiting, First: list[:min(len(list), NamedFirst)]}
}
