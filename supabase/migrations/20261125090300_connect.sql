-- One pending connect a row. Only service_role touches these tables: a user who could write a flow could choose the
-- token endpoint that receives the client secret.

create table public.oauth_flows (
  id uuid primary key,
  state_hash text not null,
  browser_hash text not null,
  provider text not null,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  integration_id uuid references public.integrations (id) on delete cascade,
  issuer text not null,
  authorization_endpoint text not null,
  token_endpoint text not null,
  redirect_uri text not null,
  code_verifier text,
  -- Of what is sealed in it.
  encryption_key_id text,
  scopes text[] not null default '{}',
  tenant jsonb not null default '{}',
  return_to text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint oauth_flows_state_hash_unique unique (state_hash),
  constraint oauth_flows_hash_form check (state_hash ~ '^[A-Za-z0-9_-]{43}$' and browser_hash ~ '^[A-Za-z0-9_-]{43}$'),
  constraint oauth_flows_code_verifier_sealed check (private.is_ciphertext(code_verifier)),
  constraint oauth_flows_tenant_sealed check (private.config_is_sealed(tenant)),
  -- RFC 9700 asks for a short life; ten minutes are what a person needs for a login with a second factor.
  constraint oauth_flows_short_lived check (expires_at <= created_at + interval '15 minutes')
);
create index oauth_flows_expires_at_idx on public.oauth_flows (expires_at);
create index oauth_flows_organization_id_idx on public.oauth_flows (organization_id);
create index oauth_flows_user_id_idx on public.oauth_flows (user_id);
create index oauth_flows_integration_id_idx on public.oauth_flows (integration_id);

-- A grant that covers several accounts, while the person picks which of them to keep.
create table public.connection_choices (
  id uuid primary key,
  provider text not null,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  config jsonb not null,
  accounts jsonb not null,
  granted_scopes text[] not null default '{}',
  token_expires_at timestamptz,
  encryption_key_id text not null,
  return_to text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint connection_choices_config_sealed check (private.config_is_sealed(config)),
  constraint connection_choices_accounts_sealed check (private.config_is_sealed(accounts))
);
create index connection_choices_expires_at_idx on public.connection_choices (expires_at);
create index connection_choices_organization_id_idx on public.connection_choices (organization_id);
create index connection_choices_user_id_idx on public.connection_choices (user_id);

alter table public.oauth_flows enable row level security;
alter table public.connection_choices enable row level security;
revoke all on public.oauth_flows, public.connection_choices from anon, authenticated;
grant all on public.oauth_flows, public.connection_choices to service_role;

-- Consumes a flow in one statement, so that of two callbacks with the same state exactly one gets it (RFC 6749 §4.1.2).
-- A callback from another browser does not consume it: else anyone who saw the URL could stop the person's own.
-- outcome: consumed | unknown | wrong_browser
create function public.consume_oauth_flow(p_state_hash text, p_browser_hash text)
returns table (outcome text, flow jsonb)
language plpgsql set search_path = ''
as $$
declare
  consumed public.oauth_flows;
begin
  delete from public.oauth_flows f
  where f.state_hash = p_state_hash and f.browser_hash = p_browser_hash
  returning f.* into consumed;
  if consumed.id is not null then
    return query select 'consumed', to_jsonb(consumed);
  elsif exists (select from public.oauth_flows f where f.state_hash = p_state_hash) then
    return query select 'wrong_browser', null::jsonb;
  else
    return query select 'unknown', null::jsonb;
  end if;
end
$$;

-- Returns how many pending connects were cleared away.
create function public.delete_expired_flows(p_now timestamptz) returns integer
language plpgsql set search_path = ''
as $$
declare
  deleted integer;
begin
  delete from public.oauth_flows f where f.expires_at < p_now;
  get diagnostics deleted = row_count;
  return deleted;
end
$$;

revoke all on function
  public.consume_oauth_flow,
  public.delete_expired_flows
from public, anon, authenticated, service_role;
grant execute on function
  public.consume_oauth_flow,
  public.delete_expired_flows
to service_role;

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
grant select (id, organization_id, client_env, client_id, updated_by,
  updated_at) on public.oauth_clients to authenticated;
create policy oauth_clients_select on public.oauth_clients for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));
