// npm run db -- "select …" runs one query on the embedded database of a running server.
import { styleText } from 'node:util'
import pg from 'pg'

const [sql] = process.argv.slice(2)
if (!sql) {
  console.error('Usage: npm run db -- "select integration_type, name, config from integrations"')
  process.exit(1)
}
const port = Number(process.env.COFFER_SQL_PORT ?? 54322)
const client = new pg.Client({
  host: '127.0.0.1',
  port,
  user: 'postgres',
  database: 'postgres',
})
try {
  await client.connect()
} catch {
  console.error(
    `Nothing answers on 127.0.0.1:${port}. Is Coffer running (npm start)? When it starts, it prints its port for SQL.`
    + ' Set COFFER_SQL_PORT to that port.',
  )
  process.exit(1)
}
try {
  const { rows, rowCount } = await client.query(sql)
  for (const row of rows) {
    console.log(
      Object.entries(row)
        .map(
          ([name, value]) => `${styleText('bold', name)}: ${typeof value === 'object' ? JSON.stringify(value) : value}`,
        )
        .join('\n'),
      '\n',
    )
  }
  console.log(`${rowCount ?? 0} row${rowCount === 1 ? '' : 's'}`)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
} finally {
  await client.end()
}
