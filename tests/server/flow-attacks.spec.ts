import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ConnectOutcome } from '../../shared/contracts/connect.ts'
import type { IntegrationPage } from '../../shared/contracts/integrations.ts'
import { callJob, CRON_SECRET, type RunningApp } from '../../rigs/app.ts'
import { Person } from '../../rigs/person.ts'
import { createPlatforms } from '../../rigs/platforms.ts'
import {
  begin,
  comeBack,
  connectProvider,
  startAppWithPlatforms,
  type AppWithPlatforms,
} from '../../rigs/provider-flow.ts'
import { addViewer, querySql } from '../../rigs/sql.ts'
import type { StandInAnswer, StandIns } from '../../rigs/stand-ins.ts'

// The client requirements of RFC 9700 and related RFCs, by the numbers of the checklist in docs/security.md.
const platforms = createPlatforms()
let rig: AppWithPlatforms
let standIns: StandIns
let app: RunningApp
let person: Person

beforeAll(async () => {
  rig = await startAppWithPlatforms(platforms, { CRON_SECRET })
  ;({ app, standIns } = rig)
})
afterAll(async () => {
  await rig.stop()
})
beforeEach(async () => {
  standIns.seen.length = 0
  platforms.apiAnswer = platforms.nextTokenAnswer = undefined
  person = await Person.signedUp(app.url)
})

const countIntegrations = async () => (await person.json<IntegrationPage>('/api/integrations')).body.count
/** No platform was asked, and nothing is connected. */
const expectNothingHappened = async () => {
  expect(standIns.seen).toEqual([])
  expect(await countIntegrations()).toBe(0)
}
const refusal = (error: string) => ({ status: 400, body: { error } })
const SANDBOX_ISS = () => `${app.url}/sandbox/oauth`

/** Makes every flow older. */
async function ageFlows(by: string): Promise<void> {
  const earlier = (column: string) => `${column} = ${column} - interval '${by}'`
  await querySql(app.sqlPort, `update oauth_flows set ${earlier('created_at')}, ${earlier('expires_at')}`)
}

/** Goes through the sandbox up to its redirect back, and returns that instead of following it. */
async function sandboxAnswer(query = ''): Promise<URL> {
  const confirm = await person.request(`${await person.consentPage(query)}/confirm`, {
    method: 'POST',
    body: '',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  const resumed = await person.request(confirm.headers.get('location')!)
  return new URL(resumed.headers.get('location')!)
}

describe('R1: the callback is bound to the browser that began', () => {
  it('R1: A callback in another browser is refused with 400, and the right browser can still finish', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    const other = await Person.signedUp(app.url)
    expect(await comeBack(other, 'github', { code, state })).toMatchObject(refusal('flow_wrong_browser'))
    await expectNothingHappened()
    expect((await comeBack(person, 'github', { code, state })).location?.pathname).toBe('/integrations')
  })

  it('R1: A browser with a flow of its own cannot finish the flow of another one (login CSRF)', async () => {
    const attacker = await Person.signedUp(app.url)
    const { code, state } = await begin(attacker, platforms, 'github')
    await begin(person, platforms, 'github')
    expect(await comeBack(person, 'github', { code, state })).toMatchObject(refusal('flow_wrong_browser'))
    await expectNothingHappened()
  })

  it('R1: The flow cookie is not enough when someone else has signed in meanwhile', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    await person.signUp()
    expect(await comeBack(person, 'github', { code, state })).toMatchObject(refusal('flow_wrong_browser'))
    await expectNothingHappened()
  })

  it('R1: A callback without a session is refused with 401 and does not consume the flow', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    const session = [...person.cookies].filter(([name]) => name.startsWith('coffer-session'))
    for (const [name] of session) person.cookies.delete(name)
    expect((await comeBack(person, 'github', { code, state })).status).toBe(401)
    for (const [name, value] of session) person.cookies.set(name, value)
    expect((await comeBack(person, 'github', { code, state })).status).toBe(303)
  })

  it('R1: Each flow has its own cookie, which is HttpOnly, SameSite=Lax and short-lived', async () => {
    const response = await person.request('/api/auth/github')
    expect(response.headers.getSetCookie().find(line => line.startsWith('coffer-flow-'))).toMatch(
      /^coffer-flow-[0-9a-f-]{36}=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/i,
    )
    const [first, second] = [await begin(person, platforms, 'github'), await begin(person, platforms, 'spotify')]
    expect((await comeBack(person, 'spotify', { code: second.code, state: second.state })).status).toBe(303)
    expect((await comeBack(person, 'github', { code: first.code, state: first.state })).status).toBe(303)
  })
})

describe('R2, R3, R30: state', () => {
  it.each([
    ['is missing', () => ({}) as Record<string, string>],
    ['is empty', () => ({ state: '' })],
    ['is someone\'s guess', () => ({ state: 'A'.repeat(43) })],
    ['has one character changed', (state: string) => ({ state: (state.startsWith('A') ? 'B' : 'A') + state.slice(1) })],
    ['is SQL', () => ({ state: '\' or 1=1 --' })],
    ['is 10 kB', () => ({ state: 'a'.repeat(10_000) })],
  ])('R2: A callback whose state %s is refused with 400 and sends no token request', async (_what, change) => {
    const { code, state } = await begin(person, platforms, 'github')
    expect(await comeBack(person, 'github', { code, ...change(state) })).toMatchObject(refusal('flow_unknown'))
    await expectNothingHappened()
  })

  it('R2: A callback that brings its state twice is refused with 400 and sends no token request', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    expect(
      (
        await comeBack(person, 'github', [
          ['code', code],
          ['state', state],
          ['state', state],
        ])
      ).status,
    ).toBe(400)
    await expectNothingHappened()
  })

  it('R3: Swapping the states of two flows finishes neither with the code of the other', async () => {
    const other = await Person.signedUp(app.url)
    const mine = await begin(person, platforms, 'github')
    const theirs = await begin(other, platforms, 'github')
    expect((await comeBack(person, 'github', { code: theirs.code, state: mine.state })).status).toBe(502)
    expect((await comeBack(other, 'github', { code: mine.code, state: theirs.state })).status).toBe(502)
    expect(await countIntegrations()).toBe(0)
  })

  it('R30: The state has 256 bits, differs each time and is stored hashed', async () => {
    const states = await Promise.all(
      Array.from({ length: 20 }, async () => (await begin(person, platforms, 'github')).state),
    )
    expect(new Set(states).size).toBe(20)
    for (const state of states) expect(Buffer.from(state, 'base64url')).toHaveLength(32)
    const dump = JSON.stringify(await querySql(app.sqlPort, 'select * from oauth_flows'))
    for (const state of states) expect(dump).not.toContain(state)
  })

  it('R30: A flow expires after ten minutes', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    const [{ life }] = (await querySql(
      app.sqlPort,
      'select max(extract(epoch from expires_at - created_at))::int as life from oauth_flows',
    )) as [{ life: number }]
    expect(life).toBeGreaterThan(590)
    expect(life).toBeLessThanOrEqual(601)
    // Ten minutes later.
    await ageFlows('601 s')
    expect(await comeBack(person, 'github', { code, state })).toMatchObject(refusal('flow_expired'))
    await expectNothingHappened()
    expect(await comeBack(person, 'github', { code, state })).toMatchObject(refusal('flow_unknown'))
  })
})

describe('R4, R5, R6: PKCE', () => {
  it('R4: Each flow sends an S256 challenge of its own', async () => {
    const flows = await Promise.all(
      ['github', 'spotify', 'discord', 'google_gmail', 'supabase'].map(provider => begin(person, platforms, provider)),
    )
    const challenges = flows.map(({ authorization }) => authorization.searchParams.get('code_challenge')!)
    expect(new Set(challenges).size).toBe(5)
    for (const { authorization } of flows) expect(authorization.searchParams.get('code_challenge_method')).toBe('S256')
    for (const challenge of challenges) expect(challenge).toMatch(/^[\w-]{43}$/)
  })

  it('R5: The code verifier has at least 43 unreserved characters and is stored sealed', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    const [row] = await querySql(app.sqlPort, 'select code_verifier from oauth_flows order by created_at desc limit 1')
    expect(row!.code_verifier).toMatch(/^[\w-]{16}\.[\w-]{22}\.[\w-]+$/)
    await comeBack(person, 'github', { code, state })
    const verifier = new URLSearchParams(standIns.requests('/login/oauth/access_token')[0]!.body).get('code_verifier')!
    expect(verifier).toMatch(/^[A-Za-z0-9\-._~]{43,128}$/)
    expect(JSON.stringify(await querySql(app.sqlPort, 'select * from oauth_flows'))).not.toContain(verifier)
  })

  it('R6: The platform refuses a code from another flow, because the verifier does not match', async () => {
    const stolen = await begin(person, platforms, 'github')
    const { state } = await begin(person, platforms, 'github')
    expect((await comeBack(person, 'github', { code: stolen.code, state })).status).toBe(502)
    expect(await countIntegrations()).toBe(0)
  })
})

describe('R7, R8: mix-up', () => {
  it('R7: A callback on the path of another provider ends the flow without a token request', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    expect(await comeBack(person, 'spotify', { code, state })).toMatchObject(refusal('flow_wrong_provider'))
    expect(await comeBack(person, 'supabase', { code, state })).toMatchObject(refusal('flow_unknown'))
    await expectNothingHappened()
  })

  it('R7: Every provider has a callback address of its own', async () => {
    const uris = await Promise.all(
      ['github', 'spotify', 'discord', 'google_gmail', 'google_calendar', 'youtube', 'supabase'].map(async provider =>
        (await begin(person, platforms, provider)).authorization.searchParams.get('redirect_uri'),
      ),
    )
    expect(new Set(uris).size).toBe(7)
  })

  it('R8: A flow ends at the token endpoint that was configured when it began', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    // As if the definition had changed in between: the flow has its own.
    await querySql(app.sqlPort, 'update oauth_flows set token_endpoint = \'https://discord.com/api/oauth2/token\'')
    await comeBack(person, 'github', { code, state })
    expect(standIns.seen[0]).toMatchObject({ origin: 'https://discord.com', path: '/api/oauth2/token' })
  })
})

describe('R9, R10, R11: iss', () => {
  it.each([
    ['has a slash at its end', () => `${SANDBOX_ISS()}/`],
    ['is in another case', () => SANDBOX_ISS().toUpperCase()],
    ['is another server\'s', () => 'https://evil.example'],
    ['is empty', () => ''],
  ])('R9: A callback whose iss %s is refused and connects nothing', async (_what, iss) => {
    const answer = await sandboxAnswer()
    answer.searchParams.set('iss', iss())
    expect(await (await person.request(answer.href)).json()).toMatchObject({ error: 'flow_rejected' })
    expect(await countIntegrations()).toBe(0)
  })

  it('R9: A callback that brings iss twice is refused', async () => {
    const answer = await sandboxAnswer()
    answer.searchParams.append('iss', SANDBOX_ISS())
    expect(await (await person.request(answer.href)).json()).toMatchObject({ error: 'flow_rejected' })
  })

  it('R10: A callback without the promised iss is refused, even if it reports an error', async () => {
    const answer = await sandboxAnswer()
    answer.searchParams.delete('iss')
    expect(await (await person.request(answer.href)).json()).toMatchObject({ error: 'flow_rejected' })
    const started = await person.request('/api/auth/sandbox')
    const state = new URL(started.headers.get('location')!).searchParams.get('state')!
    expect(await comeBack(person, 'sandbox', { error: 'access_denied', state })).toMatchObject({
      body: { error: 'flow_rejected' },
    })
  })

  it('R11: An unpromised iss is compared where the issuer is known and ignored where it is not', async () => {
    const google = await begin(person, platforms, 'google_gmail')
    expect(
      await comeBack(person, 'google_gmail', { code: google.code, state: google.state, iss: 'https://evil.example' }),
    ).toMatchObject({ body: { error: 'flow_rejected' } })
    const github = await begin(person, platforms, 'github')
    expect(
      (
        await comeBack(person, 'github', {
          code: github.code,
          state: github.state,
          iss: 'https://github.com/login/oauth',
        })
      ).status,
    ).toBe(303)
  })
})

describe('R12: no open redirector', () => {
  it.each([
    '//evil.example',
    '/.//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/%0d%0aLocation:%20//evil.example',
    '%2F%2Fevil.example',
  ])('R12: A connect with return_to=%s ends on Coffer\'s own origin', async (returnTo) => {
    const { code, state } = await begin(person, platforms, 'github', `?return_to=${encodeURIComponent(returnTo)}`)
    const { location } = await comeBack(person, 'github', { code, state })
    expect(location!.origin).toBe(new URL(app.url).origin)
    expect(location!.href).not.toContain('evil.example/')
  })
})

describe('R13, R14, R28, R27, R23: the code flow and nothing else', () => {
  it('R13: A token in the redirect is ignored, and a callback without a code connects nothing', async () => {
    const { state } = await begin(person, platforms, 'github')
    expect(await comeBack(person, 'github', { state, access_token: 'injected', token_type: 'bearer' })).toMatchObject({
      body: { error: 'flow_rejected' },
    })
    await expectNothingHappened()
  })

  it('R14, R28: The token request exchanges a code and repeats the redirect_uri of the start', async () => {
    const { authorization } = await begin(person, platforms, 'spotify')
    await connectProvider(person, platforms, 'spotify')
    const form = new URLSearchParams(standIns.requests('/api/token')[0]!.body)
    expect(form.get('grant_type')).toBe('authorization_code')
    expect(form.get('redirect_uri')).toBe(authorization.searchParams.get('redirect_uri'))
  })

  it('R27: Eight callbacks at once and one more afterwards send one token request', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    const answers = await Promise.all(Array.from({ length: 8 }, () => comeBack(person, 'github', { code, state })))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array.from({ length: 7 }, () => 400)])
    expect((await comeBack(person, 'github', { code, state })).body.error).toBe('flow_unknown')
    expect(standIns.requests('/login/oauth/access_token')).toHaveLength(1)
    expect(await countIntegrations()).toBe(1)
  })

  it('R23: A reconnect replaces both tokens', async () => {
    const id = await connectProvider(person, platforms, 'github')
    const config = async () =>
      (await querySql(app.sqlPort, `select config from integrations where id = '${id}'`))[0]!.config as Record<
        string,
        string
      >
    const before = await config()
    await connectProvider(person, platforms, 'github')
    const after = await config()
    expect(after.refresh_token).not.toBe(before.refresh_token)
    expect(after.access_token).not.toBe(before.access_token)
  })

  it('R16, R17: Connecting an account fetches no metadata that could be swapped', async () => {
    await connectProvider(person, platforms, 'github')
    expect(standIns.seen.filter(({ path }) => path.includes('.well-known'))).toEqual([])
  })
})

describe('R15: scopes', () => {
  it('R15: The granted scopes are recorded, and the missing ones are shown', async () => {
    const { code, state } = await begin(person, platforms, 'spotify')
    platforms.nextTokenAnswer = {
      json: {
        access_token: 'a',
        token_type: 'Bearer',
        expires_in: 3600,
        refresh_token: 'r',
        scope: 'user-read-private',
      },
    }
    await comeBack(person, 'spotify', { code, state })
    const { body } = await person.json<IntegrationPage>('/api/integrations')
    expect(body.integrations[0]).toMatchObject({
      granted_scopes: ['user-read-private'],
      missing_scopes: ['user-read-email', 'user-read-recently-played', 'user-top-read'],
    })
  })
})

describe('R18, R19, R20, R21: the front channel', () => {
  it('R20: The callback sends no referrer, is not cached, and redirects to an address without the code', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    const response = await person.request(`/api/auth/callback/github?${new URLSearchParams({ code, state })}`)
    expect(response.status).toBe(303)
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('location')).not.toContain(code)
    const refused = await person.request(`/api/auth/callback/github?${new URLSearchParams({ code, state })}`, {
      headers: { accept: 'text/html' },
    })
    expect(refused.status).toBe(400)
    expect(refused.headers.get('referrer-policy')).toBe('no-referrer')
    const page = await refused.text()
    expect(page).toContain('url=/connect/outcome?reason=used&amp;provider=github')
    expect(page).not.toContain(code)
  })

  it('R21: Host and X-Forwarded-Host do not change the redirect address', async () => {
    const session = [...person.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const { request } = await import('node:http')
    const port = Number(new URL(app.url).port)
    const location = await new Promise<string | undefined>((resolve, reject) => {
      request(
        {
          port,
          path: '/api/auth/github',
          headers: {
            'host': 'evil.example',
            'x-forwarded-host': 'evil.example',
            'x-forwarded-proto': 'https',
            'cookie': session,
          },
        },
        response => resolve(response.headers.location),
      )
        .on('error', reject)
        .end()
    })
    expect(new URL(location!).searchParams.get('redirect_uri')).toBe(`${app.url}/api/auth/callback/github`)
  })
})

describe('R29: errors from the provider', () => {
  it('R29: access_denied consumes the state, is audited, and leads to a page that explains it', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    const query = new URLSearchParams({
      error: 'access_denied',
      error_description: '<script>alert(1)</script>',
      state,
    })
    const page = await person.visit(`/api/auth/callback/github?${query}`)
    expect(page.status).toBe(400)
    expect(page.body).toContain('/connect/outcome?reason=denied')
    expect(page.body).not.toContain('<script>')
    expect(await comeBack(person, 'github', { code, state })).toMatchObject(refusal('flow_unknown'))
    await expectNothingHappened()
    expect(
      await querySql(
        app.sqlPort,
        `select action, outcome, details from audit_log where actor_id = '${person.id}'`,
      ),
    ).toEqual([
      {
        action: 'integration.connect',
        outcome: 'denied',
        details: { reason: 'access_denied', provider_said: 'access_denied' },
      },
    ])
  })

  it.each<[string, StandInAnswer, ConnectOutcome]>([
    ['A platform that refused', { status: 400, json: { error: 'invalid_grant' } }, 'provider_error'],
    ['A platform that could not be reached', { raw: response => response.destroy() }, 'unavailable'],
  ])('%s leads to the page that says so', async (_what, answer, reason) => {
    const { code, state } = await begin(person, platforms, 'github')
    platforms.nextTokenAnswer = answer
    const page = await person.visit(`/api/auth/callback/github?${new URLSearchParams({ code, state })}`)
    expect(page.body).toContain(`/connect/outcome?reason=${reason}&amp;provider=github`)
  })

  it('R29: Unknown parameters of a callback are ignored, and other errors are reported by code only', async () => {
    const first = await begin(person, platforms, 'github')
    expect(
      (
        await comeBack(person, 'github', {
          code: first.code,
          state: first.state,
          setup_action: 'install',
          installation_id: '1',
        })
      ).status,
    ).toBe(303)
    const second = await begin(person, platforms, 'github')
    const { body } = await comeBack(person, 'github', {
      error: 'temporarily_unavailable',
      error_description: 'inner details',
      state: second.state,
    })
    expect(body.message).toBe('GitHub refused the connection (temporarily_unavailable).')
  })
})

describe('R22: tokens at rest', () => {
  it('R22: The database contains tokens as ciphertext only', async () => {
    await connectProvider(person, platforms, 'discord')
    const tables = await querySql(
      app.sqlPort,
      `select table_name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE'`,
    )
    // One after the other, because the port for psql accepts twenty connections.
    let dump = ''
    for (const { table_name: table } of tables)
      dump += JSON.stringify(await querySql(app.sqlPort, `select * from public.${String(table)}`))
    expect(dump).toContain('discord')
    expect(dump).not.toMatch(/access-[0-9a-f-]{36}|refresh-[0-9a-f-]{36}/)
  })
})

describe('authorization to connect', () => {
  it('A link on another site starts no flow and leads to the page with the connect button', async () => {
    for (const site of ['cross-site', 'same-site']) {
      const response = await person.request('/api/auth/github', { headers: { 'sec-fetch-site': site } })
      expect(response.headers.get('location')).toBe('/connect')
      expect(response.headers.getSetCookie().filter(line => line.includes('flow'))).toEqual([])
    }
    expect(
      (await person.request('/api/auth/github', { headers: { 'sec-fetch-site': 'same-origin' } })).headers.get(
        'location',
      ),
    ).toMatch(/^https:\/\/github\.com/)
  })

  it('A connect for an organization, an integration or a provider that is not found is refused', async () => {
    const other = await Person.signedUp(app.url)
    const theirs = await connectProvider(other, platforms, 'github')
    for (const path of [
      `/api/auth/github?organization_id=${other.id}`,
      `/api/auth/github?integration_id=${theirs}`,
      '/api/auth/unknown',
      '/api/auth/UPPER',
    ]) {
      expect((await person.json(path)).status, path).toBe(404)
    }
    expect((await person.json('/api/auth/github?organization_id=nonsense')).status).toBe(422)
    expect((await new Person(app.url).json('/api/auth/github')).status).toBe(401)
  })

  it('A viewer is refused with 403 before they are sent to the platform', async () => {
    const { id } = await Person.signedUp(app.url)
    await addViewer(app.sqlPort, id, person.id)
    expect(await person.json(`/api/auth/github?organization_id=${id}`)).toMatchObject({
      status: 403,
      body: { error: 'forbidden' },
    })
  })

  it('Maintenance deletes flows that nobody finished and ends grants for which nobody picked an account', async () => {
    await begin(person, platforms, 'github')
    const { code, state } = await begin(person, platforms, 'supabase')
    const { location } = await comeBack(person, 'supabase', { code, state })
    expect(location!.pathname).toMatch(/^\/connect\/choose\//)
    await ageFlows('1 h')
    await querySql(app.sqlPort, 'update connection_choices set expires_at = now() - interval \'1 s\'')
    const answers = await Promise.all(
      [1, 2].map(() =>
        callJob<{ choicesEnded: number, grantsEnded: number, flowsDeleted: number }>(app, 'maintenance'),
      ),
    )
    expect(answers.map(answer => answer.choicesEnded).sort()).toEqual([0, 1])
    expect(answers.reduce((sum, answer) => sum + answer.flowsDeleted, 0)).toBeGreaterThan(0)
    expect(answers.reduce((sum, answer) => sum + answer.grantsEnded, 0)).toBe(1)
    // The grant is also ended at the platform and not only deleted here.
    expect(JSON.parse(standIns.requests('/v1/oauth/revoke')[0]!.body)).toMatchObject({
      refresh_token: `refresh-${code}`,
    })
    expect(
      await querySql(
        app.sqlPort,
        `select 1 from oauth_flows where expires_at < now()
         union all select 1 from connection_choices where expires_at < now()`,
      ),
    ).toEqual([])
  })
})
