/** Everyone's password. It is public, because nothing in the sandbox needs protection. */
export const PASSWORD = 'sandbox'

/** Someone with an account on the sandbox platform, and the workspace that they own. */
export interface Person {
  id: string
  email: string
  name: string
  workspace: string
}

export const people: readonly Person[] = [
  {
    id: 'ada',
    email: 'ada@sandbox.test',
    name: 'Ada Lovelace',
    workspace: 'Analytical Engines',
  },
  {
    id: 'grace',
    email: 'grace@sandbox.test',
    name: 'Grace Hopper',
    workspace: 'Compiler Works',
  },
]

export function findPerson(id: string): Person | undefined {
  return people.find(person => person.id === id)
}
