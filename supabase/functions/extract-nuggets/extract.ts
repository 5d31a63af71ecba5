import * as chrono from 'chrono-node'
import LinkifyIt from 'linkify-it'

type NuggetKind = 'link' | 'date' | 'deadline' | 'amount' | 'task' | 'decision'

export interface Nugget {
  kind: NuggetKind
  /** What a person reads. */
  text: string
  /**
   * What a program reads: link {url}, date and deadline {at, all_day}, amount {currency, value}, task and decision {}.
   */
  value: Record<string, unknown>
}

interface Text {
  title: string
  body: string
  occurredAt: Date
}

/** Finds what is worth knowing in a text. `rules` is one way to do it, and a language model could be another. */
export interface Extractor {
  extract(text: Text): Nugget[] | Promise<Nugget[]>
}

/** No one reads more of one mail, and a mail that is made to fill the table cannot add more. */
const MOST = 100
const MAX_TEXT = 500
const linkify = new LinkifyIt({ fuzzyEmail: false, fuzzyIP: false })

/** Applies the rules of docs/mail-import.md. The same text gives the same nuggets in the same order. */
export const rules: Extractor = {
  extract({ title, body, occurredAt }) {
    // A sentence ends at . ! or ? if white space and then a capital letter or a list mark follow.
    const sentences = [title, ...withoutQuotes(body)].flatMap(line => line.split(/(?<=[.!?])\s+(?=\p{Lu}|[-*•])/u))
    const found = [
      ...links([title, body].join('\n')),
      ...sentences.flatMap(sentence => dates(sentence, occurredAt)),
      ...sentences.flatMap(amounts),
      ...sentences.flatMap(intentions),
    ]
    return unique(found).slice(0, MOST)
  },
}

// Leaves out quoted mails, which are signals of their own, and the signature, which only says who wrote. It also leaves
// out empty lines, and lines too long for a person to have written.
function withoutQuotes(body: string): string[] {
  const lines = body.split('\n')
  const signature = lines.findIndex(line => line.trimEnd() === '--' || line === '-- ')
  return (signature < 0 ? lines : lines.slice(0, signature))
    .filter(line => !/^\s*>/.test(line) && !/^On .{5,120} wrote:$/.test(line.trim()))
    .map(line => line.trim())
    .filter(line => line.length > 2 && line.length <= 2000)
}

function links(text: string): Nugget[] {
  return (linkify.match(text.slice(0, 100_000)) ?? [])
    .filter(({ schema, url }) => schema !== 'mailto:' && /^https?:/.test(url))
    .map(({ url }) => ({ kind: 'link', text: cut(url), value: { url: url.slice(0, 2000) } }))
}

// A date is a deadline when such a word precedes it in the same sentence, at most 40 characters before.
const BEFORE_A_DEADLINE = /\b(by|due|until|till|before|deadline|no later than|latest|expires?|ends?)\b[^.!?]{0,40}$/i

function dates(sentence: string, occurredAt: Date): Nugget[] {
  // A time without a day, or "now", is not a date to remember.
  return chrono
    .parse(sentence.slice(0, 2000), { instant: occurredAt, timezone: 0 }, { forwardDate: true })
    .filter(
      ({ text, start }) =>
        !/^(?:just |right )?now$/i.test(text) &&
        (start.isCertain('day') || start.isCertain('weekday') || start.isCertain('month')),
    )
    .map((result): Nugget => {
      const deadline =
        BEFORE_A_DEADLINE.test(sentence.slice(0, result.index)) || /^(by|until|before)\b/i.test(result.text)
      const allDay = !result.start.isCertain('hour')
      const at = result.start.date().toISOString()
      return {
        kind: deadline ? 'deadline' : 'date',
        text: cut(deadline ? sentence : result.text),
        value: { at: allDay ? at.slice(0, 10) : at, all_day: allDay },
      }
    })
}

const CURRENCIES: Record<string, string> = {
  '€': 'EUR',
  '$': 'USD',
  '£': 'GBP',
  '¥': 'JPY',
}
const CODES = 'EUR|USD|GBP|CHF|JPY'
// Digits with separators of thousands or decimals between them, or a single digit.
const NUMBER = String.raw`\d[\d.,'’ ]*\d|\d`
// "€ 12.50" and "EUR 12.50", or "12.50 €" and "12.50 EUR". A "$" counts only in front of a number. A currency behind a
// number must end there: "5 EUROS" is not an amount.
const AMOUNT = new RegExp(
  String.raw`(?<before>${CODES}|[€$£¥])\s?(?<first>${NUMBER})`
  + String.raw`|(?<second>${NUMBER})\s?(?<after>${CODES}|[€£¥])(?![A-Za-z])`,
  'g',
)

function amounts(sentence: string): Nugget[] {
  return [...sentence.matchAll(AMOUNT)].flatMap(({ 0: text, groups }): Nugget[] => {
    const value = toNumber(groups?.first ?? groups?.second ?? '')
    const currency = groups?.before ?? groups?.after ?? ''
    return value === undefined
      ? []
      : [{ kind: 'amount', text: cut(text.trim()), value: { currency: CURRENCIES[currency] ?? currency, value } }]
  })
}

/**
 * Reads 1,234.50 and 1.234,50 and 1'234.50 and 1 234. The last dot or comma is the decimal mark if one or two digits
 * follow.
 * @returns undefined for what is not a number below 10^12
 */
function toNumber(text: string): number | undefined {
  const digits = text.replace(/['’ ]/g, '')
  const [, whole = digits, fraction = ''] = /^(.*)[.,](\d{1,2})$/.exec(digits) ?? []
  const number = Number(`${whole.replace(/[.,]/g, '')}.${fraction || '0'}`)
  return Number.isFinite(number) && number < 1e12 ? number : undefined
}

// A list mark in front of a sentence.
const BULLET = String.raw`[-*•]\s*`
// A sentence that begins with one of these, or with a list mark and one of these, is a task.
const TASK_OPENINGS = [
  String.raw`\[ \]`,
  String.raw`to-?do\b:?`,
  'action(?: item)?:',
  String.raw`please\b`,
  String.raw`(?:could|can|would) you\b`,
  String.raw`(?:you|we) (?:need|have) to\b`,
  String.raw`don't forget to\b`,
  String.raw`remember to\b`,
  String.raw`make sure\b`,
]
const TASK = new RegExp(`^(?:${BULLET})?(?:${TASK_OPENINGS.join('|')})`, 'i')
// These begin like a task, but ask for nothing.
const POLITE_PHRASE = /^please (find|see|note|let me know|do not reply|don't reply)\b/i
// The box and the list mark, which are left out of the text of a task.
const TASK_MARK = new RegExp(String.raw`^(?:${BULLET})?(?:\[ \]\s*)?`)
// A sentence that says one of these anywhere is a decision.
const DECISION_PHRASES = [
  'we(?:\'ve| have)? (?:decided|agreed|settled on|chose|will go with)',
  '(?:it was|has been) (?:decided|agreed|approved)',
  'decision:',
  'let\'s go with',
  'approved:',
]
const DECISION = new RegExp(String.raw`\b(?:${DECISION_PHRASES.join('|')})`, 'i')

function intentions(sentence: string): Nugget[] {
  if (DECISION.test(sentence)) return [{ kind: 'decision', text: cut(sentence), value: {} }]
  if (TASK.test(sentence) && !POLITE_PHRASE.test(sentence))
    return [{ kind: 'task', text: cut(sentence.replace(TASK_MARK, '')), value: {} }]
  return []
}

function unique(nuggets: Nugget[]): Nugget[] {
  const seen = new Set<string>()
  return nuggets.filter(({ kind, text }) => {
    const key = `${kind}\0${text}`
    if (!text || seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text
}
