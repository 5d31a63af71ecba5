import pg from 'pg'

/** Rows of a query, over the port that psql uses. */
export async function querySql(port: number, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    database: 'postgres',
  })
  await client.connect()
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[]
  } finally {
    await client.end()
  }
}

/** Makes a user a viewer of an organization. */
export async function addViewer(port: number, organizationId: string, userId: string): Promise<void> {
  await querySql(
    port,
    `insert into organization_members (organization_id, user_id, role)
     values ('${organizationId}', '${userId}', 'viewer')`,
  )
}
