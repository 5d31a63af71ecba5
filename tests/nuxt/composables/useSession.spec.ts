import { expect, it } from 'vitest'
import { createAccount, createSession, deleteSession, readSession } from '#shared/contracts/session'
import { refuse, requestsTo, serve } from '../support/api.ts'
import { session, USER_ID } from '../support/fixtures.ts'
import { use } from '../support/use.ts'

const user = { id: USER_ID, email: 'ada@example.com' }

it('A session that was loaded says who is signed in, to every caller', async () => {
  serve(readSession, { reply: session() })
  const { result } = await use(() => useSession())
  await result.load()
  expect(useSession().session.value?.user.email).toBe('ada@example.com')
  expect(useSession().loaded.value).toBe(true)
})

it('Without a session, nobody is signed in, and that is known', async () => {
  serve(readSession, { reply: refuse(401, 'unauthorized', 'Your session has ended. Sign in again.') })
  const { load, session: current, loaded } = useSession()
  expect(await load()).toBeNull()
  expect(current.value).toBeNull()
  expect(loaded.value).toBe(true)
})

it('Signing in sends the address and the password, and then loads the session', async () => {
  serve(createSession, { reply: { success: true, user } })
  serve(readSession, { reply: session() })
  const { signIn, session: current } = useSession()
  await signIn('ada@example.com', 'correct horse battery')
  expect(requestsTo(createSession).map(({ body }) => body)).toEqual([
    { email: 'ada@example.com', password: 'correct horse battery' },
  ])
  expect(current.value?.user.email).toBe('ada@example.com')
})

it('A refused sign-in throws, and nobody is signed in', async () => {
  serve(createSession, { reply: refuse(401, 'wrong_credentials', 'The address or the password is wrong.') })
  const { signIn, session: current } = useSession()
  const problem: unknown = await signIn('ada@example.com', 'wrong').catch((error: unknown) => error)
  expect(apiError(problem).message).toBe('The address or the password is wrong.')
  expect(current.value).toBeNull()
})

it.each([[false, true], [true, false]])(
  'A new account says whether it can be used at once (confirmation needed: %s)',
  async (needed, ready) => {
    serve(createAccount, { reply: { success: true, user, confirmation_needed: needed } })
    serve(readSession, { reply: needed ? refuse(401, 'unauthorized', 'Sign in again.') : session() })
    const { signUp, session: current } = useSession()
    expect(await signUp('ada@example.com', 'correct horse battery')).toBe(ready)
    expect(Boolean(current.value)).toBe(ready)
  },
)

it.each([
  ['the server agrees', { success: true } as const],
  ['the server does not answer', refuse(503, 'unavailable', 'The database does not answer.')],
])('Signing out forgets the person and their data and leads to the sign-in page, when %s', async (_, reply) => {
  serve(readSession, { reply: session() })
  serve(deleteSession, { reply })
  const { load, signOut, session: current } = useSession()
  await load()
  useNuxtData('integrations').data.value = ['secret']
  await signOut()
  expect(current.value).toBeNull()
  expect(useNuxtData('integrations').data.value ?? null).toBeNull()
  expect(useRouter().currentRoute.value.path).toBe('/sign-in')
})

it('The forms for signing in and for a new account are checked by their contracts', async () => {
  const issues = async (form: typeof SIGN_IN | typeof SIGN_UP, value: unknown) =>
    (await form['~standard'].validate(value)).issues?.map(({ path }) => path?.[0])
  expect(await issues(SIGN_IN, { email: '', password: '' })).toEqual(['email', 'password'])
  expect(await issues(SIGN_IN, { email: 'ada@example.com', password: 'x' })).toBeUndefined()
  expect(await issues(SIGN_UP, { email: 'ada', password: 'short' })).toEqual(['email', 'password'])
})
