import { describe, expect, it } from 'vitest'
import { addressOf } from '../../composables/pure/address.ts'

describe('the address of an operation', () => {
  it('is the path itself when nothing is to be filled in', () => {
    expect(addressOf('/api/providers')).toBe('/api/providers')
  })

  it('has its parameters encoded, so that no value can lead to another operation', () => {
    expect(addressOf('/api/integrations/{id}/audit', { params: { id: '../session?x=1#y' } })).toBe(
      '/api/integrations/..%2Fsession%3Fx%3D1%23y/audit',
    )
  })

  it('leaves out what is undefined or null, and keeps what is false, zero or empty', () => {
    const query = {
      a: undefined,
      b: null,
      c: false,
      d: 0,
      e: '',
    }
    expect(addressOf('/api/audit', { query })).toBe('/api/audit?c=false&d=0&e=')
  })

  it.each([[undefined], [null], ['']])('is refused when a parameter is %o', (id) => {
    expect(() => addressOf('/api/integrations/{id}', { params: { id } })).toThrow('/api/integrations/{id} needs id')
  })
})
