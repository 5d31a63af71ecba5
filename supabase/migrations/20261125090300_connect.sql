-- Connecting: pending connections, grants that wait for a choice, and the OAuth apps of organizations. Only
-- service_role touches flows and choices: a user who could write a flow could choose the token endpoint that receives
-- the client secret.

-- Pending connections
-- ----------------------------------------------------------------------------------------------------

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
  encryption_key_id text,
  scopes text[] not null default '{}',
  return_to text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint oauth_flows_state_hash_unique unique (state_hash),
  constraint oauth_flows_hash_form check (
    state_hash ~ '^[A-Za-z0-9_-]{43}$' and browser_hash ~ '^[A-Za-z0-9_-]{43}$'
  ),
  constraint oauth_flows_provider_form check (provider ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint oauth_flows_addresses_length check (
    char_length(issuer) <= 2000 and char_length(authorization_endpoint) <= 2000
    and char_length(token_endpoint) <= 2000 and char_length(redirect_uri) <= 2000 and char_length(return_to) <= 2000
  ),
  constraint oauth_flows_code_verifier_sealed check (private.is_ciphertext(code_verifier)),
  constraint oauth_flows_code_verifier_size check (octet_length(code_verifier) <= 1000),
  constraint oauth_flows_key_id_length check (char_length(encryption_key_id) between 1 and 64),
  constraint oauth_flows_scopes_form check (private.is_list_of_text(scopes, 1000, 65536)),
  constraint oauth_flows_times_finite check (isfinite(created_at) and isfinite(expires_at)),
  -- RFC 9700 asks for a short lifetime. A person needs up to ten minutes for a login with a second factor.
  constraint oauth_flows_short_lived check (expires_at <= created_at + interval '15 minutes')
);
create index oauth_flows_expires_at_idx on public.oauth_flows (expires_at);
create index oauth_flows_organization_id_idx on public.oauth_flows (organization_id);
create index oauth_flows_user_id_idx on public.oauth_flows (user_id);
create index oauth_flows_integration_id_idx on public.oauth_flows (integration_id);
comment on table public.oauth_flows is
  'One row per pending connection. It is deleted when the callback consumes it, or after it has expired.';
comment on column public.oauth_flows.id is 'The id. The code verifier is sealed for it.';
comment on column public.oauth_flows.state_hash is 'SHA-256 of the state parameter.';
comment on column public.oauth_flows.browser_hash is
  'SHA-256 of the cookie that binds the flow to its browser (RFC 9700 §4.7.1).';
comment on column public.oauth_flows.provider is 'The provider.';
comment on column public.oauth_flows.organization_id is 'The organization that the account is connected for.';
comment on column public.oauth_flows.user_id is 'The person who started it.';
comment on column public.oauth_flows.integration_id is 'The integration that is reconnected; null for a new one.';
comment on column public.oauth_flows.issuer is 'The issuer that the answer must name (RFC 9207).';
comment on column public.oauth_flows.authorization_endpoint is 'The endpoint that the browser was sent to.';
comment on column public.oauth_flows.token_endpoint is 'The endpoint that exchanges the code.';
comment on column public.oauth_flows.redirect_uri is 'The address to which the provider sends the browser back.';
comment on column public.oauth_flows.code_verifier is
  'The PKCE verifier, sealed. Null where the provider does not support PKCE.';
comment on column public.oauth_flows.encryption_key_id is 'The key that the verifier is sealed with.';
comment on column public.oauth_flows.scopes is 'The scopes that were asked for.';
comment on column public.oauth_flows.return_to is 'The page to show afterwards, a path of this site.';
comment on column public.oauth_flows.created_at is 'When it was started.';
comment on column public.oauth_flows.expires_at is 'When it expires.';

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
comment on function public.consume_oauth_flow is
  'Removes and returns a flow in one statement, so that exactly one of two callbacks with the same state gets it (RFC '
  '6749 §4.1.2). A callback from another browser does not consume it; otherwise anyone who saw the URL could stop the '
  'person. outcome: consumed, unknown or wrong_browser.';

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
comment on function public.delete_expired_flows is
  'Deletes the pending connections that have expired. Returns how many.';

-- Grants that wait for a choice ---------------------------------------------------------------------------------------

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
  constraint connection_choices_provider_form check (provider ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint connection_choices_config_sealed check (private.config_is_sealed(config)),
  constraint connection_choices_config_size check (octet_length(config::text) <= 65536),
  constraint connection_choices_accounts_plain check (private.holds_no_secret(accounts)),
  constraint connection_choices_accounts_size check (octet_length(accounts::text) <= 4194304),
  constraint connection_choices_scopes_form check (private.is_list_of_text(granted_scopes, 1000, 65536)),
  constraint connection_choices_key_id_length check (char_length(encryption_key_id) between 1 and 64),
  constraint connection_choices_return_to_length check (char_length(return_to) <= 2000),
  constraint connection_choices_times_finite check (
    isfinite(token_expires_at) and isfinite(created_at) and isfinite(expires_at)
  )
);
create index connection_choices_expires_at_idx on public.connection_choices (expires_at);
create index connection_choices_organization_id_idx on public.connection_choices (organization_id);
create index connection_choices_user_id_idx on public.connection_choices (user_id);
comment on table public.connection_choices is
  'One row per grant that covers several accounts, while the person picks which of them to keep.';
comment on column public.connection_choices.id is 'The id. The tokens are sealed for it.';
comment on column public.connection_choices.provider is 'The provider.';
comment on column public.connection_choices.organization_id is 'The organization that the accounts are connected for.';
comment on column public.connection_choices.user_id is 'The person who consented.';
comment on column public.connection_choices.config is 'The tokens of the grant, sealed.';
comment on column public.connection_choices.accounts is
  'The accounts that can be picked: [{"id", "name", "metadata"}].';
comment on column public.connection_choices.granted_scopes is 'The scopes that the person granted.';
comment on column public.connection_choices.token_expires_at is 'When the access token ends.';
comment on column public.connection_choices.encryption_key_id is 'The key that the tokens are sealed with.';
comment on column public.connection_choices.return_to is 'The page to show afterwards, a path of this site.';
comment on column public.connection_choices.created_at is 'When the person consented.';
comment on column public.connection_choices.expires_at is
  'When the choice expires. After that, the grant is ended at the platform.';

alter table public.oauth_flows enable row level security;
alter table public.connection_choices enable row level security;
revoke all on public.oauth_flows, public.connection_choices from anon, authenticated, service_role;
grant select, insert, update, delete on public.oauth_flows, public.connection_choices to service_role;

revoke all on function public.consume_oauth_flow, public.delete_expired_flows
from public, anon, authenticated, service_role;
grant execute on function public.consume_oauth_flow, public.delete_expired_flows to service_role;

-- OAuth apps of organizations -----------------------------------------------------------------------------------------

create table public.oauth_clients (
  id uuid primary key,
  organization_id uuid not null references public.organizations (id) on delete cascade,
  client_env text not null,
  client_id text not null,
  config jsonb not null,
  encryption_key_id text not null,
  updated_by uuid references auth.users (id) on delete set null,
  updated_at timestamptz not null,
  constraint oauth_clients_once unique (organization_id, client_env),
  constraint oauth_clients_env_form check (client_env ~ '^[A-Z][A-Z0-9_]{0,62}$'),
  constraint oauth_clients_id_length check (char_length(client_id) between 1 and 500),
  constraint oauth_clients_config_sealed check (private.config_is_sealed(config) and config ? 'client_secret'),
  constraint oauth_clients_config_size check (octet_length(config::text) <= 65536),
  constraint oauth_clients_key_id_length check (char_length(encryption_key_id) between 1 and 64),
  constraint oauth_clients_times_finite check (isfinite(updated_at))
);
create index oauth_clients_key_id_idx on public.oauth_clients (encryption_key_id);
create index oauth_clients_updated_by_idx on public.oauth_clients (updated_by);
comment on table public.oauth_clients is
  'OAuth apps that an organization registered for itself, to be used instead of the operator''s.';
comment on column public.oauth_clients.id is 'The id. The secret is sealed for it.';
comment on column public.oauth_clients.organization_id is 'The organization.';
comment on column public.oauth_clients.client_env is
  'The name of the app in OAUTH_<name>_CLIENT_ID. The Google products share one app.';
comment on column public.oauth_clients.client_id is 'The client id, as the platform shows it.';
comment on column public.oauth_clients.config is
  '{"client_secret", "previous_client_secret"}, both sealed for the row; the second is optional.';
comment on column public.oauth_clients.encryption_key_id is 'The key that the secrets are sealed with.';
comment on column public.oauth_clients.updated_by is 'The person who entered it.';
comment on column public.oauth_clients.updated_at is 'When it was entered.';

-- Members see everything but the secret.
alter table public.oauth_clients enable row level security;
revoke all on public.oauth_clients from anon, authenticated, service_role;
grant select, insert, update, delete on public.oauth_clients to service_role;
grant select (id, organization_id, client_env, client_id, updated_by, updated_at)
on public.oauth_clients to authenticated;
create policy oauth_clients_select on public.oauth_clients for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));
