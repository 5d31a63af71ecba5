type Role =
  | 'alert'
  | 'button'
  | 'combobox'
  | 'dialog'
  | 'heading'
  | 'img'
  | 'link'
  | 'navigation'
  | 'status'
  | 'switch'
  | 'textbox'

/** One way to see a component or a page. */
export interface Case {
  props?: Record<string, unknown>
  slots?: Record<string, () => unknown>
  /** The address of a page. */
  route?: string
  /** Serves what it asks the API for. */
  api?: () => void
  /** Texts that a person then reads. */
  says: (string | RegExp)[]
  /** Roles and accessible names that then exist. */
  has?: [role: Role, name: string | RegExp][]
}

/** Why a component has nothing to show for a kind of data. */
type Reason = string

/**
 * Every component and page is seen with ordinary data, with the longest name, with nothing and after an error; where
 * one of these does not exist for it, the reason stands in its place.
 */
export interface Cases {
  /** The element around it: a list item needs a list. */
  within?: 'div' | 'ul'
  /** A page for people who are not signed in. */
  signedOut?: boolean
  ordinary: Case
  longName: Case | Reason
  empty: Case | Reason
  error: Case | Reason
  more?: Record<string, Case>
}

/** The cases of a subject, with a name each. */
export function named({ ordinary, longName, empty, error, more = {} }: Cases): [string, Case][] {
  const all: [string, Case | Reason][] = [
    ['ordinary data', ordinary],
    ['a name of 200 characters', longName],
    ['nothing to show', empty],
    ['an error', error],
    ...Object.entries(more),
  ]
  return all.filter((entry): entry is [string, Case] => typeof entry[1] !== 'string')
}
