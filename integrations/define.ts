import * as z from 'zod'
import type { Limits } from './platform.ts'
import type { PollEndpoint } from './poll.ts'
import type { Check } from './scan.ts'
import type { Webhook } from './webhook.ts'

/**
 * What a provider is. Data first: the engine in server/oauth runs every flow from these fields. What no field can say
 * is one of the two small functions at the end.
 */

/**
 * A client for the provider's API, authorised with the token that was just issued. Paths and responses are checked by
 * it.
 */
export interface ProviderApi {
  /** GETs JSON from an absolute https URL of the provider. @throws when the answer is not 2xx or not of this shape */
  get<T>(url: string, schema: z.ZodType<T>, headers?: Record<string, string>): Promise<T>
}

/** An account (or project, or workspace) that a grant gives access to. */
export interface Account {
  /** Stable at the provider; a reconnect of the same id updates the row in place. */
  id: string
  /** What a person calls it. */
  name: string
  /** Kept in `config`, beside the credentials: readable where `plainConfig` names it, sealed otherwise. */
  metadata?: Record<string, string>
}

const httpsUrl = z.url({ protocol: /^https$/ })

/** A revocation ends everything that the account ever gave this OAuth app, not only the grant of the token. */
const endsEverything = z.boolean().default(false)

const Revocation = z.discriminatedUnion('style', [
  /** RFC 7009: POST form with client authentication. */
  z.strictObject({
    style: z.literal('rfc7009'),
    endpoint: httpsUrl,
    token: z.enum(['refresh_token', 'access_token']).default('refresh_token'),
    endsEverything,
  }),
  /** Supabase: POST JSON with the client's id and secret in the body. */
  z.strictObject({ style: z.literal('json'), endpoint: httpsUrl, endsEverything }),
  /** GitHub: DELETE with Basic client authentication and the access token as JSON. `{client_id}` is filled in. */
  z.strictObject({ style: z.literal('github'), endpoint: z.string().startsWith('https://'), endsEverything }),
])
export type Revocation = z.infer<typeof Revocation>

const ProviderData = z.strictObject({
  /** Also the integration_type of its rows, and its path under /api/auth/. */
  id: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/),
  name: z.string().min(1),
  description: z.string().min(1).max(120),
  /** Icon name in the bundled collections. */
  icon: z.string().regex(/^i-(simple-icons|lucide)-[a-z0-9-]+$/),
  /** Where an operator registers the OAuth app. */
  setupUrl: z.url(),
  docsUrl: z.url(),
  /** Reads OAUTH_<clientEnv>_CLIENT_ID and …_CLIENT_SECRET; several providers may share an app (Google). */
  clientEnv: z.string().regex(/^[A-Z][A-Z0-9_]*$/),

  /** Set where the server identifies itself: `iss` and id tokens are compared with it. */
  issuer: z.url().optional(),
  /** RFC 9207: the server always sends `iss`, so a response without it is refused. */
  issParameter: z.boolean().default(false),
  authorizationEndpoint: z.url(),
  tokenEndpoint: z.url(),
  revocation: Revocation.optional(),

  /** Asked for. Empty where scopes are fixed on the OAuth app. */
  scopes: z.array(z.string().min(1)),
  scopeSeparator: z.enum([' ', ',']).default(' '),
  /** How the answer separates granted scopes, where it differs from the question (GitHub: a comma). */
  grantedScopeSeparator: z.enum([' ', ',']).optional(),
  authorizationParams: z.record(z.string(), z.string()).default({}),
  /** S256, or why the provider cannot take it. */
  pkce: z.union([z.literal('S256'), z.strictObject({ disabledBecause: z.string().min(10) })]).default('S256'),
  clientAuth: z.enum(['basic', 'post']),
  tokenHeaders: z.record(z.string(), z.string()).default({}),
  /** `own`: /api/auth/callback/<id>, the default (mix-up defence). `shared`: the bare /api/auth/callback. */
  callback: z.enum(['own', 'shared']).default('own'),

  refresh: z.strictObject({
    /** A refresh answers with a new refresh token and the old one dies. */
    rotates: z.boolean(),
    /** The previous access token stops working at once, so no early refresh while someone holds it. */
    killsAccessToken: z.boolean().default(false),
    /** Seconds an access token lives when the answer does not say; null: it does not expire. */
    defaultLifetime: z.number().int().positive().nullable(),
    /** Days after consent at which the grant ends, whatever happens: refreshing does not extend it. */
    absoluteLifetimeDays: z.number().int().positive().optional(),
    /**
     * Days after which a refresh token that nobody used lapses, where the answer does not say. Each refresh begins
     * them anew.
     */
    idleLifetimeDays: z.number().int().positive().optional(),
    /** Error codes that mean a dead refresh token, beside `invalid_grant`. */
    deadTokenCodes: z.array(z.string()).default([]),
    /** Statuses without an error code that mean it. */
    deadTokenStatuses: z.array(z.number().int()).default([]),
  }),
  /**
   * Names of metadata that stays readable in `config`. Never a secret, and nothing that a secret is sent to. They are on
   * the list in server/utils/sensitive-keys.ts as well; a test compares.
   */
  plainConfig: z.array(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/)).default([]),
  /** One grant can cover several accounts, and the person picks. */
  picksAccounts: z.boolean().default(false),
  /** How fast pollers and scanners may ask. Without a documented bound: carefully. */
  limits: z.custom<Limits>().default({ perSecond: 5, concurrency: 10, counts: 'app' }),
  /** What is fetched regularly. */
  poll: z.custom<readonly PollEndpoint[]>().default([]),
  /** Scopes that allow more than what is used, and why that is worth knowing. */
  wideScopes: z.record(z.string(), z.string()).default({}),
  /** What a scan looks at, beside the scopes. */
  checks: z.custom<readonly Check[]>().default([]),
  webhook: z.custom<Webhook>().optional(),
})

export type ProviderInput = z.input<typeof ProviderData> & ProviderFunctions
export type Provider = z.output<typeof ProviderData> & ProviderFunctions

interface ProviderFunctions {
  /** Says which accounts the grant covers. At least one. */
  identifyAccounts(api: ProviderApi): Promise<Account[]>
  /** Makes the provider's token answer (errors included) what RFC 6749 §5 says it looks like. */
  normalizeTokenResponse?(body: Record<string, unknown>): Record<string, unknown>
}

/**
 * Checks and completes a definition.
 * @throws when a field is missing or not of its form, naming it
 */
export function defineProvider({ identifyAccounts, normalizeTokenResponse, ...data }: ProviderInput): Provider {
  const parsed = ProviderData.safeParse(data)
  if (!parsed.success) throw new Error(`integrations/${data.id}: ${z.prettifyError(parsed.error)}`)
  return { ...parsed.data, identifyAccounts, ...(normalizeTokenResponse ? { normalizeTokenResponse } : {}) }
}
