// Package mail hands plain-text messages to a mail server.
//
// A connection that leaves the machine is encrypted and the server's certificate is
// checked, or nothing is sent: what a message says, to whom, and the password of the
// server are then read by nobody on the way. Only to a server on the machine itself
// messages go in the clear.
//
// A message names neither the machine nor the program it comes from. No error of this
// package holds the address of a recipient, so that each can be logged.
package mail
