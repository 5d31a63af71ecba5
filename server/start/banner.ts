import type { Services } from './services.ts'

/**
 * Returns the lines that a server prints when it is ready: the address, the demo account and how to look at the rows.
 */
export function banner({ config, embedded }: Services, port: number): string {
  if (!embedded) return `Coffer is ready at ${config.appUrl} (listening on port ${port})`
  const { facts } = embedded
  const backUp = '   (created now: back it up: without keys.json nothing opens)'
  return [
    '',
    `  Coffer is ready:  ${config.appUrl}`,
    '',
    `  Sign in as        ${facts.demo.email}  with  ${facts.demo.password}   (or create an account)`,
    `  See the rows      psql "postgresql://postgres@127.0.0.1:${facts.sqlPort}/postgres?sslmode=disable"`,
    `                    npm run db -- "select integration_type, name, config from integrations"`,
    `  Data and keys     ${facts.dataDir}${facts.keysCreated ? backUp : ''}`,
    '',
  ].join('\n')
}
