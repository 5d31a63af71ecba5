import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import { consentPage, gonePage, loginPage } from './pages.ts'
import { findPerson, PASSWORD, people } from './people.ts'

type Details = Awaited<ReturnType<Provider['interactionDetails']>>

/** Either a page, or the address to which the browser is sent. */
export type InteractionAnswer = { status: number, html: string } | { location: string }

/**
 * Shows the pages between the authorization request and its answer: sign in, then allow or deny.
 * @param step what was posted: `login`, `confirm` or `abort`; empty when the page is only shown
 * @param form the posted fields, for steps that have any
 */
export async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  { uid, step, form, nonce }: { uid: string, step: string, form: URLSearchParams, nonce: string },
): Promise<InteractionAnswer> {
  let details: Details
  try {
    details = await provider.interactionDetails(request, response)
  } catch {
    return { status: 400, html: gonePage(nonce) }
  }
  if (details.uid !== uid) return { status: 400, html: gonePage(nonce) }
  const finish = async (result: Parameters<Provider['interactionResult']>[2], merge: boolean) => ({
    location: await provider.interactionResult(request, response, result, { mergeWithLastSubmission: merge }),
  })

  switch (step) {
    case '':
      return {
        status: 200,
        html: details.prompt.name === 'login' ? loginPage(nonce, uid) : await renderConsent(provider, details, nonce),
      }
    case 'login': {
      const email = form.get('email') ?? ''
      const person = people.find(candidate => candidate.email === email.trim().toLowerCase())
      if (!person || form.get('password') !== PASSWORD) return { status: 401, html: loginPage(nonce, uid, { email }) }
      await endOtherSession(provider, details, person.id)
      return await finish({ login: { accountId: person.id } }, false)
    }
    case 'confirm':
      return await finish({ consent: { grantId: await grant(provider, details) } }, true)
    case 'abort':
      return await finish({ error: 'access_denied', error_description: 'The person denied access' }, false)
    default:
      return { status: 404, html: gonePage(nonce) }
  }
}

// Someone else may be signed in to the sandbox in this browser. The server would then show a page of its own in
// between, so that session is ended first.
async function endOtherSession(provider: Provider, details: Details, accountId: string): Promise<void> {
  if (!details.session || details.session.accountId === accountId) return
  await (await provider.Session.findByUid(details.session.uid))?.destroy()
  details.session = undefined
  await details.save(details.exp - Math.floor(Date.now() / 1000))
}

async function renderConsent(provider: Provider, details: Details, nonce: string): Promise<string> {
  const person = findPerson(details.session?.accountId ?? '')
  if (!person) return gonePage(nonce)
  const client = await provider.Client.find(String(details.params.client_id))
  return consentPage(nonce, {
    uid: details.uid,
    clientName: client?.clientName ?? 'the app',
    person,
    scopes: String(details.params.scope ?? '').split(' '),
  })
}

async function grant(provider: Provider, details: Details): Promise<string> {
  const consent = new provider.Grant({
    accountId: details.session!.accountId,
    clientId: String(details.params.client_id),
  })
  consent.addOIDCScope(String(details.params.scope ?? ''))
  return await consent.save()
}
