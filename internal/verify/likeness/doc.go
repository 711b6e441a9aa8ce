// Package likeness tells how much two accounts of a shutdown look like one: a
// lead and an incident of the record, or two leads. It reads nothing but the
// facts, and says why it thinks so, so that a person can decide. It never
// decides itself.
//
// [Of] makes [Traits] from facts, [Score] compares two of them and gives its
// reasons, [Rank] orders candidates, [Finder] takes candidates out of the record.
// [Replay] measures the whole: it files leads for the incidents of a past year
// as a first reporter would, and counts how often the right incident comes out
// on top.
//
// # Invariants
//
//   - Score is symmetric in what counts for and against: who is compared with
//     whom changes nothing.
//   - What one side does not state neither speaks for nor against.
//   - The points of the reasons add up to the score.
package likeness
