// Package incident is the record: every documented shutdown, its facts, how it
// is counted, and the frozen editions of the whole.
//
// # What it holds
//
// An [Incident] is one shutdown, however long and however many pauses. Its
// facts ([Facts]) are normalised rows: period, places, measure, services,
// actors, cause, justification, legal basis, operators, flags, groups, cost,
// sources, publications. A count entry ([Entry]) is one incident in one count
// year, the row of the coalition's sheet. Totals count entries, never incidents.
//
// An [Edition] is a view of the dataset that can be listed, counted, drawn and
// exported by the same code: the living record (always number 1), each imported
// sheet as it was published, and each release that was frozen from the record.
//
// # Invariants
//
//   - A count entry states the facts as they stood at the close of its year.
//     Where they differ from the incident's own facts it carries a document of
//     its own; otherwise the incident's facts hold.
//   - entry, entry_part, entry_text and tally are derived
//     from facts by pure functions and can be rebuilt ([Service.Reindex]).
//   - Every published number comes from [Contributions], the one place where
//     the counting rules stand.
//   - A reference such as 2025-0142 is given once and never reused; a merged
//     incident keeps its reference and points to the one that took it in.
//   - "No", "unknown" and "nobody asked" are three different values ([State]).
package incident
