// Package page is the shell of every public page: layout, components, forms,
// security headers, compression, cache, language and lite addresses.
//
// A domain brings views (templates named "incident.show"), style rules
// (incident.css, sent with pages of Kind "incident") and texts; a handler fills
// a Page and calls Render. What it promises for each page:
//
//   - one answer is the whole page: style inside, no script, no picture needed,
//     no cookie, nothing from another host. Only the style rules whose classes
//     and elements occur on the page are sent.
//   - the policy header allows the hash of that one style element and nothing else.
//   - the strong ETag is made from the content; HEAD and If-None-Match work.
//   - the address alone decides language and mode: /lite/ar/x. Accept-Language
//     only puts a line with an offer on the page.
//   - five pages in a row pass a network that drops each connection after
//     16,384 bytes: see Listen and package curtain.
//
// Components are templates fed with the types of components.go and form.go:
// ui.state ui.flag ui.flagkey ui.key ui.strip ui.axis ui.rows ui.years ui.facts
// ui.bars ui.source ui.ladder ui.table ui.picture ui.pages ui.crumbs ui.cite,
// form.errors form.field form.choice form.select form.filter form.button.
// Classes free for views: lede (title beside a paragraph), two, three, said,
// note, cite, big, sm, soft, plain, n (numbers), scroll, src, code, vh.
//
// Limits: style rules are parsed by a small parser made for our own files (no
// nesting, no @layer); a class that only a script adds must be named in
// Page.Keep. Pages are cached whole, keyed by address, offer and the version
// of the record, so a page must depend on nothing else.
package page
