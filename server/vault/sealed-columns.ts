/**
 * Every column that holds something sealed with Coffer's keys. Rotation works through this list, and its proof is
 * about it; the same list stands in SQL (private.sealed_table). A column that a constraint keeps sealed and that is
 * in neither list fails the suite.
 */
export const SEALED_COLUMNS = [
  { table: 'integrations', column: 'config' },
  { table: 'oauth_flows', column: 'code_verifier' },
  { table: 'connection_choices', column: 'config' },
  { table: 'revocations', column: 'config' },
  { table: 'webhook_receivers', column: 'config' },
  { table: 'oauth_clients', column: 'config' },
] as const

/** Columns that a constraint looks at so that no secret gets in by mistake, and that hold none. */
export const GUARDED_COLUMNS = [
  {
    table: 'credential_state',
    column: 'refresh_state',
    because: 'a keyed fingerprint of the token that is being sent; compared under every known key',
  },
  { table: 'connection_choices', column: 'accounts', because: 'names and ids of accounts' },
  { table: 'audit_log', column: 'details', because: 'what happened, without a secret' },
  { table: 'findings', column: 'evidence', because: 'what a scan saw, redacted' },
] as const
