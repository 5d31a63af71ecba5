import type { Contract } from '#shared/contracts/contract'

type Schema = NonNullable<Contract['body']>

/**
 * A schema for a form (Standard Schema 1) that is loaded when the form is first checked. For pages whose first view has
 * no room for zod; other pages give their form `bodyOf(contract)`.
 */
export function lazySchema<S extends Schema>(load: () => Promise<S>): Pick<S, '~standard'> {
  return {
    '~standard': {
      version: 1,
      vendor: 'coffer',
      validate: async (value: unknown) => (await load())['~standard'].validate(value),
    } as S['~standard'],
  }
}

/** Checks a value by a schema. @returns the first problem in words for people; empty when the value is right */
export async function firstProblem(schema: Pick<Schema, '~standard'>, value: unknown): Promise<string> {
  const { issues } = await schema['~standard'].validate(value)
  return issues?.[0]?.message ?? ''
}
