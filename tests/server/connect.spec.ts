import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { IntegrationPage } from '../../shared/contracts/integrations.ts'
import { startApp, type RunningApp } from '../../rigs/app.ts'
import { Person } from '../../rigs/person.ts'
import { querySql } from '../../rigs/sql.ts'

let app: RunningApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(async () => {
  await app.stop()
})

describe('the main job: connect, list, look, delete', () => {
  it('A sandbox account is connected, listed without credentials, stored sealed, deleted and revoked', async () => {
    const person = new Person(app.url)
    const user = await person.signUp()
    const { id, url } = await person.connectSandbox('?return_to=/integrations')
    expect(url.pathname).toBe('/integrations')

    const { body } = await person.json<IntegrationPage>('/api/integrations')
    expect(body.count).toBe(1)
    expect(body.integrations[0]).toMatchObject({
      id,
      integration_type: 'sandbox',
      name: 'Analytical Engines (Ada Lovelace)',
      status: 'active',
      organization_id: user.id,
      missing_scopes: [],
    })
    expect(JSON.stringify(body)).not.toMatch(/access_token|refresh_token|config/)

    const [row] = await querySql(app.sqlPort, `select config from integrations where id = '${id}'`)
    const config = row!.config as Record<string, string>
    expect(config.access_token).toMatch(/^[\w-]{16}\.[\w-]{22}\.[\w-]+$/)
    expect(config.refresh_token).toMatch(/^[\w-]{16}\.[\w-]{22}\.[\w-]+$/)
    expect(config.expires_at).toMatch(/^\d{4}-/)

    const deleted = await person.json(`/api/integrations/${id}`, { method: 'DELETE' })
    expect(deleted.body).toEqual({ success: true, message: 'Integration deleted successfully', revocation: 'revoked' })
    expect(await querySql(app.sqlPort, `select 1 from integrations where id = '${id}'`)).toEqual([])
  })

  it('Connecting the same account again keeps the id and the name of its integration', async () => {
    const person = await Person.signedUp(app.url)
    const first = await person.connectSandbox()
    await person.json(`/api/integrations/${first.id}`, { method: 'PATCH', json: { name: 'My workspace' } })
    const again = await person.connectSandbox()
    expect(again.id).toBe(first.id)
    const { body } = await person.json<IntegrationPage>('/api/integrations')
    expect(body.integrations.map(({ name }) => name)).toEqual(['My workspace'])
    const other = await person.connectSandbox('', 'grace')
    expect(other.id).not.toBe(first.id)
  })
})
