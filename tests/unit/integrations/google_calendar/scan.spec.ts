import { describe, expect, it } from 'vitest'
import { calendarRules } from '../../../../integrations/google_calendar/scan.ts'
import { fakeClient, subject } from '../fake-client.ts'

const look = async (type: string, role: string) =>
  await calendarRules[0]!.run(fakeClient(() => ({ body: { items: [{ id: 'x', role, scope: { type } }] } })), subject)

describe('the rule about a calendar', () => {
  it('a calendar that everyone reads is reported, more so if they read the appointments', async () => {
    expect(await look('default', 'reader')).toMatchObject([{ severity: 'medium' }])
    expect(await look('default', 'freeBusyReader')).toMatchObject([{ severity: 'low' }])
  })

  it('a calendar that is shared with a person, or with nobody, is fine', async () => {
    expect(await look('user', 'reader')).toEqual([])
    expect(await look('default', 'none')).toEqual([])
  })
})
