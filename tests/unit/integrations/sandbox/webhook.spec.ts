import { describe, expect, it } from 'vitest'
import { sandboxWebhook } from '../../../../integrations/sandbox/webhook.ts'

describe('a message of the sandbox', () => {
  it.each([
    ['project.updated', { poll: true, scan: false }],
    ['settings.updated', { poll: false, scan: true }],
    ['anything.else', { poll: false, scan: false }],
  ])('the event %s asks for %j', (event, reaction) => {
    expect(sandboxWebhook.reaction(event)).toEqual(reaction)
  })
})
