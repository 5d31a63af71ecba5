-- Polling: data about accounts that is fetched from their platforms with the credentials. There is one job per
-- integration and one state per source, beside the items themselves.

create table public.poll_jobs (
  integration_id uuid primary key references public.integrations (id) on delete cascade,
  organization_id uuid not null,
  integration_type text not null,
  paused boolean not null default false,
  retention_days integer not null default 90,
  next_poll_at timestamptz,
  next_cleanup_at timestamptz not null default now() + interval '1 day',
  lease_owner uuid,
  lease_until timestamptz,
  again boolean not null default false,
  constraint poll_jobs_retention_range check (retention_days between 1 and 3650),
  constraint poll_jobs_type_length check (char_length(integration_type) <= 63),
  constraint poll_jobs_times_finite check (
    isfinite(next_poll_at) and isfinite(next_cleanup_at) and isfinite(lease_until)
  )
);
create index poll_jobs_due_idx on public.poll_jobs (integration_type, next_poll_at)
  where next_poll_at is not null and not paused;
-- This index counts the leased jobs of a type.
create index poll_jobs_leased_idx on public.poll_jobs (integration_type, lease_until) where lease_until is not null;
create index poll_jobs_cleanup_idx on public.poll_jobs (next_cleanup_at);
comment on table public.poll_jobs is 'One row per integration: the schedule on which its platform data is fetched.';
comment on column public.poll_jobs.integration_id is 'The integration.';
comment on column public.poll_jobs.organization_id is 'The organization of the integration.';
comment on column public.poll_jobs.integration_type is 'The provider of the integration.';
comment on column public.poll_jobs.paused is 'Whether a person has paused it.';
comment on column public.poll_jobs.retention_days is
  'How long events are kept, in days. An item of a mirror is deleted when it is deleted at the platform.';
comment on column public.poll_jobs.next_poll_at is 'When it is due. Null while the integration does not work.';
comment on column public.poll_jobs.next_cleanup_at is 'When old events are deleted next.';
comment on column public.poll_jobs.lease_owner is 'The worker that has the lease.';
comment on column public.poll_jobs.lease_until is 'When the lease ends by itself.';
comment on column public.poll_jobs.again is
  'Whether something changed during a run, so that the job is due again right after it.';

create table public.poll_sources (
  integration_id uuid not null references public.poll_jobs (integration_id) on delete cascade,
  endpoint text not null,
  organization_id uuid not null,
  enabled boolean not null default true,
  position jsonb,
  item_count bigint not null default 0,
  last_outcome text,
  last_error text,
  last_items integer,
  last_changed integer,
  last_polled_at timestamptz,
  last_success_at timestamptz,
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  primary key (integration_id, endpoint),
  constraint poll_sources_form check (endpoint ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint poll_sources_outcome_known check (
    last_outcome in (
      'ok', 'unchanged', 'partial', 'forbidden', 'rate_limited', 'refused', 'unavailable', 'unexpected'
    )
  ),
  constraint poll_sources_error_length check (char_length(last_error) <= 300),
  constraint poll_sources_position_size check (octet_length(position::text) <= 8192),
  constraint poll_sources_counts_range check (
    item_count >= 0 and last_items >= 0 and last_changed >= 0 and attempts >= 0
  ),
  constraint poll_sources_times_finite check (
    isfinite(last_polled_at) and isfinite(last_success_at) and isfinite(next_attempt_at)
  )
);
comment on table public.poll_sources is
  'One row per source of an integration, with its position and the result of the last poll.';
comment on column public.poll_sources.integration_id is 'The integration.';
comment on column public.poll_sources.endpoint is 'The source, as the provider''s definition names it.';
comment on column public.poll_sources.organization_id is 'The organization of the integration.';
comment on column public.poll_sources.enabled is 'Whether it is fetched. A person may switch it off.';
comment on column public.poll_sources.position is
  'The position at which the next page begins, as the definition wrote it. It is saved only together with the items '
  'before it.';
comment on column public.poll_sources.item_count is 'How many items are stored.';
comment on column public.poll_sources.last_outcome is 'The outcome of the last attempt.';
comment on column public.poll_sources.last_error is 'The reason for the failure, in words.';
comment on column public.poll_sources.last_items is 'How many items the last attempt saw.';
comment on column public.poll_sources.last_changed is 'How many of them were new or changed.';
comment on column public.poll_sources.last_polled_at is 'When it was tried last.';
comment on column public.poll_sources.last_success_at is 'When it last worked.';
comment on column public.poll_sources.attempts is 'Failed attempts since the last success.';
comment on column public.poll_sources.next_attempt_at is 'The earliest time of the next attempt.';

create table public.user_platform_data (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null,
  integration_id uuid not null,
  integration_type text not null,
  endpoint text not null,
  external_id text not null,
  data jsonb not null,
  mirrored boolean not null,
  occurred_at timestamptz not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  changed_at timestamptz not null,
  constraint user_platform_data_endpoint foreign key (integration_id, endpoint)
    references public.poll_sources (integration_id, endpoint) on delete cascade,
  constraint user_platform_data_once unique (integration_id, endpoint, external_id),
  constraint user_platform_data_external_id_length check (char_length(external_id) between 1 and 512),
  constraint user_platform_data_size check (octet_length(data::text) <= 262144),
  constraint user_platform_data_names_length check (
    char_length(integration_type) <= 63 and char_length(endpoint) <= 63
  ),
  constraint user_platform_data_times_finite check (
    isfinite(occurred_at) and isfinite(first_seen_at) and isfinite(last_seen_at) and isfinite(changed_at)
  )
);
create index user_platform_data_page_idx on public.user_platform_data (integration_id, endpoint, occurred_at desc,
  id desc);
comment on table public.user_platform_data is 'The data that was fetched, one row per item.';
comment on column public.user_platform_data.id is 'The id.';
comment on column public.user_platform_data.organization_id is 'The organization of the integration.';
comment on column public.user_platform_data.integration_id is 'The integration.';
comment on column public.user_platform_data.integration_type is 'The provider of the integration.';
comment on column public.user_platform_data.endpoint is 'The source that it was fetched from.';
comment on column public.user_platform_data.external_id is 'Its id at the platform.';
comment on column public.user_platform_data.data is 'The item, as the platform sent it.';
comment on column public.user_platform_data.mirrored is
  'Whether the item mirrors something that exists at the platform now, rather than an event that happened once.';
comment on column public.user_platform_data.occurred_at is
  'When it happened, or otherwise when it was first seen. Pages are in this order.';
comment on column public.user_platform_data.first_seen_at is 'When it was fetched first.';
comment on column public.user_platform_data.last_seen_at is 'When it was last seen.';
comment on column public.user_platform_data.changed_at is 'When its content last changed.';

create table public.platform_limits (
  key text primary key,
  next_at timestamptz,
  blocked_until timestamptz,
  constraint platform_limits_key_length check (char_length(key) <= 200),
  constraint platform_limits_times_finite check (isfinite(next_at) and isfinite(blocked_until))
);
comment on table public.platform_limits is
  'The pace at which all servers together ask a platform, and until when it is left alone.';
comment on column public.platform_limits.key is
  'The provider, or provider/account where the platform counts per account.';
comment on column public.platform_limits.next_at is 'When the next call may begin.';
comment on column public.platform_limits.blocked_until is 'Until when it is left alone.';

alter table public.poll_jobs enable row level security;
alter table public.poll_sources enable row level security;
alter table public.user_platform_data enable row level security;
alter table public.platform_limits enable row level security;
revoke all on public.poll_jobs, public.poll_sources, public.user_platform_data, public.platform_limits
from anon, authenticated, service_role;
grant select, insert, update, delete
on public.poll_jobs, public.poll_sources, public.user_platform_data, public.platform_limits to service_role;
grant select on public.poll_jobs, public.poll_sources, public.user_platform_data to authenticated;
create policy poll_jobs_select on public.poll_jobs for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));
create policy poll_sources_select on public.poll_sources for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));
create policy user_platform_data_select on public.user_platform_data for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));

create function private.follow_integration() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    insert into public.poll_jobs (integration_id, organization_id, integration_type, next_poll_at)
    values (new.id, new.organization_id, new.integration_type, case when new.status = 'active' then now() end);
  elsif new.status <> old.status then
    update public.poll_jobs j set next_poll_at = case when new.status = 'active' then now() end
      where j.integration_id = new.id;
  end if;
  return null;
end
$$;
comment on function private.follow_integration is
  'Trigger: a job is created, changed and deleted with its integration. It is due while the status is active.';
revoke all on function private.follow_integration from public;
create trigger follow_integration after insert or update of status on public.integrations
for each row execute function private.follow_integration();

-- Settings ------------------------------------------------------------------------------------------------------------

create function public.update_polling(
  p_organization_id uuid, p_integration_id uuid, p_patch jsonb, p_request jsonb
) returns void
language plpgsql set search_path = ''
as $$
declare
  job public.poll_jobs;
begin
  update public.poll_jobs j set
    paused = coalesce((p_patch ->> 'paused')::boolean, j.paused),
    retention_days = coalesce((p_patch ->> 'retention_days')::integer, j.retention_days),
    next_cleanup_at = case when p_patch ? 'retention_days' then now() else j.next_cleanup_at end
  where j.integration_id = p_integration_id and j.organization_id = p_organization_id
  returning j.* into strict job;
  insert into public.poll_sources (integration_id, endpoint, organization_id, enabled)
  select p_integration_id, e.key, p_organization_id, e.value::boolean
    from jsonb_each_text(coalesce(p_patch -> 'sources', '{}')) e
  on conflict (integration_id, endpoint) do update set enabled = excluded.enabled;
  perform private.audit_by_person(p_organization_id, 'settings.polling', p_integration_id, job.integration_type,
    p_request, jsonb_strip_nulls(jsonb_build_object(
    'paused', p_patch -> 'paused', 'retention_days', p_patch -> 'retention_days', 'sources',
      p_patch -> 'sources')));
end
$$;
comment on function public.update_polling is
  'Saves the settings that a person chose, after the server has authorized them. p_patch: {"paused", '
  '"retention_days", "sources": {"<id>": true or false}}. p_request: {"id", "address", "actor"}.';

create function public.delete_platform_data(
  p_organization_id uuid, p_integration_id uuid, p_endpoint text, p_request jsonb
) returns integer
language plpgsql set search_path = ''
as $$
declare
  deleted integer;
begin
  delete from public.user_platform_data d
  where d.organization_id = p_organization_id and d.integration_id = p_integration_id
    and (p_endpoint is null or d.endpoint = p_endpoint);
  get diagnostics deleted = row_count;
  update public.poll_sources e set item_count = 0
  where e.organization_id = p_organization_id and e.integration_id = p_integration_id
    and (p_endpoint is null or e.endpoint = p_endpoint);
  perform private.audit_by_person(p_organization_id, 'data.delete', p_integration_id,
    (select j.integration_type from public.poll_jobs j where j.integration_id = p_integration_id), p_request,
      jsonb_strip_nulls(jsonb_build_object('endpoint', p_endpoint, 'items', deleted)));
  return deleted;
end
$$;
comment on function public.delete_platform_data is
  'Deletes the fetched items of one endpoint or of all. The position stays, so that earlier items are not fetched '
  'again. Returns how many items.';

create function public.list_platform_data(
  p_integration_id uuid, p_endpoint text, p_before_at timestamptz, p_before_id uuid, p_limit integer
) returns setof public.user_platform_data
language sql stable set search_path = ''
as $$
  select page.* from public.poll_sources e
  cross join lateral (
    select d.* from public.user_platform_data d
    where d.integration_id = e.integration_id and d.endpoint = e.endpoint
      and (p_before_at is null or (d.occurred_at, d.id) < (p_before_at, p_before_id))
    order by d.occurred_at desc, d.id desc
    limit p_limit
  ) page
  where e.integration_id = p_integration_id and (p_endpoint is null or e.endpoint = p_endpoint)
  order by page.occurred_at desc, page.id desc
  limit p_limit
$$;
comment on function public.list_platform_data is
  'Returns a page of items of one integration, newest first, of one endpoint or of all. Row level security applies.';

-- The work ------------------------------------------------------------------------------------------------------------

create function public.claim_due_polls(
  p_type text, p_owner uuid, p_limit integer, p_concurrency integer, p_lease_seconds integer, p_now timestamptz
) returns setof public.poll_jobs
language plpgsql set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('coffer poll ' || p_type, 0));
  return query
  update public.poll_jobs j
  set lease_owner = p_owner, lease_until = p_now + make_interval(secs => p_lease_seconds)
  where j.integration_id in (
    select d.integration_id from public.poll_jobs d
    where d.integration_type = p_type and not d.paused and d.next_poll_at <= p_now
      and (d.lease_until is null or d.lease_until < p_now)
    order by d.next_poll_at
    limit greatest(0, least(p_limit, p_concurrency - (
      select count(*) from public.poll_jobs l where l.integration_type = p_type and l.lease_until >= p_now)))
    for update skip locked
  )
  returning j.*;
end
$$;
comment on function public.claim_due_polls is
  'Leases due jobs of one type to one worker. Claims of a type wait for each other, so that all workers together '
  'never lease more than p_concurrency of them.';

create function public.lease_poll(
  p_organization_id uuid, p_integration_id uuid, p_owner uuid, p_lease_seconds integer, p_now timestamptz
) returns setof public.poll_jobs
language sql set search_path = ''
as $$
  update public.poll_jobs j
  set lease_owner = p_owner, lease_until = p_now + make_interval(secs => p_lease_seconds)
  where j.integration_id = p_integration_id and j.organization_id = p_organization_id
    and (j.lease_until is null or j.lease_until < p_now)
  returning j.*
$$;
comment on function public.lease_poll is 'Leases one job now, due or not. Empty while another worker has it.';

create function public.renew_poll(p_integration_id uuid, p_owner uuid, p_lease_seconds integer, p_now timestamptz)
returns boolean
language plpgsql set search_path = ''
as $$
begin
  update public.poll_jobs j set lease_until = p_now + make_interval(secs => p_lease_seconds)
  where j.integration_id = p_integration_id and j.lease_owner = p_owner;
  return found;
end
$$;
comment on function public.renew_poll is
  'Gives the lease its full length again. False once another worker has the job.';

create function public.count_due_polls(p_types text[], p_now timestamptz) returns integer
language sql stable set search_path = ''
as $$
  select coalesce(sum(d.count), 0)::int from unnest(p_types) t (type)
  cross join lateral (
    select count(*) from public.poll_jobs j
    where j.integration_type = t.type and not j.paused and j.next_poll_at <= p_now
      and (j.lease_until is null or j.lease_until < p_now)
  ) d
$$;
comment on function public.count_due_polls is 'Counts the jobs of these types that are due and free.';

create function public.save_poll_page(
  p_integration_id uuid, p_owner uuid, p_endpoint text, p_mirrored boolean, p_items jsonb, p_position jsonb,
  p_complete_since timestamptz, p_lease_seconds integer, p_now timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  job public.poll_jobs;
  inserted integer;
  changed integer;
  deleted integer := 0;
begin
  update public.poll_jobs j set lease_until = p_now + make_interval(secs => p_lease_seconds)
  where j.integration_id = p_integration_id and j.lease_owner = p_owner
  returning j.* into job;
  if not found then
    return null;
  end if;
  insert into public.poll_sources (integration_id, endpoint, organization_id)
    values (p_integration_id, p_endpoint, job.organization_id)
  on conflict do nothing;
  with given as (
    select distinct on (g ->> 'external_id') g ->> 'external_id' as external_id,
      (g ->> 'occurred_at')::timestamptz as occurred_at, g -> 'data' as data
    from jsonb_array_elements(p_items) with ordinality as i (g, n) order by g ->> 'external_id', n desc
  ), saved as (
    insert into public.user_platform_data as d
      (organization_id, integration_id, integration_type, endpoint, external_id, data, mirrored, occurred_at,
        first_seen_at, last_seen_at, changed_at)
    select job.organization_id, p_integration_id, job.integration_type, p_endpoint, g.external_id, g.data, p_mirrored,
      coalesce(g.occurred_at, p_now), p_now, p_now, p_now
    from given g
    on conflict (integration_id, endpoint, external_id) do update set
      data = excluded.data, last_seen_at = excluded.last_seen_at,
      changed_at = case when d.data is distinct from excluded.data then excluded.changed_at else d.changed_at end
    -- Rows of a mirror record when they were seen. Events are written again only when they changed.
    where p_mirrored or d.data is distinct from excluded.data
    returning d.xmax = 0 as is_new, d.changed_at = p_now as is_changed
  )
  select count(*) filter (where s.is_new), count(*) filter (where s.is_changed and not s.is_new) into inserted,
    changed from saved s;
  if p_complete_since is not null then
    delete from public.user_platform_data d
    where d.integration_id = p_integration_id and d.endpoint = p_endpoint and d.last_seen_at < p_complete_since;
    get diagnostics deleted = row_count;
  end if;
  update public.poll_sources e set position = p_position, item_count = greatest(0, e.item_count + inserted - deleted)
  where e.integration_id = p_integration_id and e.endpoint = p_endpoint;
  return jsonb_build_object('inserted', inserted, 'changed', changed, 'deleted', deleted);
end
$$;
comment on function public.save_poll_page is
  'Saves a page of items and the position after it in one transaction, so that the position never passes items that '
  'are not stored. p_items: [{"external_id", "occurred_at", "data"}]. p_complete_since: a mirror was read to its end '
  'since then, so items that were not seen no longer exist there. It renews the lease. Null when the lease was lost.';

create function public.finish_poll(
  p_integration_id uuid, p_owner uuid, p_sources jsonb, p_next_poll_at timestamptz, p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
declare
  job public.poll_jobs;
begin
  update public.poll_jobs j
  set lease_owner = null, lease_until = null,
      -- The job stays out of the queue if the integration stopped working in the meantime.
      next_poll_at = case when j.next_poll_at is null then null when j.again then p_now else p_next_poll_at end,
      again = false
  where j.integration_id = p_integration_id and j.lease_owner = p_owner
  returning j.* into job;
  if not found then
    return false;
  end if;
  insert into public.poll_sources as e
    (integration_id, endpoint, organization_id, last_outcome, last_error, last_items, last_changed, last_polled_at,
      last_success_at, attempts, next_attempt_at)
  select p_integration_id, r ->> 'endpoint', job.organization_id, r ->> 'outcome', r ->> 'error', (r ->> 'items')::int,
    (r ->> 'changed')::int, p_now,
    case when r ->> 'outcome' in ('ok', 'unchanged', 'partial') then p_now end, (r ->> 'attempts')::int,
      (r ->> 'next_attempt_at')::timestamptz
  from jsonb_array_elements(p_sources) r
  on conflict (integration_id, endpoint) do update set
    last_outcome = excluded.last_outcome, last_error = excluded.last_error, last_items = excluded.last_items,
      last_changed = excluded.last_changed,
    last_polled_at = excluded.last_polled_at, last_success_at = coalesce(excluded.last_success_at, e.last_success_at),
    attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at;
  update public.integrations i set last_sync = p_now
  where i.id = p_integration_id
    and exists (select 1 from jsonb_array_elements(p_sources) r
      where r ->> 'outcome' in ('ok', 'unchanged', 'partial'));
  return true;
end
$$;
comment on function public.finish_poll is
  'Records the result of each endpoint, and ends the lease. p_sources: [{"endpoint", "outcome", "error", "items", '
  '"changed", "attempts", "next_attempt_at"}]. False when the lease was lost.';

create function public.request_poll(p_organization_id uuid, p_integration_id uuid, p_now timestamptz) returns void
language sql set search_path = ''
as $$
  update public.poll_jobs j
  set next_poll_at = case when j.next_poll_at is not null then p_now end,
    again = coalesce(j.lease_until >= p_now, false)
  where j.integration_id = p_integration_id and j.organization_id = p_organization_id
$$;
comment on function public.request_poll is 'Makes a job due, because the platform said that something changed.';

create function public.reserve_platform_calls(
  p_key text, p_calls integer, p_interval_ms integer, p_now timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  length interval := p_calls * p_interval_ms * interval '1 millisecond';
  limits public.platform_limits;
begin
  insert into public.platform_limits as l (key, next_at) values (p_key, p_now + length)
  on conflict (key) do update set next_at = case when l.blocked_until > p_now then l.next_at
    else greatest(l.next_at, p_now) + length end
  returning l.* into limits;
  if limits.blocked_until > p_now then
    return jsonb_build_object('blocked_until', limits.blocked_until);
  end if;
  return jsonb_build_object('first_at', limits.next_at - length);
end
$$;
comment on function public.reserve_platform_calls is
  'Reserves calls to a platform or, where it counts per account, to one account there. They may begin at first_at, '
  'p_interval_ms apart. Returns {"first_at"}, or {"blocked_until"} when nothing was reserved.';

create function public.block_platform(p_key text, p_until timestamptz) returns void
language sql set search_path = ''
as $$
  insert into public.platform_limits as l (key, blocked_until) values (p_key, p_until)
  on conflict (key) do update set blocked_until = greatest(l.blocked_until, excluded.blocked_until)
$$;
comment on function public.block_platform is 'Blocks all calls to a platform, or to one account there, until p_until.';

create function public.delete_old_platform_data(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = ''
as $$
declare
  job public.poll_jobs;
  one record;
  deleted integer := 0;
begin
  delete from public.platform_limits l where coalesce(greatest(l.next_at, l.blocked_until),
    p_now) < p_now - interval '1 day';
  for job in
    update public.poll_jobs j set next_cleanup_at = p_now + interval '1 day'
    where j.integration_id in (
      select d.integration_id from public.poll_jobs d where d.next_cleanup_at <= p_now order by d.next_cleanup_at
        limit p_limit for update skip locked)
    returning j.*
  loop
    for one in
      with gone as (
        delete from public.user_platform_data d
        where d.integration_id = job.integration_id and not d.mirrored
          and d.occurred_at < p_now - make_interval(days => job.retention_days)
        returning d.endpoint
      ) select g.endpoint, count(*)::int as items from gone g group by g.endpoint
    loop
      deleted := deleted + one.items;
      update public.poll_sources e set item_count = greatest(0, e.item_count - one.items)
      where e.integration_id = job.integration_id and e.endpoint = one.endpoint;
    end loop;
  end loop;
  return deleted;
end
$$;
comment on function public.delete_old_platform_data is
  'Deletes events beyond their retention, for the jobs whose cleanup is due. Returns how many items.';

revoke all on function
  public.list_platform_data
from public, anon, authenticated, service_role;
grant execute on function
  public.list_platform_data
to authenticated;
revoke all on function
  public.update_polling,
  public.delete_platform_data,
  public.claim_due_polls,
  public.lease_poll,
  public.renew_poll,
  public.count_due_polls,
  public.save_poll_page,
  public.finish_poll,
  public.request_poll,
  public.reserve_platform_calls,
  public.block_platform,
  public.delete_old_platform_data
from public, anon, authenticated, service_role;
grant execute on function
  public.update_polling,
  public.delete_platform_data,
  public.claim_due_polls,
  public.lease_poll,
  public.renew_poll,
  public.count_due_polls,
  public.save_poll_page,
  public.finish_poll,
  public.request_poll,
  public.reserve_platform_calls,
  public.block_platform,
  public.delete_old_platform_data
to service_role;
