import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { parse, sourceFiles, walk } from './source-files.ts'

/** Where files work on what they are handed and nothing else, so that a unit test can say everything about them. */
const PURE = ['server/domain', 'server/oauth', 'server/utils', 'shared', 'integrations']
const PURE_FILES = ['supabase/functions/extract-nuggets/extract.ts']

/** Tested in another place, with the reason. A folder name or a file name at the end stands for all of these. */
const ELSEWHERE: Record<string, string> = {
  'provider.ts': 'A definition is data; tests/server/providers.spec.ts connects, refreshes and ends with each.',
  'google/define-google.ts': 'A definition is data; tests/server/providers.spec.ts runs the three that it makes.',
  'youtube/poll.ts': 'One call of google/pages.ts, which has a spec.',
  'supabase/scan.ts': 'tests/db/scanning.spec.ts runs every rule against the documented answers.',
  'oauth/client.ts': 'The parts for oauth4webapi; authorization-url.spec.ts and tests/server look at what they send.',
  'oauth/exchange-code.ts': 'tests/server/flow-attacks.spec.ts has a named test for each requirement of RFC 9700.',
  'oauth/provider-api.ts': 'tests/server/connect.spec.ts and tests/db/credential-life.spec.ts have its failures.',
  'oauth/refresh-token.ts': 'tests/server/refresh.spec.ts has each class of failure, against a real server.',
  'oauth/revoke-token.ts': 'tests/server/providers.spec.ts has each style of revocation.',
  'contracts/contract.ts': 'Its function keeps types and does nothing.',
  'contracts/oauth-apps.ts': 'Its function names a field in a message.',
}

function hasFunctions(file: string): boolean {
  let found = false
  walk(parse(file), (node) => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) found = true
  })
  return found
}

const all = new Set(sourceFiles())
const pure = [...PURE.flatMap(folder => sourceFiles(folder)), ...PURE_FILES].filter(hasFunctions)
const specOf = (file: string) => `tests/unit/${file.replace(/\.(ts|mjs)$/, '.spec.ts')}`
const elsewhere = (file: string) => Object.keys(ELSEWHERE).find(end => file.endsWith(`/${end}`))

describe('the unit specs', () => {
  it('every pure file has a spec under the same relative name', () => {
    expect(pure.length).toBeGreaterThan(40)
    expect(pure.filter(file => !all.has(specOf(file)) && !elsewhere(file))).toEqual([])
  })

  it('no file that is tested elsewhere has a spec here as well, and each of them exists', () => {
    expect(pure.filter(file => all.has(specOf(file)) && elsewhere(file))).toEqual([])
    expect(Object.keys(ELSEWHERE).filter(end => !pure.some(file => file.endsWith(`/${end}`)))).toEqual([])
  })
})
