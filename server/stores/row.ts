import * as z from 'zod'
import { camelKeys, snakeKeys, type CamelKeys, type SnakeKeys } from '../domain/key-names.ts'
import type { Database } from './database.types.ts'

type Relations = Database['public']['Tables'] & Database['public']['Views']
type Relation = keyof Relations
type Column<Name extends Relation> = keyof Relations[Name]['Row'] & string
type Item<Shape extends z.ZodRawShape> = CamelKeys<z.output<z.ZodObject<Shape>>>

/** The schema of a row, and the columns that a query must select. */
export interface RowReader<Result> {
  schema: z.ZodType<Result>
  /** The argument of `select()`: column names, separated by commas. */
  columns: string
}

/**
 * Reads rows of a table or view: checks each column and gives the item the names of our code. The shape is the only
 * list of the columns. A column that the relation does not have does not compile.
 */
export function fromRow<Name extends Relation, Shape extends z.ZodRawShape>(
  _relation: Name,
  shape: Shape & { [Key in Exclude<keyof Shape, Column<Name>>]: never },
): RowReader<Item<Shape>> {
  return { schema: fromJson<Shape>(shape), columns: Object.keys(shape).join(', ') }
}

/** Does the same for an object that a function of the database returns. */
export function fromJson<Shape extends z.ZodRawShape>(shape: Shape): z.ZodType<Item<Shape>> {
  return z.object(shape).transform(row => camelKeys(row) as Item<Shape>)
}

type StoredValue<Value> = Value extends Date ? string : Value
type Stored<Row> = { [Key in keyof Row]: StoredValue<Row[Key]> }

/** Turns an item into a row: our names become the database's, dates become text, and `undefined` is left out. */
export function toRow<From extends object>(item: From): Stored<SnakeKeys<From>> {
  const given = Object.entries(snakeKeys(item)).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([column, value]) => [column, toColumn(value)])) as Stored<SnakeKeys<From>>
}

/** Turns a value into the form of a column: dates become ISO text, everything else stays. */
export function toColumn(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value
}

/** PostgreSQL and PGlite write the same moment differently; this is the form that leaves the stores. */
export const timestamp = z.string().transform(text => text.replace(' ', 'T').replace(/[+-]00(:?00)?$/, 'Z'))
export const date = timestamp.transform(text => new Date(text))
export const jsonObject = z.record(z.string(), z.unknown())
