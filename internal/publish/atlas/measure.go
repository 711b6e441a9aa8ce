package atlas

// A shutdown that runs on is entered again in every year it touches. Within one
// year, entries are shutdowns; a figure over several years counts a shutdown as
// often as there are years it touched, and must not call that shutdowns.

// summed tells that a scope adds up several count years.
func (q *ask) summed(sc scope) bool { return sc.year == 0 && len(q.totals) > 1 }

// measure names what the figures of a scope count, for the head of a column.
func (q *ask) measure(sc scope) string {
	if q.summed(sc) {
		return q.v.T("atlas.entries_head")
	}
	return q.v.T("atlas.shutdowns")
}

// under is the line under a title, of a text that takes a measure and a scope:
// what is shown, and for sums of years what is counted. It goes wherever the
// figures go: the page, the drawing, the file.
func (q *ask) under(sc scope, key string) string {
	sub := q.v.T(key, "measure", q.measure(sc), "scope", q.scopeName(sc))
	if q.summed(sc) {
		return q.v.T("atlas.summed", "sub", sub)
	}
	return sub
}

// rule is the note below figures: "at least", and how they were counted unless
// the line under the title says so.
func (q *ask) rule(sc scope, overlap bool) string {
	switch {
	case overlap:
		return q.v.T("atlas.rule_overlap")
	case q.summed(sc):
		return q.v.T("atlas.least")
	}
	return q.v.T("atlas.rule")
}

// outOf is the whole a sentence compares with: "99", or "99 yearly entries".
func (q *ask) outOf(sc scope, n int) any {
	if q.summed(sc) {
		return q.v.T("atlas.n_entries", "n", n)
	}
	return n
}

// atPlace is a place on a map with its count.
func (q *ask) atPlace(sc scope, place string, n int) string {
	if q.summed(sc) {
		return q.v.T("atlas.map.dot_summed", "place", place, "entries", q.v.T("atlas.n_entries", "n", n))
	}
	return q.v.T("atlas.map.dot", "place", place, "n", n)
}
