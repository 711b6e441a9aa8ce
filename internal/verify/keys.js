// Keys of the desk. Whatever has data-key is followed or pressed by that key,
// j and k walk through the list of cases, / goes to the search, ? shows the keys.
// Nothing here is needed: every key is a link or a button of the page.
//
// A layout that gives no Latin letter or figure, such as an Arabic or a Cyrillic one,
// gives the place of the key.
const keyOf = event => {
  if (event.key === '؟') return '?'
  if (/[\p{Script=Latin}0-9]/u.test(event.key) || !/^[\p{L}\p{Nd}]+$/u.test(event.key)) return event.key
  const place = event.code === 'Slash' ? '/' : event.code.replace(/^(Key|Digit)/, '').toLowerCase()
  return event.shiftKey ? '' : place
}
addEventListener('keydown', event => {
  const at = event.target, key = keyOf(event)
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && !/^(radio|checkbox)$/.test(at.type)) return
  const go = element => element && (event.preventDefault(), element)
  if (key === '?') {
    const keys = go(document.getElementById('keys'))
    if (keys) { keys.open = !keys.open; keys.querySelector('summary').focus() }
  } else if (key === '/') {
    const field = go(document.querySelector('[type=search]'))
    if (field?.closest('details')) field.closest('details').open = true
    field?.focus()
  } else if (key === 'j' || key === 'k') {
    const list = [...document.querySelectorAll('.queue a')]
    const now = list.indexOf(document.activeElement), start = list.findIndex(a => a.ariaCurrent === 'true')
    const from = now >= 0 ? now : start
    go(list[from + (key === 'j' ? 1 : from < 0 ? 0 : -1)])?.focus()
  } else if (/^[a-z1-9]$/.test(key)) {
    go(document.querySelector(`[data-key="${key}"]`))?.click()
  }
})
