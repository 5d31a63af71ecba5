-- OAuth apps that an organisation registered for itself, instead of the operator's. The secret is sealed, as every credential is.

create table public.oauth_clients (
  id uuid primary key,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  -- Which app, by its name in OAUTH_<name>_CLIENT_ID: the Google products share one.
  client_env text not null,
  client_id text not null,
  -- {"client_secret": sealed for the row, "previous_client_secret": sealed, or not there}
  config jsonb not null,
  encryption_key_id text not null,
  updated_by uuid references auth.users (id) on delete set null,
  updated_at timestamptz not null,
  constraint oauth_clients_once unique (organization_id, client_env),
  constraint oauth_clients_env_form check (client_env ~ '^[A-Z][A-Z0-9_]{0,62}$'),
  constraint oauth_clients_id_length check (char_length(client_id) between 1 and 500),
  constraint oauth_clients_config_sealed check (private.config_is_sealed(config) and config ? 'client_secret')
);
create index oauth_clients_key_id_idx on public.oauth_clients (encryption_key_id);
create index oauth_clients_updated_by_idx on public.oauth_clients (updated_by);
alter table public.oauth_clients enable row level security;
revoke all on public.oauth_clients from anon, authenticated, service_role;
grant select, insert, update, delete on public.oauth_clients to service_role;
grant select (id, organization_id, client_env, client_id, updated_by, updated_at) on public.oauth_clients to authenticated;
create policy oauth_clients_select on public.oauth_clients for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));

create or replace function private.sealed_table(p_table text) returns table (id_column text, context_column text, sealed_column text)
language sql immutable set search_path = ''
as $$
  select s.id, s.context, s.sealed from (values
    ('integrations', 'id', 'id', 'config'),
    ('oauth_flows', 'id', 'id', 'code_verifier'),
    ('connection_choices', 'id', 'id', 'config'),
    ('revocations', 'id', 'integration_id', 'config'),
    ('webhook_receivers', 'integration_id', 'integration_id', 'config'),
    ('oauth_clients', 'id', 'id', 'config')
  ) s (name, id, context, sealed) where s.name = p_table
$$;

create or replace function public.count_sealed_rows() returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('table', c.name, 'key_id', c.key_id, 'rows', c.rows) order by c.name, c.key_id), '[]') from (
    select 'integrations' as name, i.encryption_key_id as key_id, count(*) as rows from public.integrations i where i.encryption_key_id is not null group by 2
    union all select 'oauth_flows', f.encryption_key_id, count(*) from public.oauth_flows f where f.code_verifier is not null group by 2
    union all select 'connection_choices', c.encryption_key_id, count(*) from public.connection_choices c group by 2
    union all select 'revocations', r.encryption_key_id, count(*) from public.revocations r where r.config is not null group by 2
    union all select 'webhook_receivers', w.encryption_key_id, count(*) from public.webhook_receivers w group by 2
    union all select 'oauth_clients', o.encryption_key_id, count(*) from public.oauth_clients o group by 2
  ) c
$$;

-- The keys that these secrets need count as well.
create or replace function public.database_guard() returns jsonb
language sql stable set search_path = ''
as $$
  with recursive key_ids (id) as (
    (select i.encryption_key_id from public.integrations i where i.encryption_key_id is not null order by 1 limit 1)
    union all
    select (select i.encryption_key_id from public.integrations i where i.encryption_key_id > k.id order by 1 limit 1)
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
      where has_column_privilege(r, 'public.integrations', 'config', 'select')), '[]')
  )
$$;

-- A grant belongs to the OAuth app that it was issued to: whoever ends it has to know which.
create or replace function private.queue_revocation() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if old.grant_holder_id is null and old.config ?| array['access_token', 'refresh_token']
     -- Others go on using it: delete_integration has handed the tokens over to one of them.
     and coalesce(current_setting('coffer.handed_over', true), '') <> old.id::text then
    insert into public.revocations (organization_id, integration_id, integration_type, external_account_id, encryption_key_id, config)
    values (old.organization_id, old.id, old.integration_type, old.external_account_id, old.encryption_key_id,
      jsonb_strip_nulls(jsonb_build_object('access_token', old.config -> 'access_token', 'refresh_token', old.config -> 'refresh_token', 'oauth_client', old.config -> 'oauth_client')));
  end if;
  return null;
end
$$;
create or replace function public.queue_expired_choices(p_now timestamptz, p_limit integer) returns integer
language sql set search_path = ''
as $$
  with expired as (
    delete from public.connection_choices c
    where c.id in (
      select e.id from public.connection_choices e where e.expires_at < p_now order by e.expires_at limit p_limit for update skip locked
    )
    returning c.*
  ), queued as (
    insert into public.revocations (organization_id, integration_id, integration_type, encryption_key_id, next_attempt_at, config)
    select e.organization_id, e.id, e.provider, e.encryption_key_id, p_now,
      jsonb_strip_nulls(jsonb_build_object('access_token', e.config -> 'access_token', 'refresh_token', e.config -> 'refresh_token', 'oauth_client', e.config -> 'oauth_client'))
    from expired e
    returning 1
  )
  select count(*)::int from queued
$$;
