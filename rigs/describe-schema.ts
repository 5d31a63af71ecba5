import type { SupabaseRig } from './postgres-rig.ts'

const SECTIONS: [title: string, sql: string][] = [
  [
    'Columns',
    `
    select format('%s.%s  %s%s%s', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attnotnull then ' not null' else '' end,
      coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')) as line
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v') order by c.relname, a.attnum`,
  ],
  [
    'Constraints',
    `
    select format('%s  %s  %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as line from pg_constraint
    where connamespace = 'public'::regnamespace and contype <> 'n' and conrelid <> 0
    order by conrelid::regclass::text, conname`,
  ],
  ['Indexes', `select indexdef as line from pg_indexes where schemaname = 'public' order by indexname`],
  [
    'Row level security',
    `
    select format('%s  %s', oid::regclass, case when relrowsecurity then 'on' else 'OFF' end) as line
    from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname`,
  ],
  [
    'Policies',
    `
    select format('%s  %s  %s to %s using (%s) with check (%s)',
      tablename, policyname, cmd, array_to_string(roles, ', '), qual, with_check) as line
    from pg_policies where schemaname = 'public' order by tablename, policyname`,
  ],
  [
    'Table grants',
    `
    select format('%s  %s  %s', table_name, grantee, string_agg(privilege_type, ', ' order by privilege_type)) as line
    from information_schema.role_table_grants
    where table_schema = 'public' and grantee in ('anon', 'authenticated', 'service_role')
      and privilege_type <> 'MAINTAIN'
    group by table_name, grantee order by table_name, grantee`,
  ],
  [
    'Column grants',
    `
    select format('%s.%s  %s  %s',
      table_name, column_name, grantee, string_agg(privilege_type, ', ' order by privilege_type)) as line
    from information_schema.column_privileges
    where table_schema = 'public' and grantee in ('anon', 'authenticated') and privilege_type <> 'REFERENCES'
    group by table_name, column_name, grantee order by table_name, column_name, grantee`,
  ],
  [
    'Functions',
    `
    select format(E'%s.%s(%s) returns %s%s%s, callable by %s\n%s',
      n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid),
      case when p.prosecdef then ', security definer' else '' end,
      coalesce(', ' || array_to_string(p.proconfig, ', '), ''),
      coalesce(
        (select string_agg(r, ', ' order by r) from unnest(array['anon', 'authenticated', 'service_role']) r
         where has_function_privilege(r, p.oid, 'execute')),
        'none of the API roles'),
      p.prosrc) as line
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('public', 'private') order by n.nspname, p.proname`,
  ],
  [
    'Triggers',
    `select pg_get_triggerdef(t.oid) as line from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not t.tgisinternal and (c.relnamespace = 'public'::regnamespace or c.oid = 'auth.users'::regclass)
    order by c.relname, t.tgname`,
  ],
]

/**
 * Describes the schema after all migrations, in text that is the same on every PostgreSQL. The text is for reading and
 * comparing, not for running.
 */
export async function describeSchema(rig: SupabaseRig): Promise<string> {
  const parts = ['-- Written by `npm run schema` from supabase/migrations. A test compares; do not edit.']
  for (const [title, sql] of SECTIONS) {
    const lines = (await rig.sql(sql)).map(row => String(row.line).replace(/\s+$/gm, ''))
    parts.push(`-- ${title}`, lines.map(line => line.replace(/^/gm, '--   ')).join('\n'))
  }
  return parts.join('\n\n') + '\n'
}
