import * as z from 'zod'
import type { Limits } from './platform.ts'
import type { Source } from './poll.ts'
import type { Rule } from './scan.ts'
import type { Webhook } from './webhook.ts'

/**
 * The definition of a provider. Most of it is data: the engine in server/oauth runs every flow from these fields. The
 * two small functions at the end express what no field can.
 */

/** A client for the provider's API, authorized with the token that was just issued. It checks every response. */
export interface ProviderApi {
  /** GETs JSON from an absolute https URL of the provider. @throws when the answer is not 2xx or not of this shape */
  get<T>(url: string, schema: z.ZodType<T>, headers?: Record<string, string>): Promise<T>
}

/** An account (or project, or workspace) that a grant gives access to. */
export interface Account {
  /** The id must be stable at the provider. A reconnect of the same id updates the row in place. */
  id: string
  /** The name that people know it by. */
  name: string
  /** Stored in `config`, beside the credentials: readable if `plainConfig` names it, sealed otherwise. */
  metadata?: Record<string, string>
}

/** The description of a platform that people see, no matter how its accounts are connected. */
export interface Platform {
  /** Also the integration_type of its rows. */
  id: string
  /** oauth: connected by a grant that the platform gives. password: by a password that a person enters. */
  kind: 'oauth' | 'password'
  name: string
  /** Icon name in the bundled collections. */
  icon: string
}

const httpsUrl = z.url({ protocol: /^https$/ })

/** Whether a revocation ends every grant of the account to this OAuth app, not only the grant of the token. */
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
  kind: z.literal('oauth').default('oauth'),
  name: z.string().min(1),
  description: z.string().min(1).max(120),
  /** Icon name in the bundled collections. */
  icon: z.string().regex(/^i-(simple-icons|lucide)-[a-z0-9-]+$/),
  /** Where an operator registers the OAuth app. */
  setupUrl: z.url(),
  docsUrl: z.url(),
  /** Part of the names OAUTH_<clientEnv>_CLIENT_ID and …_CLIENT_SECRET. Several providers may share an app (Google). */
  clientEnv: z.string().regex(/^[A-Z][A-Z0-9_]*$/),

  /** Whether people may enter their own OAuth app. */
  ownApps: z.boolean().default(true),

  /** Set where the server identifies itself. `iss` and id tokens are compared with it. */
  issuer: z.url().optional(),
  /** The server always sends `iss` (RFC 9207), so a response without it is refused. */
  issParameter: z.boolean().default(false),
  authorizationEndpoint: z.url(),
  tokenEndpoint: z.url(),
  revocation: Revocation.optional(),

  /** The scopes to ask for. Empty where scopes are fixed on the OAuth app. */
  scopes: z.array(z.string().min(1)),
  scopeSeparator: z.enum([' ', ',']).default(' '),
  /** How the answer separates granted scopes, where that differs from the request (GitHub: a comma). */
  grantedScopeSeparator: z.enum([' ', ',']).optional(),
  authorizationParams: z.record(z.string(), z.string()).default({}),
  /** S256, or the reason why the provider cannot take it. */
  pkce: z.union([z.literal('S256'), z.strictObject({ disabledBecause: z.string().min(10) })]).default('S256'),
  clientAuth: z.enum(['basic', 'post']),
  tokenHeaders: z.record(z.string(), z.string()).default({}),
  /** `own`: /api/auth/callback/<id>, the default (mix-up defence). `shared`: the bare /api/auth/callback. */
  callback: z.enum(['own', 'shared']).default('own'),

  refresh: z.strictObject({
    /** A refresh returns a new refresh token and ends the old one. */
    rotates: z.boolean(),
    /** A refresh ends the previous access token at once, so Coffer does not refresh while work uses it. */
    killsAccessToken: z.boolean().default(false),
    /** Seconds that an access token lives when the answer does not say. null: it does not expire. */
    defaultLifetime: z.number().int().positive().nullable(),
    /** Days after consent at which the grant ends. Refreshing does not extend it. */
    absoluteLifetimeDays: z.number().int().positive().optional(),
    /**
     * Days after which an unused refresh token lapses, if the answer does not say. Each refresh starts the count again.
     */
    idleLifetimeDays: z.number().int().positive().optional(),
    /** Error codes that mean a dead refresh token, in addition to `invalid_grant`. */
    deadTokenCodes: z.array(z.string()).default([]),
    /** Statuses that mean a dead refresh token when no error code comes with them. */
    deadTokenStatuses: z.array(z.number().int()).default([]),
  }),
  /**
   * Names of metadata that stay readable in `config`. They must not name a secret, nor an address that a secret is sent
   * to. The list in server/utils/sensitive-keys.ts contains them too; a test compares the two.
   */
  plainConfig: z.array(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/)).default([]),
  /** One grant can cover several accounts, of which the person picks. */
  picksAccounts: z.boolean().default(false),
  /** How fast pollers and scanners may ask. The default is careful, for platforms that document no limit. */
  limits: z.custom<Limits>().default({ perSecond: 5, concurrency: 10, counts: 'app' }),
  /** The sources that are fetched regularly. */
  poll: z.custom<readonly Source[]>().default([]),
  /** Scopes that allow more than Coffer uses, each with a sentence for people. */
  wideScopes: z.record(z.string(), z.string()).default({}),
  /** The rules of a scan, in addition to the one about scopes. */
  rules: z.custom<readonly Rule[]>().default([]),
  webhook: z.custom<Webhook>().optional(),
})

export type ProviderInput = z.input<typeof ProviderData> & ProviderFunctions
export type Provider = z.output<typeof ProviderData> & ProviderFunctions

interface ProviderFunctions {
  /** Returns the accounts that the grant covers, at least one. */
  identifyAccounts(api: ProviderApi): Promise<Account[]>
  /** Brings the provider's token answers, errors included, into the form of RFC 6749 §5. */
  normalizeTokenResponse?(body: Record<string, unknown>): Record<string, unknown>
}

/**
 * Checks a definition and fills in its defaults.
 * @throws Error that names each field that is missing or malformed
 */
export function defineProvider({ identifyAccounts, normalizeTokenResponse, ...data }: ProviderInput): Provider {
  const parsed = ProviderData.safeParse(data)
  if (!parsed.success) throw new Error(`integrations/${data.id}: ${z.prettifyError(parsed.error)}`)
  return { ...parsed.data, identifyAccounts, ...(normalizeTokenResponse ? { normalizeTokenResponse } : {}) }
}
