import { describe, expect, it } from 'vitest'
import { useRig } from '../../rigs/on-both-databases.ts'
import { startPgliteRig } from '../../rigs/pglite-rig.ts'
import type { SupabaseRig } from '../../rigs/postgres-rig.ts'
import { anonymous, service, signUp } from '../../rigs/rest-user.ts'

let rig: SupabaseRig
useRig(startPgliteRig, (started) => {
  rig = started
})

describe('requests at the same moment in the one session of the embedded database', () => {
  it('Simultaneous requests to the embedded database each run under their own role and claims', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => signUp(rig)))
    const wrong: string[] = []
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => index).flatMap(index => [
        ...people.map(async (person) => {
          const { status, body } = await person.rest('organizations?select=id')
          if (status !== 200 || JSON.stringify(body) !== JSON.stringify([{ id: person.id }]))
            wrong.push(`person ${index}: ${status} ${JSON.stringify(body)}`)
        }),
        (async () => {
          const { status } = await anonymous(rig).rest('organizations?select=id')
          if (status < 400) wrong.push(`anon ${index}: ${status}`)
        })(),
        (async () => {
          const { status, body } = await service(rig).rest('organizations?select=id')
          if (status !== 200 || (body as unknown[]).length !== people.length)
            wrong.push(`service ${index}: ${status} ${(body as unknown[]).length}`)
        })(),
      ]),
    )
    expect(wrong).toEqual([])
  })
})
