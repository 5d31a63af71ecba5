import type { StandInAnswer } from './stand-ins.ts'

/** A token endpoint that rotates, and ends the family when a spent refresh token comes back (RFC 9700 §4.14.2). */
export class RotatingFamily {
  #generation = 0
  #alive = true
  requests = 0
  reuses = 0

  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  get current(): string {
    return `${this.name}-refresh-${this.#generation}`
  }

  answer(token: string): StandInAnswer {
    this.requests++
    if (token !== this.current || !this.#alive) {
      if (token !== this.current) this.reuses++
      this.#alive = false
      return { status: 400, json: { error: 'invalid_grant' } }
    }
    this.#generation++
    return {
      json: {
        access_token: `${this.name}-access-${this.#generation}`,
        refresh_token: this.current,
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'identify guilds',
      },
    }
  }
}
