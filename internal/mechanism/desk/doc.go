// Package desk is how people at work meet the program: who they are ([Actor])
// and the frame round every page behind the door.
//
// # Roles
//
// Each with what the ones before it may do: a reader sees the desk; a
// contributor files leads and evidence; a verifier signs; an editor (the
// secretariat) publishes what was signed, parks and merges; an administrator
// invites people, changes roles and sets emergency modes. An administrator is no
// editor, and no role is enough to publish alone. A role is held in an
// organisation, everywhere or for some countries.
//
// [Actor] is the one place where "may this person do this here" is answered.
// Services ask it; pages only hide what it would refuse.
package desk
