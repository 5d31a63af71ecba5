import { randomUUID } from 'node:crypto'
import type { SeenRequest, StandInAnswer } from './stand-ins.ts'

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

  /** The only refresh token that the endpoint takes now. */
  get current(): string {
    return `${this.name}-refresh-${this.#generation}`
  }

  /** What the authorization code was exchanged for: the first tokens of the family. */
  get first(): StandInAnswer {
    return this.#tokens(0)
  }

  answer(token: string): StandInAnswer {
    this.requests++
    if (token !== this.current || !this.#alive) {
      if (token !== this.current) this.reuses++
      this.#alive = false
      return { status: 400, json: { error: 'invalid_grant' } }
    }
    this.#generation++
    return this.#tokens(this.#generation)
  }

  #tokens(generation: number): StandInAnswer {
    return {
      json: {
        access_token: `${this.name}-access-${generation}`,
        refresh_token: `${this.name}-refresh-${generation}`,
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'identify guilds',
      },
    }
  }
}

/** The families that one token endpoint knows, told apart by the name that each of their tokens carries. */
export class TokenFamilies {
  readonly #byName = new Map<string, RotatingFamily>()

  add(): RotatingFamily {
    const family = new RotatingFamily(randomUUID().slice(0, 8))
    this.#byName.set(family.name, family)
    return family
  }

  /** @returns undefined for a request that brings no refresh token of a known family */
  answer(request: SeenRequest): StandInAnswer | undefined {
    const token = new URLSearchParams(request.body).get('refresh_token') ?? ''
    return this.#byName.get(token.split('-refresh-')[0]!)?.answer(token)
  }
}
