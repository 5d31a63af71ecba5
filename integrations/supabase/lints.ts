/**
 * Queries on the catalog, for grants that the advisors do not answer. They find tables that the API shows without row
 * level security, policies that are not in force, views that see more than their reader, and functions that the search
 * path can mislead. They run as supabase_read_only_user. Names are qualified because that role's search path is not
 * ours.
 */
export const LINTS_SQL = `
with exposed as (
  select c.oid, n.nspname as schema, c.relname as entity, c.relkind, c.relrowsecurity, c.reloptions
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm')
    and (
      pg_catalog.has_table_privilege('anon', c.oid, 'select')
      or pg_catalog.has_table_privilege('authenticated', c.oid, 'select')
    )
)
select 'rls_disabled_in_public' as name, 'RLS disabled in public' as title, 'ERROR' as level,
  schema, entity, 'table' as type,
  'Anyone who has the project''s public key can read, and perhaps change, every row.' as description,
  'Table ' || schema || '.' || entity || ' is readable by the API roles, and row level security is off.' as detail
from exposed where relkind in ('r', 'p') and not relrowsecurity
  and not exists (select from pg_catalog.pg_policy p where p.polrelid = oid)
union all
select 'policy_exists_rls_disabled', 'Policy exists, RLS disabled', 'ERROR', schema, entity, 'table',
  'Policies do nothing until row level security is turned on.',
  'Table ' || schema || '.' || entity || ' has policies that are not in force.'
from exposed where relkind in ('r', 'p') and not relrowsecurity
  and exists (select from pg_catalog.pg_policy p where p.polrelid = oid)
union all
select 'rls_enabled_no_policy', 'RLS enabled, no policy', 'INFO', schema, entity, 'table',
  'Only the service role can read the table. That is intended, or a policy was forgotten.',
  'Table ' || schema || '.' || entity || ' has row level security and no policy.'
from exposed where relkind in ('r', 'p') and relrowsecurity
  and not exists (select from pg_catalog.pg_policy p where p.polrelid = oid)
union all
select 'security_definer_view', 'Security definer view', 'ERROR', schema, entity, 'view',
  'The view reads with the rights of its owner, past the policies of its reader.',
  'View ' || schema || '.' || entity || ' is not security_invoker.'
from exposed where relkind = 'v' and not coalesce(reloptions::text ~ 'security_invoker=(on|true|1|yes)', false)
union all
select 'materialized_view_in_api', 'Materialized view in the API', 'WARN', schema, entity, 'materialized view',
  'Materialized views have no row level security.',
  'Materialized view ' || schema || '.' || entity || ' is readable by the API roles.'
from exposed where relkind = 'm'
union all
select 'function_search_path_mutable', 'Function search path mutable', 'WARN', n.nspname, p.proname, 'function',
  'Anyone who can create objects in a schema on the path can replace those that the function means.',
  'Function ' || n.nspname || '.' || p.proname || ' has no fixed search_path.'
from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where n.nspname = 'public' and p.prosecdef and not coalesce(p.proconfig::text ~ 'search_path=', false)
  and not exists (select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')
union all
select 'extension_in_public', 'Extension in public', 'WARN', n.nspname, e.extname, 'extension',
  'Its functions are part of the API.', 'Extension ' || e.extname || ' is installed in public.'
from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace where n.nspname = 'public'
order by 1, 4, 5 limit 500`
