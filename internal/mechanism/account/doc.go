// Package account knows who works here: people under a name they choose, how
// they prove that it is them, and where they are logged in.
//
// # Rules
//
//   - Nobody signs up. A person comes in with a one-time link that somebody here,
//     or the administrator at the command line, made for them.
//   - A person shows as they choose. Legal names and telephone numbers are not
//     asked for; no address of a machine is ever stored. Guessing
//     is slowed by counters in memory, under a key that is thrown away daily.
//   - Ways in: a passkey alone (it is two factors in one), or a passphrase of
//     at least [MinPassphrase] letters with a code from a clock app. A recovery
//     code stands in for the clock app, once.
//   - The database holds nothing that lets somebody in: passphrases as argon2id,
//     sessions, invitations, recovery codes and addresses of feeds as hashes, the
//     secrets of clock apps sealed with a key that lies beside the database, not in
//     it. Mail addresses are sealed in the same way.
//   - A session ends after [SessionIdle] without a request, after [SessionMax] in
//     any case, when the person says so here or everywhere, when the person is
//     suspended, and when everybody is logged out.
//   - A person can have a feed with a secret address. Its secret is shown once and
//     kept as a hash; it opens nothing but the feed, and ends with all sessions of
//     its person or of everybody.
//   - A person can give a mail address. It is proved by a code before anything else is
//     sent there, shown to nobody else, and forgotten when they say so, when whoever
//     reads the mails says so by the link in each, and when they are suspended. After
//     all their sessions ended nothing is sent until they say that it is still theirs.
//     Of several processes one sends each mail ([Service.NextMail]).
//   - Every act that changes who may come in is told to a [Recorder] in the same
//     transaction, which is where the ledger hears of it.
//
// The package knows no organisation and no role: what an invitation gives is a
// text that the rooms above wrote and read ([Accepted]).
package account
