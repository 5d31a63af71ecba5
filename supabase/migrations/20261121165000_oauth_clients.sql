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
