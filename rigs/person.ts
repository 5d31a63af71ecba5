/** A browser without pages: it keeps cookies, follows redirects and submits forms, over real HTTP. */
export class Person {
  readonly cookies = new Map<string, string>()
  /** Every answer that this person got, for canary searches. */
  readonly seen: { url: string, status: number, headers: string, body: string }[] = []
  /** The user's id, from signing up on; the id of their personal organization is the same. */
  id = ''
  readonly #base: string

  constructor(base: string) {
    this.#base = base
  }

  /** Someone who has just signed up. */
  static async signedUp(base: string): Promise<Person> {
    const person = new Person(base)
    await person.signUp()
    return person
  }

  /** Sends one request and follows no redirects. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(path, this.#base)
    const headers = new Headers(init.headers)
    if (this.cookies.size)
      headers.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    if (init.method && init.method !== 'GET' && !headers.has('origin'))
      headers.set('origin', new URL(this.#base).origin)
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    this.seen.push({
      url: url.href,
      status: response.status,
      headers: JSON.stringify([...response.headers]),
      body: await response.clone().text(),
    })
    return response
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';')
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    const gone = attributes.some(
      attribute => /^\s*max-age=0$/i.test(attribute) || /^\s*expires=Thu, 01 Jan 1970/i.test(attribute),
    )
    if (gone || at === pair.length - 1) this.cookies.delete(name)
    else this.cookies.set(name, pair.slice(at + 1))
  }

  async json<T = Record<string, unknown>>(
    path: string,
    init: RequestInit & { json?: unknown } = {},
  ): Promise<{ status: number, body: T, response: Response }> {
    const { json, ...rest } = init
    const response = await this.request(
      path,
      json === undefined
        ? rest
        : {
            method: 'POST',
            ...rest,
            body: JSON.stringify(json),
            headers: { 'content-type': 'application/json', ...(rest.headers as Record<string, string>) },
          },
    )
    const text = await response.text()
    return { status: response.status, body: (text ? JSON.parse(text) : null) as T, response }
  }

  /** Follows redirects as a browser does, until a page or another origin. */
  async visit(path: string, init: RequestInit = {}): Promise<{ url: URL, status: number, body: string, trail: URL[] }> {
    let url = new URL(path, this.#base)
    let next: RequestInit = { ...init, headers: { accept: 'text/html', ...(init.headers as Record<string, string>) } }
    const trail: URL[] = []
    for (let hop = 0; hop < 20; hop++) {
      trail.push(url)
      if (url.origin !== new URL(this.#base).origin) return {
        url,
        status: 0,
        body: '',
        trail,
      }
      const response = await this.request(url.href, next)
      const location = response.headers.get('location')
      if (!location) return {
        url,
        status: response.status,
        body: await response.text(),
        trail,
      }
      url = new URL(location, url)
      next = { headers: { accept: 'text/html' } }
    }
    throw new Error(`too many redirects: ${trail.map(String).join(' → ')}`)
  }

  async submit(path: string, fields: Record<string, string>) {
    return await this.visit(path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
  }

  async signUp(
    email = `${crypto.randomUUID()}@example.com`,
    password = 'correct horse battery',
  ): Promise<{ id: string, email: string }> {
    const { status, body } = await this.json<{ user: { id: string, email: string } }>('/api/account', {
      json: { email, password },
    })
    if (status !== 201) throw new Error(`sign-up: ${status} ${JSON.stringify(body)}`)
    this.id = body.user.id
    return body.user
  }

  /** Goes through the sandbox's pages up to the consent. @returns the address of that page, to allow or deny */
  async consentPage(query = '', who = 'ada'): Promise<string> {
    const login = await this.visit(`/api/auth/sandbox${query}`)
    if (!login.body.includes('Sign in to the sandbox'))
      throw new Error(`no login page at ${login.url.href}: ${login.status} ${login.body.slice(0, 300)}`)
    const consent = await this.submit(`${login.url.pathname}/login`, {
      email: `${who}@sandbox.test`,
      password: 'sandbox',
    })
    if (!consent.body.includes('>Allow</button>'))
      throw new Error(`no consent page at ${consent.url.href}: ${consent.status} ${consent.body.slice(0, 300)}`)
    return consent.url.pathname
  }

  /** Connects the sandbox. @returns the page on which the browser ended, and the integration's id */
  async connectSandbox(query = '', who = 'ada'): Promise<{ id: string, url: URL, trail: URL[] }> {
    const page = await this.submit(`${await this.consentPage(query, who)}/confirm`, {})
    const id = page.url.searchParams.get('connected')
    if (!id)
      throw new Error(`not connected: ${page.status} ${page.trail.map(String).join(' → ')} ${page.body.slice(0, 400)}`)
    return { id, url: page.url, trail: page.trail }
  }
}
