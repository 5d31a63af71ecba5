-- Where platforms say that something changed. The secret that proves who says it is sealed, as every credential is.

create table public.webhook_receivers (
  integration_id uuid primary key references public.integrations (id) on delete cascade,
  organization_id uuid not null,
  integration_type text not null,
  -- {"webhook_secret": sealed for the integration}
  config jsonb not null,
  encryption_key_id text not null,
  created_at timestamptz not null default now(),
  last_received_at timestamptz,
  last_event text,
  constraint webhook_receivers_sealed check (private.config_is_sealed(config) and config ? 'webhook_secret'),
  constraint webhook_receivers_event_length check (char_length(last_event) <= 100)
);
create index webhook_receivers_key_id_idx on public.webhook_receivers (encryption_key_id);

-- What has been accepted lately, so that nothing counts twice.
create table public.webhook_deliveries (
  integration_id uuid not null references public.webhook_receivers (integration_id) on delete cascade,
  digest text not null,
  received_at timestamptz not null,
  primary key (integration_id, digest)
);
create index webhook_deliveries_received_idx on public.webhook_deliveries (received_at);

alter table public.webhook_receivers enable row level security;
alter table public.webhook_deliveries enable row level security;
revoke all on public.webhook_receivers, public.webhook_deliveries from anon, authenticated, service_role;
grant select, insert, update, delete on public.webhook_receivers, public.webhook_deliveries to service_role;
-- Everything but the secret.
grant select (integration_id, organization_id, integration_type, created_at, last_received_at, last_event) on public.webhook_receivers to authenticated;
create policy webhook_receivers_select on public.webhook_receivers for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));

-- Notes one delivery and, in the same transaction, what it asks for: a message that counts is never without its consequence. Null when
-- it was noted before, else {"scan_id"}.
create function public.accept_delivery(
  p_organization_id uuid, p_integration_id uuid, p_digest text, p_event text, p_poll boolean, p_scan boolean, p_now timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  scan jsonb;
begin
  insert into public.webhook_deliveries (integration_id, digest, received_at) values (p_integration_id, p_digest, p_now) on conflict do nothing;
  if not found then
    return null;
  end if;
  update public.webhook_receivers w set last_received_at = p_now, last_event = left(p_event, 100) where w.integration_id = p_integration_id;
  if p_scan then
    scan := public.request_scan(p_organization_id, p_integration_id, 'webhook', null, true, p_now);
  end if;
  if p_poll then
    perform public.request_poll(p_organization_id, p_integration_id, p_now);
  end if;
  return jsonb_build_object('scan_id', scan ->> 'id');
end
$$;

create function public.delete_old_deliveries(p_before timestamptz) returns integer
language plpgsql set search_path = ''
as $$
declare
  deleted integer;
begin
  delete from public.webhook_deliveries d where d.received_at < p_before;
  get diagnostics deleted = row_count;
  return deleted;
end
$$;

revoke all on function public.accept_delivery(uuid, uuid, text, text, boolean, boolean, timestamptz), public.delete_old_deliveries(timestamptz) from public, anon, authenticated, service_role;
grant execute on function public.accept_delivery(uuid, uuid, text, text, boolean, boolean, timestamptz), public.delete_old_deliveries(timestamptz) to service_role;
