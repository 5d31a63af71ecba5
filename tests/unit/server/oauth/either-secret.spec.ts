import { describe, expect, it } from 'vitest'
import { spotify } from '../../../../integrations/spotify/provider.ts'
import { withEitherSecret } from '../../../../server/oauth/either-secret.ts'

const refused = new Error('invalid_client')
const isRefused = (error: unknown) => error === refused

/** Tries with a platform that knows one secret. */
async function tryWith(known: string, otherSecret?: string) {
  const tried: string[] = []
  let swapped = false
  const app = {
    provider: spotify,
    clientId: 'c',
    clientSecret: 'new',
    otherSecret,
    onOtherSecret: () => void (swapped = true),
  }
  const end = await withEitherSecret(app, isRefused, async ({ clientSecret }) => {
    tried.push(clientSecret)
    if (clientSecret !== known) throw refused
    return 'token'
  }).catch((error: unknown) => error)
  return { tried, swapped, end }
}

describe('two client secrets while one is replaced', () => {
  it('the other secret is tried once when the platform refuses the first, and then remembered', async () => {
    expect(await tryWith('old', 'old')).toEqual({ tried: ['new', 'old'], swapped: true, end: 'token' })
  })

  it('a secret that works is the only one that is tried', async () => {
    expect(await tryWith('new', 'old')).toEqual({ tried: ['new'], swapped: false, end: 'token' })
  })

  it('a client that has one secret is refused after one try', async () => {
    expect(await tryWith('old')).toEqual({ tried: ['new'], swapped: false, end: refused })
  })

  it('a client whose secrets are both wrong is refused after two tries', async () => {
    expect(await tryWith('another', 'old')).toEqual({ tried: ['new', 'old'], swapped: false, end: refused })
  })

  it('an error that is no refusal of the client is not tried again, because a code may be spent', async () => {
    const tried: string[] = []
    const app = {
      provider: spotify,
      clientId: 'c',
      clientSecret: 'new',
      otherSecret: 'old',
    }
    const attempt = withEitherSecret(app, isRefused, async ({ clientSecret }) => {
      tried.push(clientSecret)
      throw new Error('invalid_grant')
    })
    await expect(attempt).rejects.toThrow('invalid_grant')
    expect(tried).toEqual(['new'])
  })
})
