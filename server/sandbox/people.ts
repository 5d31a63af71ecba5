/** Who lives in the sandbox. The password is public: nothing here is worth protecting. */
export const PASSWORD = 'sandbox'

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
