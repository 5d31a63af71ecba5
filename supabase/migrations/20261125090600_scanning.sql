-- Scanning: scans of connected accounts, their findings compared with the scan before, and the webhooks by which
-- platforms report changes.

create table public.assessments (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null,
  integration_id uuid not null references public.integrations (id) on delete cascade,
  integration_type text not null,
  cause text not null,
  requested_by uuid,
  status text not null default 'queued',
  requested_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  rules_done integer not null default 0,
  rules_total integer not null default 0,
  current_rule text,
  score integer,
  counts jsonb not null default '{}',
  rules jsonb not null default '[]',
  error text,
  scanner_version text,
  attempts integer not null default 0,
  not_before timestamptz,
  lease_owner uuid,
  lease_until timestamptz,
  again boolean not null default false,
  constraint assessments_cause_known check (cause in ('schedule', 'manual', 'webhook')),
  constraint assessments_status_known check (status in ('queued', 'running', 'completed', 'failed')),
  constraint assessments_score_range check (score between 0 and 100),
  constraint assessments_error_length check (char_length(error) <= 300),
  constraint assessments_type_length check (char_length(integration_type) <= 63),
  constraint assessments_progress_range check (
    rules_done >= 0 and rules_total >= 0 and attempts >= 0 and char_length(current_rule) <= 100
  ),
  constraint assessments_lists_size check (
    octet_length(counts::text) <= 4096 and octet_length(rules::text) <= 1048576
  ),
  constraint assessments_version_length check (char_length(scanner_version) <= 100),
  constraint assessments_times_finite check (
    isfinite(requested_at) and isfinite(started_at) and isfinite(finished_at)
    and isfinite(not_before) and isfinite(lease_until)
  )
);
-- Each integration has at most one scan that is queued or running.
create unique index assessments_live_idx on public.assessments (integration_id) where status in ('queued', 'running');
create index assessments_queue_idx on public.assessments (requested_at) where status in ('queued', 'running');
create index assessments_page_idx on public.assessments (integration_id, requested_at desc, id desc);
create index assessments_organization_idx on public.assessments (organization_id);
create index assessments_finished_idx on public.assessments (finished_at) where finished_at is not null;
comment on table public.assessments is 'The scans of connected accounts, with their progress and their results.';
comment on column public.assessments.id is 'The id.';
comment on column public.assessments.organization_id is 'The organization of the integration.';
comment on column public.assessments.integration_id is 'The integration.';
comment on column public.assessments.integration_type is 'The provider of the integration.';
comment on column public.assessments.cause is 'schedule, manual or webhook.';
comment on column public.assessments.requested_by is 'The person who asked for it, if one did.';
comment on column public.assessments.status is 'queued, running, completed or failed.';
comment on column public.assessments.requested_at is 'When it was queued.';
comment on column public.assessments.started_at is 'When a worker began.';
comment on column public.assessments.finished_at is 'When it ended.';
comment on column public.assessments.rules_done is 'The number of rules that are done.';
comment on column public.assessments.rules_total is 'The number of all rules.';
comment on column public.assessments.current_rule is 'The rule that is applied right now.';
comment on column public.assessments.score is 'From 0 to 100. 100 is best.';
comment on column public.assessments.counts is 'The number of findings per severity.';
comment on column public.assessments.rules is
  '[{"check", "outcome": passed, failed, not_permitted, not_applicable or unavailable, "detail"}].';
comment on column public.assessments.error is 'The reason why it failed.';
comment on column public.assessments.scanner_version is 'The version of the scanner.';
comment on column public.assessments.attempts is 'How often a worker has begun it.';
comment on column public.assessments.not_before is 'The earliest time at which it may begin.';
comment on column public.assessments.lease_owner is 'The worker that has the lease.';
comment on column public.assessments.lease_until is 'When the lease ends by itself.';
comment on column public.assessments.again is
  'Whether something changed after it had begun, so that another scan follows.';

create table public.findings (
  assessment_id uuid not null references public.assessments (id) on delete cascade,
  organization_id uuid not null,
  rule_id text not null,
  subject text not null,
  state text not null,
  severity text not null,
  title text not null,
  seen text not null,
  why text not null,
  fix text not null,
  evidence jsonb not null default '{}',
  first_seen_at timestamptz not null,
  primary key (assessment_id, rule_id, subject),
  constraint findings_state_known check (state in ('new', 'open', 'unknown', 'fixed')),
  constraint findings_severity_known check (severity in ('critical', 'high', 'medium', 'low', 'info')),
  constraint findings_lengths check (char_length(rule_id) <= 100 and char_length(subject) <= 300
    and char_length(title) <= 300 and char_length(seen) <= 2000
    and char_length(why) <= 2000 and char_length(fix) <= 2000 and octet_length(evidence::text) <= 16384),
  constraint findings_evidence_plain check (private.holds_no_secret(evidence)),
  constraint findings_times_finite check (isfinite(first_seen_at))
);
comment on table public.findings is 'One row per problem that an assessment found.';
comment on column public.findings.assessment_id is 'The assessment.';
comment on column public.findings.organization_id is 'The organization.';
comment on column public.findings.rule_id is 'The rule.';
comment on column public.findings.subject is
  'The part of the account that it is about, by which it is recognized again. Empty when it is about the account '
  'itself.';
comment on column public.findings.state is
  'new, open (it existed before), unknown (it existed before, and its rule could not look) or fixed.';
comment on column public.findings.severity is 'critical, high, medium, low or info.';
comment on column public.findings.title is 'The problem, in one line.';
comment on column public.findings.seen is 'The observation.';
comment on column public.findings.why is 'Why it matters.';
comment on column public.findings.fix is 'The way to fix it.';
comment on column public.findings.evidence is 'The facts from the platform, redacted.';
comment on column public.findings.first_seen_at is 'When it was found first.';

alter table public.assessments enable row level security;
alter table public.findings enable row level security;
revoke all on public.assessments, public.findings from anon, authenticated, service_role;
grant select, insert, update, delete on public.assessments, public.findings to service_role;
grant select on public.assessments, public.findings to authenticated;
create policy assessments_select on public.assessments for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));
create policy findings_select on public.findings for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));

-- The work ------------------------------------------------------------------------------------------------------------

create function public.request_scan(
  p_organization_id uuid, p_integration_id uuid, p_cause text, p_requested_by uuid, p_again boolean,
  p_now timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  live public.assessments;
begin
  insert into public.assessments (organization_id, integration_id, integration_type, cause, requested_by, requested_at)
  select i.organization_id, i.id, i.integration_type, p_cause, p_requested_by, p_now
  from public.integrations i where i.id = p_integration_id and i.organization_id = p_organization_id
  on conflict (integration_id) where status in ('queued', 'running') do nothing
  returning * into live;
  if found then
    return jsonb_build_object('id', live.id, 'created', true);
  end if;
  update public.assessments a set again = a.again or (p_again and a.status = 'running')
  where a.integration_id = p_integration_id and a.organization_id = p_organization_id
    and a.status in ('queued', 'running')
  returning a.* into live;
  return case when found then jsonb_build_object('id', live.id, 'created', false) end;
end
$$;
comment on function public.request_scan is
  'Queues a scan, or finds the one that is queued or running. p_again: if that scan has begun already, another one '
  'follows it. Returns {"id", "created"}; null when the integration does not exist.';

create function public.queue_due_scans(
  p_types text[], p_limit integer, p_retry_at timestamptz, p_now timestamptz
) returns integer
language plpgsql set search_path = ''
as $$
declare
  queued integer;
begin
  with due as (
    update public.integrations i set next_check_at = p_retry_at
    where i.id in (
      select d.id from public.integrations d
      where d.scan_schedule is not null and d.status = 'active' and d.next_check_at <= p_now
        and d.integration_type = any (p_types)
      order by d.next_check_at limit p_limit for update skip locked)
    returning i.id, i.organization_id, i.integration_type
  )
  insert into public.assessments (organization_id, integration_id, integration_type, cause, requested_at)
  select d.organization_id, d.id, d.integration_type, 'schedule', p_now from due d
  on conflict (integration_id) where status in ('queued', 'running') do nothing;
  get diagnostics queued = row_count;
  return queued;
end
$$;
comment on function public.queue_due_scans is
  'Queues a scan for each integration that is due. Its turn moves to p_retry_at at first, and at the end of the scan '
  'to the next time of the schedule. Returns how many.';

create function public.claim_scans(
  p_types text[], p_id uuid, p_owner uuid, p_limit integer, p_lease_seconds integer, p_now timestamptz
) returns setof public.assessments
language sql set search_path = ''
as $$
  update public.assessments a
  set status = 'running', started_at = coalesce(a.started_at, p_now), attempts = a.attempts + 1, lease_owner = p_owner,
      lease_until = p_now + make_interval(secs => p_lease_seconds)
  where a.id in (
    select d.id from public.assessments d
    where d.status in ('queued', 'running') and d.integration_type = any (p_types) and (p_id is null or d.id = p_id)
      and (d.lease_until is null or d.lease_until < p_now) and (d.not_before is null or d.not_before <= p_now)
    order by d.requested_at
    limit p_limit
    for update skip locked
  )
  returning a.*
$$;
comment on function public.claim_scans is
  'Leases scans to one worker: those that wait, and those that a dead worker left. With p_id, it leases only this one.';

create function public.count_waiting_scans(p_types text[], p_now timestamptz) returns integer
language sql stable set search_path = ''
as $$
  select count(*)::int from public.assessments d
  where d.status in ('queued', 'running') and d.integration_type = any (p_types)
    and (d.lease_until is null or d.lease_until < p_now)
$$;
comment on function public.count_waiting_scans is 'Counts the scans of these types that wait for a worker.';

create function public.progress_scan(
  p_id uuid, p_owner uuid, p_done integer, p_total integer, p_current text, p_lease_seconds integer,
  p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
begin
  update public.assessments a set rules_done = p_done, rules_total = p_total, current_rule = p_current,
    lease_until = p_now + make_interval(secs => p_lease_seconds)
  where a.id = p_id and a.lease_owner = p_owner and a.status = 'running';
  return found;
end
$$;
comment on function public.progress_scan is
  'Records the progress of a scan, and renews the lease. False when the lease was lost.';

create function public.postpone_scan(
  p_id uuid, p_owner uuid, p_not_before timestamptz, p_give_back boolean
) returns boolean
language plpgsql set search_path = ''
as $$
begin
  update public.assessments a set status = 'queued', lease_owner = null, lease_until = null, not_before = p_not_before,
    attempts = a.attempts - case when p_give_back then 1 else 0 end, rules_done = 0, current_rule = null
  where a.id = p_id and a.lease_owner = p_owner and a.status = 'running';
  return found;
end
$$;
comment on function public.postpone_scan is
  'Puts a scan back into the queue, not before p_not_before. The credentials are being refreshed elsewhere, or the '
  'worker stops (p_give_back: this attempt does not count). False when the lease was lost.';

create function public.finish_scan(
  p_id uuid, p_owner uuid, p_result jsonb, p_findings jsonb, p_next_check_at timestamptz, p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
declare
  done public.assessments;
begin
  update public.assessments a
  set status = p_result ->> 'status', finished_at = p_now, score = (p_result ->> 'score')::int,
    counts = coalesce(p_result -> 'counts', '{}'),
      rules = coalesce(p_result -> 'rules', '[]'), error = p_result ->> 'error',
        scanner_version = p_result ->> 'scanner_version',
      rules_done = jsonb_array_length(coalesce(p_result -> 'rules', '[]')), current_rule = null, lease_owner = null,
        lease_until = null
  where a.id = p_id and a.lease_owner = p_owner and a.status = 'running'
  returning a.* into done;
  if not found then
    return false;
  end if;
  insert into public.findings
    (assessment_id, organization_id, rule_id, subject, state, severity, title, seen, why, fix, evidence, first_seen_at)
  select p_id, done.organization_id, f ->> 'rule_id', f ->> 'subject', f ->> 'state', f ->> 'severity', f ->> 'title',
    f ->> 'seen', f ->> 'why', f ->> 'fix',
    coalesce(f -> 'evidence', '{}'), (f ->> 'first_seen_at')::timestamptz
  from jsonb_array_elements(p_findings) f;
  update public.integrations i
  set last_checked_at = p_now,
      next_check_at = case when i.scan_schedule is not null then p_next_check_at else i.next_check_at end
  where i.id = done.integration_id;
  if done.status = 'completed' then
    update public.credential_state s set last_check_outcome = 'ok' where s.integration_id = done.integration_id;
  end if;
  if done.again then
    insert into public.assessments (organization_id, integration_id, integration_type, cause, requested_at)
    values (done.organization_id, done.integration_id, done.integration_type, 'webhook', p_now)
    on conflict (integration_id) where status in ('queued', 'running') do nothing;
  end if;
  insert into public.audit_log (organization_id, actor_kind, actor_id, action, outcome, integration_id,
    integration_type, details)
  values (done.organization_id, case when done.requested_by is null then 'service' else 'user' end, done.requested_by,
    'integration.scan',
    case when done.status = 'completed' then 'success' else 'failure' end, done.integration_id, done.integration_type,
    jsonb_strip_nulls(jsonb_build_object('cause', done.cause, 'score', done.score, 'error', done.error)));
  return true;
end
$$;
comment on function public.finish_scan is
  'Ends a scan: saves findings, result and next turn in one transaction. p_result: {"status", "score", "counts", '
  '"rules", "error", "scanner_version"}. False when the lease was lost.';

create function public.latest_assessments(p_limit integer) returns setof jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object('assessment', to_jsonb(latest), 'integration_name', i.name)
  from public.integrations i
  cross join lateral (
    select a.* from public.assessments a where a.integration_id = i.id and a.status = 'completed'
    order by a.requested_at desc, a.id desc limit 1
  ) latest
  where i.organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[])
  order by latest.score, latest.finished_at desc
  limit p_limit
$$;
comment on function public.latest_assessments is
  'Returns the last completed assessment of every integration that the caller may see, worst first: {"assessment", '
  '"integration_name"}.';

create function public.delete_old_assessments(p_before timestamptz, p_limit integer) returns integer
language plpgsql set search_path = ''
as $$
declare
  deleted integer;
begin
  delete from public.assessments a where a.id in (
    select d.id from public.assessments d
    where d.finished_at < p_before
      and (d.status <> 'completed' or exists (
        select from public.assessments n where n.integration_id = d.integration_id and n.status = 'completed'
          and n.requested_at > d.requested_at))
    order by d.finished_at limit p_limit);
  get diagnostics deleted = row_count;
  return deleted;
end
$$;
comment on function public.delete_old_assessments is
  'Deletes assessments beyond their retention. The last completed one of each integration stays. Returns how many.';

revoke all on function
  public.latest_assessments
from public, anon, authenticated, service_role;
grant execute on function
  public.latest_assessments
to authenticated;
revoke all on function
  public.request_scan,
  public.queue_due_scans,
  public.claim_scans,
  public.count_waiting_scans,
  public.progress_scan,
  public.postpone_scan,
  public.finish_scan,
  public.delete_old_assessments
from public, anon, authenticated, service_role;
grant execute on function
  public.request_scan,
  public.queue_due_scans,
  public.claim_scans,
  public.count_waiting_scans,
  public.progress_scan,
  public.postpone_scan,
  public.finish_scan,
  public.delete_old_assessments
to service_role;

-- Webhooks received ---------------------------------------------------------------------------------------------------

create table public.webhook_receivers (
  integration_id uuid primary key references public.integrations (id) on delete cascade,
  organization_id uuid not null,
  integration_type text not null,
  config jsonb not null,
  encryption_key_id text not null,
  created_at timestamptz not null default now(),
  last_received_at timestamptz,
  last_event text,
  constraint webhook_receivers_sealed check (private.config_is_sealed(config) and config ? 'webhook_secret'),
  constraint webhook_receivers_event_length check (char_length(last_event) <= 100),
  constraint webhook_receivers_texts_length check (
    char_length(integration_type) <= 63 and char_length(encryption_key_id) <= 64 and octet_length(config::text) <= 65536
  ),
  constraint webhook_receivers_times_finite check (isfinite(created_at) and isfinite(last_received_at))
);
create index webhook_receivers_key_id_idx on public.webhook_receivers (encryption_key_id);
comment on table public.webhook_receivers is
  'The receivers to which platforms report changes. The secret that proves the sender is sealed, like every '
  'credential.';
comment on column public.webhook_receivers.integration_id is 'The integration.';
comment on column public.webhook_receivers.organization_id is 'The organization of the integration.';
comment on column public.webhook_receivers.integration_type is 'The provider of the integration.';
comment on column public.webhook_receivers.config is '{"webhook_secret"}, sealed for the integration.';
comment on column public.webhook_receivers.encryption_key_id is 'The key that the secret is sealed with.';
comment on column public.webhook_receivers.created_at is 'When it was set up.';
comment on column public.webhook_receivers.last_received_at is 'When the last message came.';
comment on column public.webhook_receivers.last_event is 'The event of the last message.';

create table public.webhook_deliveries (
  integration_id uuid not null references public.webhook_receivers (integration_id) on delete cascade,
  digest text not null,
  received_at timestamptz not null,
  primary key (integration_id, digest),
  constraint webhook_deliveries_digest_length check (char_length(digest) between 1 and 200),
  constraint webhook_deliveries_times_finite check (isfinite(received_at))
);
create index webhook_deliveries_received_idx on public.webhook_deliveries (received_at);
comment on table public.webhook_deliveries is 'Messages that were accepted recently, so that none counts twice.';
comment on column public.webhook_deliveries.integration_id is 'The integration.';
comment on column public.webhook_deliveries.digest is 'A digest of the message.';
comment on column public.webhook_deliveries.received_at is 'When it came.';

alter table public.webhook_receivers enable row level security;
alter table public.webhook_deliveries enable row level security;
revoke all on public.webhook_receivers, public.webhook_deliveries from anon, authenticated, service_role;
grant select, insert, update, delete on public.webhook_receivers, public.webhook_deliveries to service_role;
-- Members see everything but the secret.
grant select (integration_id, organization_id, integration_type, created_at, last_received_at, last_event)
on public.webhook_receivers to authenticated;
create policy webhook_receivers_select on public.webhook_receivers for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));

create function public.accept_delivery(
  p_organization_id uuid, p_integration_id uuid, p_digest text, p_event text, p_poll boolean, p_scan boolean,
  p_now timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  scan jsonb;
begin
  insert into public.webhook_deliveries (integration_id, digest, received_at)
    values (p_integration_id, p_digest, p_now) on conflict do nothing;
  if not found then
    return null;
  end if;
  update public.webhook_receivers w set last_received_at = p_now, last_event = left(p_event, 100)
    where w.integration_id = p_integration_id;
  if p_scan then
    scan := public.request_scan(p_organization_id, p_integration_id, 'webhook', null, true, p_now);
  end if;
  if p_poll then
    perform public.request_poll(p_organization_id, p_integration_id, p_now);
  end if;
  return jsonb_build_object('scan_id', scan ->> 'id');
end
$$;
comment on function public.accept_delivery is
  'Records one delivery and queues the work that it asks for in one transaction, so that an accepted message always '
  'has its effect. Returns {"scan_id"}, or null when the delivery was recorded before.';

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
comment on function public.delete_old_deliveries is 'Deletes records of deliveries before p_before. Returns how many.';

revoke all on function
  public.accept_delivery,
  public.delete_old_deliveries
from public, anon, authenticated, service_role;
grant execute on function
  public.accept_delivery,
  public.delete_old_deliveries
to service_role;
