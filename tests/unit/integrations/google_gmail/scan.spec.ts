import { describe, expect, it } from 'vitest'
import { gmailRules } from '../../../../integrations/google_gmail/scan.ts'
import { fakeClient, subject } from '../fake-client.ts'

const look = async (id: string, body: unknown) =>
  await gmailRules.find(check => check.id === `gmail.${id}`)!.run(fakeClient(() => ({ body })), subject)

describe('the rules about a mailbox', () => {
  it('mail that is forwarded is reported with its address', async () => {
    expect(await look('auto_forwarding', {})).toEqual([])
    expect(await look('auto_forwarding', { enabled: true, emailAddress: 'eve@evil.example' })).toMatchObject([
      { evidence: { to: 'eve@evil.example' } },
    ])
  })

  it('each filter that forwards is reported, and no other', async () => {
    const filter = [{ id: 'f1', action: { forward: 'eve@evil.example' } }, { id: 'f2', action: {} }, { id: 'f3' }]
    expect(await look('forwarding_filters', { filter })).toMatchObject([{ subject: 'f1' }])
    expect(await look('forwarding_filters', {})).toEqual([])
  })

  it.each([
    ['pop', { accessWindow: 'disabled' }, { accessWindow: 'allMail' }],
    ['imap', { enabled: false }, { enabled: true }],
  ])('%s access that is on is reported', async (protocol, off, on) => {
    expect(await look(protocol, off)).toEqual([])
    expect(await look(protocol, on)).toHaveLength(1)
  })
})
