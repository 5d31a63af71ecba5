import * as chrono from 'chrono-node'
import LinkifyIt from 'linkify-it'

type NuggetKind = 'link' | 'date' | 'deadline' | 'amount' | 'task' | 'decision'

export interface Nugget {
  kind: NuggetKind
  /** As a person would read it. */
  text: string
  /** For programs: link {url} · date and deadline {at, all_day} · amount {currency, value} · task and decision {}. */
  value: Record<string, unknown>
}

interface Text {
  title: string
  body: string
  occurredAt: Date
}

/** Turns a text into what is worth knowing of it. A language model could be another one of these. */
export interface Extractor {
  extract(text: Text): Nugget[] | Promise<Nugget[]>
}

/** More than anyone reads; and a mail made to fill the table fills no more. */
const MOST = 100
const MAX_TEXT = 500
const linkify = new LinkifyIt({ fuzzyEmail: false, fuzzyIP: false })

/** The rules of docs/mail-import.md: the same text gives the same nuggets, in the same order. */
export const rules: Extractor = {
  extract({ title, body, occurredAt }) {
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

// What somebody wrote before is in the signal of that mail. A signature says who, not what.
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

const BEFORE_A_DEADLINE = /\b(by|due|until|till|before|deadline|no later than|latest|expires?|ends?)\b[^.!?]{0,40}$/i

function dates(sentence: string, occurredAt: Date): Nugget[] {
  // A time alone, or "now", is no date that anyone has to keep.
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
const AMOUNT =
  /(?:(?<before>EUR|USD|GBP|CHF|JPY|[€$£¥])\s?(?<first>\d[\d.,'’ ]*\d|\d))|(?:(?<second>\d[\d.,'’ ]*\d|\d)\s?(?<after>EUR|USD|GBP|CHF|JPY|[€£¥]))(?![A-Za-z])/g

function amounts(sentence: string): Nugget[] {
  return [...sentence.matchAll(AMOUNT)].flatMap(({ 0: text, groups }): Nugget[] => {
    const value = toNumber(groups?.first ?? groups?.second ?? '')
    const currency = groups?.before ?? groups?.after ?? ''
    return value === undefined
      ? []
      : [{ kind: 'amount', text: cut(text.trim()), value: { currency: CURRENCIES[currency] ?? currency, value } }]
  })
}

/** 1,234.50 · 1.234,50 · 1'234.50 · 1 234: the last mark before one or two digits is the decimal one. */
function toNumber(text: string): number | undefined {
  const digits = text.replace(/['’ ]/g, '')
  const [, whole = digits, fraction = ''] = /^(.*)[.,](\d{1,2})$/.exec(digits) ?? []
  const number = Number(`${whole.replace(/[.,]/g, '')}.${fraction || '0'}`)
  return Number.isFinite(number) && number < 1e12 ? number : undefined
}

const TASK =
  /^(?:[-*•]\s*)?(?:\[ \]|to-?do\b:?|action(?: item)?:|please\b|could you\b|can you\b|would you\b|you (?:need|have) to\b|we (?:need|have) to\b|don't forget to\b|remember to\b|make sure\b)/i
const DECISION =
  /\b(?:we(?:'ve| have)? (?:decided|agreed|settled on|chose|will go with)|(?:it was|has been) (?:decided|agreed|approved)|decision:|let's go with|approved:)/i

function intentions(sentence: string): Nugget[] {
  if (DECISION.test(sentence)) return [{ kind: 'decision', text: cut(sentence), value: {} }]
  if (TASK.test(sentence) && !/^please (find|see|note|let me know|do not reply|don't reply)\b/i.test(sentence))
    return [{ kind: 'task', text: cut(sentence.replace(/^(?:[-*•]\s*)?(?:\[ \]\s*)?/, '')), value: {} }]
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
