import { describe, expect, it } from 'vitest'
import { githubWebhook } from '../../../../integrations/github/webhook.ts'

describe('a message of GitHub', () => {
  it.each([
    ['ping', {}],
    ['push', { poll: true, scan: false }],
    ['branch_protection_rule', { poll: true, scan: true }],
    ['repository', { poll: true, scan: true }],
    ['secret_scanning_alert', { poll: true, scan: true }],
  ])('the event %s asks for %j', (event, reaction) => {
    expect(githubWebhook.reaction(event)).toEqual(reaction)
  })
})
