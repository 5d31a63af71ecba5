import * as z from 'zod'
import { defineContract, Uuid } from './contract.ts'

const Credentials = z.strictObject({
  email: z.email('Enter an e-mail address, such as ada@example.com').max(254, 'Enter a shorter e-mail address'),
  // bcrypt reads no more than 72 bytes and would cut a longer password silently.
  password: z
    .string()
    .min(10, 'Use at least 10 characters')
    .refine(text => new TextEncoder().encode(text).length <= 72, 'Use a shorter password: at most 72 bytes'),
})

// Sign-in says nothing about the form of the right password.
const SignIn = z.strictObject({
  email: z.string().min(1, 'Enter your e-mail address').max(254, 'Enter a shorter e-mail address'),
  password: z.string().min(1, 'Enter your password').max(1000, 'Enter a shorter password'),
})

const User = z.object({ id: Uuid, email: z.string() })

export const Session = z
  .object({
    user: User,
    organizations: z.array(
      z.object({
        id: Uuid,
        name: z.string(),
        role: z.enum(['owner', 'admin', 'member', 'viewer']),
        personal: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

const SignedIn = z.object({ success: z.literal(true), user: User })

export const createAccount = defineContract({
  method: 'POST',
  path: '/api/account',
  summary: 'Create an account and sign in',
  access: 'public',
  body: Credentials,
  status: 201,
  response: z.object({ success: z.literal(true), user: User, confirmation_needed: z.boolean() }),
})

export const createSession = defineContract({
  method: 'POST',
  path: '/api/session',
  summary: 'Sign in: sets the session cookie',
  access: 'public',
  body: SignIn,
  status: 200,
  response: SignedIn,
})

export const readSession = defineContract({
  method: 'GET',
  path: '/api/session',
  summary: 'Who is signed in, and their organizations',
  access: 'session',
  status: 200,
  response: Session,
})

export const deleteSession = defineContract({
  method: 'DELETE',
  path: '/api/session',
  summary: 'Sign out',
  access: 'session',
  status: 200,
  response: z.object({ success: z.literal(true) }),
})
