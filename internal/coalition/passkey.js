// Passkeys. A form with data-passkey ("get" or "create") asks the key of this
// device with the options it carries, and posts the answer like any other form.
const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0))
const text = buffer => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
const known = list => (list || []).map(c => ({...c, id: bytes(c.id)}))

async function ask(form) {
  const o = JSON.parse(form.dataset.options).publicKey
  o.challenge = bytes(o.challenge)
  o.excludeCredentials = known(o.excludeCredentials)
  o.allowCredentials = known(o.allowCredentials)
  if (o.user) o.user.id = bytes(o.user.id)
  const key = await navigator.credentials[form.dataset.passkey]({publicKey: o})
  const r = key.response, answer = {}
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'])
    if (r[name]) answer[name] = text(r[name])
  return JSON.stringify({id: key.id, rawId: text(key.rawId), type: key.type, response: answer, clientExtensionResults: key.getClientExtensionResults()})
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!window.PublicKeyCredential) continue
  form.hidden = false
  for (const other of document.querySelectorAll('[data-without]')) other.hidden = true
  const failed = form.querySelector('[role=alert]')
  form.addEventListener('submit', async event => {
    event.preventDefault()
    failed.hidden = true
    try {
      form.elements.answer.value = await ask(form)
      form.submit()
    } catch {
      failed.hidden = false
      failed.focus()
    }
  })
}
