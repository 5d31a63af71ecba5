/**
 * Every column that holds something sealed with Coffer's keys. Rotation and its proof work through this list. SQL holds
 * the same list (private.sealed_table). A test fails when a constraint keeps a column sealed and neither list in this
 * file contains it.
 */
export const SEALED_COLUMNS = [
  { table: 'integrations', column: 'config' },
  { table: 'oauth_flows', column: 'code_verifier' },
  { table: 'connection_choices', column: 'config' },
  { table: 'revocations', column: 'config' },
  { table: 'webhook_receivers', column: 'config' },
  { table: 'oauth_clients', column: 'config' },
] as const

/** Columns that hold no secret. A constraint checks them, so that none gets in by mistake. */
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
