import { createHash } from 'node:crypto'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { SqlSession } from '../embedded/migrate.ts'

const SCHEMA = `
  create schema if not exists sandbox;
  create table if not exists sandbox.oidc (
    model text not null, id text not null, payload jsonb not null, grant_id text, uid text, user_code text,
    expires_at timestamptz, primary key (model, id));
  create index if not exists oidc_grant_idx on sandbox.oidc (grant_id);
  create index if not exists oidc_uid_idx on sandbox.oidc (model, uid);
  create table if not exists sandbox.state (name text primary key, value jsonb not null);
  revoke all on schema sandbox from public;`

/** Creates the sandbox's own schema if it does not exist, and deletes what has expired. */
export async function createStorage(session: SqlSession): Promise<void> {
  await session.exec(SCHEMA)
  await session.query('delete from sandbox.oidc where expires_at < now()')
}

/** Returns the value stored under a name. It is made and stored the first time. */
export async function remember<T>(session: SqlSession, name: string, make: () => Promise<T> | T): Promise<T> {
  const known = await recall(session, name)
  if (known !== undefined) return known as T
  await session.query('insert into sandbox.state (name, value) values ($1, $2) on conflict do nothing', [
    name,
    JSON.stringify(await make()),
  ])
  return (await recall(session, name)) as T
}

/** Returns the value stored under a name, or undefined. */
export async function recall(session: SqlSession, name: string): Promise<unknown> {
  const { rows } = await session.query<{ value: unknown }>('select value from sandbox.state where name = $1', [name])
  return rows[0]?.value ?? undefined
}

/** Stores a value under a name, in place of the one before. */
export async function replace(session: SqlSession, name: string, value: unknown): Promise<void> {
  await session.query(
    'insert into sandbox.state (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value',
    [name, JSON.stringify(value)],
  )
}

// The ids of these models are the tokens themselves. They are stored hashed, as any authorization server should do.
const BEARERS = new Set(['AccessToken', 'RefreshToken', 'AuthorizationCode'])

const UPSERT = `
  insert into sandbox.oidc (model, id, payload, grant_id, uid, user_code, expires_at)
  values ($1, $2, $3, $4, $5, $6,
    case when $7::int is null then null else now() + make_interval(secs => $7::int) end)
  on conflict (model, id) do update set
    payload = excluded.payload,
    grant_id = excluded.grant_id,
    uid = excluded.uid,
    expires_at = excluded.expires_at`

const CONSUME = `
  update sandbox.oidc
  set payload = payload || jsonb_build_object('consumed', extract(epoch from now())::int)
  where model = $1 and id = $2`

/** oidc-provider's storage in the embedded database, so that grants survive a restart. */
export function adapterFor(session: SqlSession): new (model: string) => Adapter {
  return class extends DatabaseAdapter {
    constructor(model: string) {
      super(session, model)
    }
  }
}

/** Stores one of oidc-provider's models. */
class DatabaseAdapter implements Adapter {
  readonly #session: SqlSession
  readonly #model: string

  constructor(session: SqlSession, model: string) {
    this.#session = session
    this.#model = model
  }

  #key(id: string): string {
    return BEARERS.has(this.#model) ? createHash('sha256').update(id).digest('base64url') : id
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const { jti, ...rest } = payload
    await this.#session.query(UPSERT, [
      this.#model,
      this.#key(id),
      JSON.stringify(BEARERS.has(this.#model) ? rest : { jti, ...rest }),
      payload.grantId ?? null,
      payload.uid ?? null,
      payload.userCode ?? null,
      expiresIn ?? null,
    ])
  }

  async #findBy(column: 'id' | 'uid' | 'user_code', value: string): Promise<AdapterPayload | undefined> {
    const { rows } = await this.#session.query<{ payload: AdapterPayload }>(
      `select payload from sandbox.oidc
       where model = $1 and ${column} = $2 and (expires_at is null or expires_at > now())`,
      [this.#model, value],
    )
    return rows[0]?.payload
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const payload = await this.#findBy('id', this.#key(id))
    return payload && BEARERS.has(this.#model) ? { ...payload, jti: id } : payload
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#findBy('uid', uid)
  }

  findByUserCode(code: string): Promise<AdapterPayload | undefined> {
    return this.#findBy('user_code', code)
  }

  async consume(id: string): Promise<void> {
    await this.#session.query(CONSUME, [this.#model, this.#key(id)])
  }

  async destroy(id: string): Promise<void> {
    await this.#session.query('delete from sandbox.oidc where model = $1 and id = $2', [this.#model, this.#key(id)])
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#session.query('delete from sandbox.oidc where grant_id = $1', [grantId])
  }
}
