-- Encryption keys: their use, the rotation of sealed values to a new key, and the questions that the server asks about
-- the whole database.

create table public.encryption_keys (
  key_id text primary key,
  first_used_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  encryptions bigint not null default 0,
  constraint encryption_keys_id_form check (key_id ~ '^[0-9a-f]{16}$'),
  constraint encryption_keys_range check (encryptions >= 0),
  constraint encryption_keys_times_finite check (isfinite(first_used_at) and isfinite(last_used_at))
);
comment on table public.encryption_keys is 'The keys that have sealed anything, since when, and how often.';
comment on column public.encryption_keys.key_id is 'A fingerprint of the key.';
comment on column public.encryption_keys.first_used_at is 'When it was first used to seal.';
comment on column public.encryption_keys.last_used_at is 'When it was last used to seal.';
comment on column public.encryption_keys.encryptions is 'How often it was used to seal.';
alter table public.encryption_keys enable row level security;
revoke all on public.encryption_keys from anon, authenticated, service_role;
grant select, insert, update on public.encryption_keys to service_role;

create function public.note_encryptions(p_key_id text, p_count bigint, p_now timestamptz) returns void
language sql set search_path = ''
as $$
  insert into public.encryption_keys as k (key_id, first_used_at, last_used_at, encryptions)
    values (p_key_id, p_now, p_now, p_count)
  on conflict (key_id) do update set last_used_at = greatest(k.last_used_at, excluded.last_used_at),
    encryptions = k.encryptions + excluded.encryptions
$$;
comment on function public.note_encryptions is 'Adds to a key''s count of uses.';

create table public.key_rotations (
  only_row boolean primary key default true check (only_row),
  key_id text not null,
  lease_owner uuid,
  lease_until timestamptz,
  started_at timestamptz not null,
  finished_at timestamptz,
  resealed bigint not null default 0,
  constraint key_rotations_range check (char_length(key_id) <= 64 and resealed >= 0),
  constraint key_rotations_times_finite check (isfinite(lease_until) and isfinite(started_at) and isfinite(finished_at))
);
comment on table public.key_rotations is 'The rotation of keys. Only one runs at a time.';
comment on column public.key_rotations.only_row is 'Always true.';
comment on column public.key_rotations.key_id is 'The key that seals all rows again.';
comment on column public.key_rotations.lease_owner is 'The process that has the lease.';
comment on column public.key_rotations.lease_until is 'When the lease ends by itself.';
comment on column public.key_rotations.started_at is 'When it began.';
comment on column public.key_rotations.finished_at is 'When no row was left.';
comment on column public.key_rotations.resealed is 'How many rows it has sealed again.';
alter table public.key_rotations enable row level security;
revoke all on public.key_rotations from anon, authenticated, service_role;
grant select, insert, update on public.key_rotations to service_role;

create function public.lease_rotation(
  p_key_id text, p_owner uuid, p_resealed bigint, p_seconds integer, p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
begin
  insert into public.key_rotations as r (key_id, lease_owner, lease_until, started_at)
    values (p_key_id, p_owner, p_now + make_interval(secs => p_seconds), p_now)
  on conflict (only_row) do update set
    lease_owner = p_owner, lease_until = p_now + make_interval(secs => p_seconds),
    resealed = case when r.key_id = p_key_id and r.finished_at is null then r.resealed else 0 end + p_resealed,
    started_at = case when r.key_id = p_key_id and r.finished_at is null then r.started_at else p_now end,
    finished_at = null, key_id = p_key_id
  where r.lease_owner = p_owner or r.lease_until is null or r.lease_until < p_now;
  return found;
end
$$;
comment on function public.lease_rotation is
  'Begins a rotation to a key, continues an interrupted one, or renews its lease. False while another process rotates.';

create function public.end_rotation(p_owner uuid, p_finished boolean, p_now timestamptz) returns void
language sql set search_path = ''
as $$
  update public.key_rotations r set lease_owner = null, lease_until = null, finished_at = case when p_finished
    then p_now end where r.lease_owner = p_owner
$$;
comment on function public.end_rotation is 'Ends the lease of a rotation. p_finished: no row is left.';

create function private.sealed_table(p_table text)
returns table (id_column text, context_column text, sealed_column text, source text, key_alias text)
language sql immutable set search_path = ''
as $$
  select s.id, s.context, s.sealed,
    -- The key of an integration is in the server's own table beside it.
    case when s.name = 'integrations'
      then 'public.integrations t join public.credential_state k on k.integration_id = t.id'
      else format('public.%I t', s.name) end,
    case when s.name = 'integrations' then 'k' else 't' end
  from (values
    ('integrations', 'id', 'id', 'config'),
    ('oauth_flows', 'id', 'id', 'code_verifier'),
    ('connection_choices', 'id', 'id', 'config'),
    ('revocations', 'id', 'integration_id', 'config'),
    ('webhook_receivers', 'integration_id', 'integration_id', 'config'),
    ('oauth_clients', 'id', 'id', 'config')
  ) s (name, id, context, sealed) where s.name = p_table
$$;
comment on function private.sealed_table is
  'Every column that holds ciphertext of Coffer''s keys. server/vault/sealed-columns.ts has the same list; '
  'tests/db/keys.spec.ts compares the two with each other and with the constraints.';
revoke all on function private.sealed_table from public;
grant execute on function private.sealed_table to service_role;

create function public.guarded_columns() returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(distinct jsonb_build_object('table', r.relname, 'column', a.attname)), '[]')
  from pg_catalog.pg_constraint c
  join pg_catalog.pg_class r on r.oid = c.conrelid and r.relnamespace = 'public'::regnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
  where c.contype = 'c'
    and pg_catalog.pg_get_constraintdef(c.oid) ~ (
      'private\.(config_is_sealed|holds_no_secret|is_ciphertext)\(\(?' || a.attname)
$$;
comment on function public.guarded_columns is
  'Returns the columns of public that a constraint checks so that no secret is readable: [{"table", "column"}]. Each '
  'must be sealed, or known to hold no secret.';

create function public.sealed_rows(p_table text, p_key_id text, p_after uuid, p_limit integer) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  about record;
  rows jsonb;
begin
  select * into strict about from private.sealed_table(p_table);
  execute format($sql$
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', s.id, 'organization_id', s.organization_id, 'context_id', s.context_id, 'value', s.value,
      'key_id', s.key_id, 'fence', md5(s.value::text)) order by s.id), '[]')
    from (
      select t.%1$I as id, t.organization_id, t.%2$I as context_id, to_jsonb(t.%3$I) as value,
        %5$s.encryption_key_id as key_id
      from %4$s
      where t.%3$I is not null and ($1 is null or %5$s.encryption_key_id = $1) and ($2 is null or t.%1$I > $2)
      order by t.%1$I limit $3
    ) s $sql$, about.id_column, about.context_column, about.sealed_column, about.source, about.key_alias)
  into rows using p_key_id, p_after, p_limit;
  return rows;
end
$$;
comment on function public.sealed_rows is
  'Returns rows of one table that have a sealed value, by id: those under a key, or all of them without p_key_id. '
  'fence is the state that the row must still have when its new value is written. [{"id", "organization_id", '
  '"context_id", "value", "key_id", "fence"}]';

create function public.count_sealed_rows() returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('table', c.name, 'key_id', c.key_id, 'rows', c.rows) order by c.name,
    c.key_id), '[]') from (
    select 'integrations' as name, s.encryption_key_id as key_id, count(*) as rows
    from public.credential_state s where s.encryption_key_id is not null group by 2
    union all select 'oauth_flows', f.encryption_key_id, count(*) from public.oauth_flows f
      where f.code_verifier is not null group by 2
    union all select 'connection_choices', c.encryption_key_id, count(*) from public.connection_choices c group by 2
    union all select 'revocations', r.encryption_key_id, count(*) from public.revocations r where r.config is not null
      group by 2
    union all select 'webhook_receivers', w.encryption_key_id, count(*) from public.webhook_receivers w group by 2
    union all select 'oauth_clients', o.encryption_key_id, count(*) from public.oauth_clients o group by 2
  ) c
$$;
comment on function public.count_sealed_rows is
  'Returns how many rows of each table each key seals: [{"table", "key_id", "rows"}].';

create function public.reseal(p_table text, p_rows jsonb, p_key_id text, p_now timestamptz) returns integer
language plpgsql set search_path = ''
as $$
declare
  about record;
  of_integrations boolean := p_table = 'integrations';
  taken jsonb;
begin
  select * into strict about from private.sealed_table(p_table);
  perform set_config('coffer.reseal', 'on', true);
  execute format($sql$
    with given as (
      select (g ->> 'id')::uuid as id, g -> 'value' as value, g ->> 'fence' as fence from jsonb_array_elements($1) g
    ), locked as (
      select t.%1$I as id, g.value from %2$s join given g on g.id = t.%1$I
      where md5(to_jsonb(t.%3$I)::text) = g.fence %4$s
      order by t.%1$I for update of %5$s skip locked
    ), written as (
      update public.%6$I t set %3$I = %7$s %8$s from locked l where t.%1$I = l.id
      returning t.%1$I as id, t.organization_id
    )
    select coalesce(jsonb_agg(jsonb_build_object('id', w.id, 'organization_id', w.organization_id)), '[]')
    from written w $sql$,
    about.id_column, about.source, about.sealed_column,
    case when of_integrations then 'and (k.lease_until is null or k.lease_until < $3)' else '' end,
    case when of_integrations then 't, k' else 't' end,
    p_table,
    case when p_table = 'oauth_flows' then 'l.value #>> ''{}''' else 'l.value' end,
    case when of_integrations then '' else ', encryption_key_id = $2' end)
  into taken using p_rows, p_key_id, p_now;
  if of_integrations then
    update public.credential_state s set encryption_key_id = p_key_id
    where s.integration_id in (select (t ->> 'id')::uuid from jsonb_array_elements(taken) t);
  end if;
  perform set_config('coffer.reseal', '', true);
  insert into public.audit_log (organization_id, actor_kind, action, outcome, details)
  select (t ->> 'organization_id')::uuid, 'service', 'credential.open', 'success',
    jsonb_build_object('purpose', 'rotate', 'of', p_table, 'rows', count(*), 'to', p_key_id)
  from jsonb_array_elements(taken) t group by 1 order by 1;
  return jsonb_array_length(taken);
end
$$;
comment on function public.reseal is
  'Writes values in their new form, each only if the row has not changed and, for integrations, while nobody '
  'refreshes it. The credentials stay the same, so their version does too. One audit row per organization says how '
  'many were opened. p_rows: [{"id", "value", "fence"}]. Returns how many were written.';

create function public.metrics_snapshot(p_now timestamptz) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'integrations', (select coalesce(jsonb_agg(jsonb_build_object('type', s.integration_type, 'status', s.status,
      'count', s.count)), '[]')
      from (select i.integration_type, i.status, count(*) from public.integrations i group by 1, 2) s),
    'due', (select count(*) from public.credential_state s
      where s.refreshable and s.grant_holder_id is null and s.next_refresh_at <= p_now),
    'overdue', (select count(*) from public.credential_state s
      where s.refreshable and s.grant_holder_id is null and s.next_refresh_at <= p_now - interval '15 minutes'),
    'leases', (select count(*) from public.credential_state s where s.lease_until > p_now)
      + (select count(*) from public.poll_jobs j where j.lease_until > p_now) + (select count(*)
        from public.assessments a where a.lease_until > p_now),
    'polls_due', (select count(*) from public.poll_jobs j where not j.paused and j.next_poll_at <= p_now),
    'scans_waiting', (select count(*) from public.assessments a where a.status = 'queued'),
    'revocations_pending', (select count(*) from public.revocations r where r.outcome = 'pending'),
    'breakers_open', (select count(*) from public.breakers e where e.open_until > p_now),
    'sealed', public.count_sealed_rows(),
    'keys', (select coalesce(jsonb_agg(jsonb_build_object('key_id', k.key_id, 'age_seconds',
      extract(epoch from p_now - k.first_used_at)::bigint, 'encryptions', k.encryptions)), '[]')
        from public.encryption_keys k))
$$;
comment on function public.metrics_snapshot is
  'Returns the numbers of the database that the metrics show, in one query.';

create function public.database_guard() returns jsonb
language sql stable set search_path = ''
as $$
  with recursive key_ids (id) as (
    (select s.encryption_key_id from public.credential_state s where s.encryption_key_id is not null order by 1 limit 1)
    union all
    select (
      select s.encryption_key_id from public.credential_state s where s.encryption_key_id > k.id order by 1 limit 1)
    from key_ids k where k.id is not null
  ), needed (id) as (
    select id from key_ids where id is not null
    union
    select r.encryption_key_id from public.revocations r where r.outcome = 'pending' and r.encryption_key_id is not null
    union
    select w.encryption_key_id from public.webhook_receivers w
    union
    select o.encryption_key_id from public.oauth_clients o
    union
    select c.encryption_key_id from public.connection_choices c where c.expires_at > now()
    union
    select f.encryption_key_id from public.oauth_flows f where f.encryption_key_id is not null and f.expires_at > now()
  )
  select jsonb_build_object(
    'key_ids', coalesce((select jsonb_agg(id order by id) from needed), '[]'),
    'config_readable_by', coalesce((
      select jsonb_agg(r) from unnest(array['anon', 'authenticated']) r
      where has_column_privilege(r, 'public.integrations', 'config', 'select')
        or has_table_privilege(r, 'public.credential_state', 'select')), '[]')
  )
$$;
comment on function public.database_guard is
  'Returns the facts that the server checks before it takes requests: {"key_ids": the keys that sealed rows need, '
  '"config_readable_by": roles of users that could read config or credential_state}. A platform that grants '
  'everything on start would undo the column grants silently.';

revoke all on function
  public.note_encryptions,
  public.lease_rotation,
  public.end_rotation,
  public.guarded_columns,
  public.sealed_rows,
  public.count_sealed_rows,
  public.reseal,
  public.metrics_snapshot,
  public.database_guard
from public, anon, authenticated, service_role;
grant execute on function
  public.note_encryptions,
  public.lease_rotation,
  public.end_rotation,
  public.guarded_columns,
  public.sealed_rows,
  public.count_sealed_rows,
  public.reseal,
  public.metrics_snapshot,
  public.database_guard
to service_role;
