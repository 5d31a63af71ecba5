import type { SupabaseRig } from './postgres-rig.ts'

/** PostgreSQL's types as PostgREST writes them in JSON. Everything that is not listed is text there. */
const SCALARS: Record<string, string> = {
  int2: 'number',
  int4: 'number',
  int8: 'number',
  float4: 'number',
  float8: 'number',
  numeric: 'number',
  bool: 'boolean',
  json: 'Json',
  jsonb: 'Json',
  void: 'undefined',
}

interface Column {
  relation: string
  kind: 'r' | 'v'
  name: string
  type: string
  nullable: boolean
  optional: boolean
}

interface Routine {
  name: string
  args: { name: string, type: string, optional: boolean }[]
  result: string
  set: boolean
  columns: { name: string, type: string }[] | null
}

const COLUMNS = /* sql */ `
  select c.relname as relation, c.relkind as kind, a.attname as name, t.typname as type,
    not a.attnotnull as nullable, not a.attnotnull or a.atthasdef or a.attidentity <> '' as optional
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v')
  order by c.relname, a.attname collate "C"`

const ROUTINES = /* sql */ `
  select p.proname as name, p.proretset as set, r.typname as result,
    coalesce((
      select jsonb_agg(jsonb_build_object('name', n.name, 'type', t.typname,
        'optional', n.position > p.pronargs - p.pronargdefaults) order by n.position)
      from unnest(p.proargnames[1:p.pronargs], p.proargtypes::oid[]) with ordinality as n (name, type, position)
      join pg_type t on t.oid = n.type), '[]') as args,
    case when p.proargmodes is not null then (
      select jsonb_agg(jsonb_build_object('name', n.name, 'type', t.typname) order by n.position)
      from unnest(p.proargnames, p.proallargtypes, p.proargmodes) with ordinality as n (name, type, mode, position)
      join pg_type t on t.oid = n.type
      where n.mode in ('t', 'o')) end as columns
  from pg_proc p
  join pg_type r on r.oid = p.prorettype
  where p.pronamespace = 'public'::regnamespace and r.typname <> 'trigger'
  order by p.proname collate "C"`

/**
 * The types of the public schema, in the form that `supabase gen types typescript` writes and supabase-js reads.
 * That command needs Docker or a project; this asks the catalog of a rig.
 */
export async function databaseTypes(rig: SupabaseRig): Promise<string> {
  const columns = await rig.sql(COLUMNS) as unknown as Column[]
  const routines = await rig.sql(ROUTINES) as unknown as Routine[]
  const relations = [...new Set(columns.map(({ relation }) => relation))]
  const known = new Map(columns.map(({ relation, kind }) => [relation, kind]))
  const of = (relation: string) => columns.filter(column => column.relation === relation)
  const tables = relations.filter(relation => of(relation)[0]?.kind === 'r')
  const views = relations.filter(relation => of(relation)[0]?.kind === 'v')
  return `// Written by \`npm run schema\` from supabase/migrations. A test compares.
// Whatever JSON can hold: the stores check it with zod.
type Json = unknown

export interface Database {
  public: {
    Tables: {
${tables.map(name => tableType(name, of(name))).join('\n')}
    }
    Views: {
${views.map(name => viewType(name, of(name))).join('\n')}
    }
    Functions: {
${routines.map(routine => routineType(routine, known)).join('\n')}
    }
    Enums: Record<never, never>
    CompositeTypes: Record<never, never>
  }
}
`
}

function tableType(name: string, columns: Column[]): string {
  return [
    `      ${name}: {`,
    member('Row', columns, rowField),
    member('Insert', columns, column => field(column, column.optional)),
    member('Update', columns, column => field(column, true)),
    '        Relationships: []',
    '      }',
  ].join('\n')
}

function viewType(name: string, columns: Column[]): string {
  return `      ${name}: {\n${member('Row', columns, rowField)}\n        Relationships: []\n      }`
}

function member(name: string, columns: Column[], write: (column: Column) => string): string {
  return `        ${name}: {\n${columns.map(column => `          ${write(column)}`).join('\n')}\n        }`
}

function rowField(column: Column): string {
  return field(column, false)
}

function field({ name, type, nullable }: Column, optional: boolean): string {
  return `${name}${optional ? '?' : ''}: ${scalar(type)}${nullable ? ' | null' : ''}`
}

function routineType({ name, args, result, set, columns }: Routine, relations: Map<string, 'r' | 'v'>): string {
  const row = columns
    ? object(columns.map(column => `${column.name}: ${scalar(column.type)}`))
    : rowOf(result, relations)
  const fields = args.map(arg => `${arg.name}${arg.optional ? '?' : ''}: ${scalar(arg.type)}`)
  return [
    `      ${name}: {`,
    `        Args: ${fields.length ? object(fields) : 'Record<PropertyKey, never>'}`,
    `        Returns: ${row}${set || columns ? '[]' : ''}`,
    '      }',
  ].join('\n')
}

function object(fields: string[]): string {
  return `{\n${fields.map(line => `          ${line}`).join('\n')}\n        }`
}

function rowOf(type: string, relations: Map<string, 'r' | 'v'>): string {
  const kind = relations.get(type)
  return kind ? `Database['public']['${kind === 'r' ? 'Tables' : 'Views'}']['${type}']['Row']` : scalar(type)
}

function scalar(type: string): string {
  return type.startsWith('_') ? `${scalar(type.slice(1))}[]` : SCALARS[type] ?? 'string'
}
