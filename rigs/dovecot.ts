import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './app.ts'
import { until } from './wait.ts'

const exec = promisify(execFile)

/** Whether Debian's dovecot is installed (as .ci/run does with dovecot-imapd). Only root can start it. */
export const hasDovecot = existsSync('/usr/sbin/dovecot') && process.getuid?.() === 0

export interface MailServer {
  /** One port has TLS from the first byte, the other has STARTTLS. */
  ports: { implicit: number, starttls: number }
  /** For NODE_EXTRA_CA_CERTS and DENO_CERT. */
  certificate: string
  setPassword(user: string, password: string): Promise<void>
  deliver(user: string, mails: (string | Buffer)[]): Promise<void>
  /** Gives the same mails new numbers, as a restore from a backup does. */
  renumber(user: string): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
  remove(): Promise<void>
}

/** Starts a real IMAP server on loopback, with mailboxes of its own. */
export async function startDovecot(): Promise<MailServer> {
  const folder = await mkdtemp('/tmp/coffer-imap-')
  await chmod(folder, 0o755)
  const ports = { implicit: await freePort(), starttls: await freePort() }
  const certificate = join(folder, 'ca.pem')
  // An authority and a certificate that it signs: Deno accepts no certificate that is both.
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: folder })
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=Test authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  )
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', 'key.pem', '-out', 'request.pem')
  await writeFile(join(folder, 'extensions'), 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n')
  openssl(
    'x509',
    '-req',
    '-in',
    'request.pem',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'extensions',
    '-out',
    'cert.pem',
  )
  const passwords = new Map<string, string>()
  const writeUsers = () =>
    writeFile(join(folder, 'users'), [...passwords].map(([user, password]) => `${user}:{PLAIN}${password}\n`).join(''))
  await writeUsers()
  for (const name of ['run', 'state', 'mail']) await mkdir(join(folder, name))
  await exec('chown', ['nobody:nogroup', join(folder, 'mail')])
  const config = join(folder, 'dovecot.conf')
  await writeFile(
    config,
    `protocols = imap
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
listen = 127.0.0.1
ssl = required
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
mail_location = maildir:${folder}/mail/%u
first_valid_uid = 1
auth_failure_delay = 0
mail_max_userip_connections = 100
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${folder}/mail/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${ports.starttls}
  }
  inet_listener imaps {
    port = ${ports.implicit}
    ssl = yes
  }
}
service anvil {
  chroot =
}
`,
  )
  let delivered = 0
  const inbox = (user: string) => join(folder, 'mail', user)
  const server: MailServer = {
    ports,
    certificate,
    async setPassword(user, password) {
      passwords.set(user, password)
      await writeUsers()
      // The server reads the file once a second.
      await until('the mail server to know the password', () =>
        exec('/usr/bin/doveadm', ['-c', config, 'auth', 'test', user, password]).then(
          () => true,
          () => false,
        ),
      )
    },
    async deliver(user, mails) {
      for (const name of ['cur', 'new', 'tmp']) await mkdir(join(inbox(user), name), { recursive: true })
      // The names sort in the order of arrival, and the UIDs follow the names.
      await Promise.all(
        mails.map(mail =>
          writeFile(join(inbox(user), 'new', `1700000000.M${String(++delivered).padStart(8, '0')}.localhost`), mail),
        ),
      )
      await exec('chown', ['-R', 'nobody:nogroup', inbox(user)])
    },
    async renumber(user) {
      await server.stop()
      for (const name of await readdir(inbox(user))) if (name.startsWith('dovecot')) await rm(join(inbox(user), name))
      await server.start()
    },
    async start() {
      // It goes to the background and keeps its streams open, so it gets none of ours.
      execFileSync('/usr/sbin/dovecot', ['-c', config], { stdio: 'ignore' })
      await until(
        'the mail server to listen',
        () =>
          new Promise<boolean>((resolve) => {
            const socket = connect(ports.implicit, '127.0.0.1', () => {
              socket.destroy()
              resolve(true)
            }).once('error', () => resolve(false))
          }),
      )
    },
    async stop() {
      await exec('/usr/bin/doveadm', ['-c', config, 'stop'])
      await until('the mail server to be gone', () => !existsSync(join(folder, 'run/master.pid')))
    },
    async remove() {
      await server.stop().catch(() => undefined)
      await rm(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}
