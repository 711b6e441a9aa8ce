package evidence

// Reason is why something was taken out.
type Reason string

// The reasons.
const (
	ReasonName     Reason = "name"
	ReasonContact  Reason = "contact"
	ReasonPlace    Reason = "place"
	ReasonPerson   Reason = "person" // a face or a body
	ReasonOthers   Reason = "others" // somebody who was not asked
	ReasonSecurity Reason = "security"
)

// Reasons lists all reasons.
func Reasons() []Reason {
	return []Reason{ReasonName, ReasonContact, ReasonPlace, ReasonPerson, ReasonOthers, ReasonSecurity}
}
