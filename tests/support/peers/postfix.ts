// Postfix with its own configuration and queue in a folder of the test. It takes no mail, and wants to be started by root.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { freePort, peer, type RunningPeer, startPeer } from '../peers.ts';

export const postfixMaster = '/usr/lib/postfix/sbin/master';
/** What a suite against it needs. */
export const postfixPrograms: readonly string[] = ['postfix', postfixMaster, ...(process.getuid?.() === 0 ? [] : ['postfix run by root'])];

export interface PostfixSettings {
  /** Files of PEM: STARTTLS is offered. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Lines of main.cf. */
  readonly main?: readonly string[];
  /** Socket of a server of passwords, in the protocol of Dovecot. */
  readonly auth?: string;
  /** Greets by postscreen, which lets a client wait. */
  readonly postscreen?: boolean;
}

/** Its folders must be passable for its own users: `folder` is opened. */
export async function startPostfix(
  folder: string,
  settings: PostfixSettings = {},
): Promise<{ readonly port: number; readonly peer: RunningPeer }> {
  const port = await freePort();
  const home = join(folder, `postfix-${port}`);
  const at = (name: string) => join(home, name);
  chmodSync(folder, 0o755);
  for (const path of [home, at('etc'), at('queue'), at('data')]) mkdirSync(path, { mode: 0o755 });
  const owner = Number(execFileSync('id', ['-u', 'postfix'], { encoding: 'utf8' }));
  chownSync(at('data'), owner, -1);
  writeFileSync(at('etc/main.cf'), mainOf(at, settings).join('\n'));
  writeFileSync(at('etc/master.cf'), masterOf(port, settings).join('\n'));
  // Makes the folders of the queue.
  execFileSync(peer('postfix') ?? 'postfix', ['-c', at('etc'), 'check'], { stdio: 'pipe' });
  // In a group of its own: at its end it ends its group, and a child that went on would hold the port.
  const started = await startPeer({ program: 'setsid', args: [postfixMaster, '-c', at('etc'), '-d'], port });
  return { port, peer: started };
}

function mainOf(at: (name: string) => string, { tls, auth, main = [] }: PostfixSettings): readonly string[] {
  return [
    'compatibility_level = 3.6',
    `queue_directory = ${at('queue')}`,
    `data_directory = ${at('data')}`,
    'command_directory = /usr/sbin',
    'daemon_directory = /usr/lib/postfix/sbin',
    'mail_owner = postfix',
    'setgid_group = postdrop',
    'myhostname = mx.holter.test',
    'mydestination =',
    'inet_interfaces = 127.0.0.1',
    'inet_protocols = ipv4',
    'default_transport = error',
    'alias_maps =',
    'alias_database =',
    `maillog_file = ${at('log')}`,
    `maillog_file_prefixes = ${at('')}`,
    // One process a connection: none is left that would answer while the master stands still.
    'max_use = 1',
    // Loopback is counted like any other client.
    'smtpd_client_event_limit_exceptions =',
    ...(tls === undefined
      ? []
      : [`smtpd_tls_cert_file = ${tls.cert}`, `smtpd_tls_key_file = ${tls.key}`, 'smtpd_tls_security_level = may']),
    ...(auth === undefined
      ? []
      : ['smtpd_sasl_auth_enable = yes', 'smtpd_sasl_type = dovecot', `smtpd_sasl_path = ${auth}`, 'smtpd_tls_auth_only = yes']),
    ...main,
    '',
  ];
}

function masterOf(port: number, { postscreen = false }: PostfixSettings): readonly string[] {
  return [
    `127.0.0.1:${port} inet n - n - ${postscreen ? '1 postscreen' : '- smtpd'}`,
    'smtpd pass - - n - - smtpd',
    'dnsblog unix - - n - 0 dnsblog',
    'tlsproxy unix - - n - 0 tlsproxy',
    'anvil unix - - n - 1 anvil',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'cleanup unix n - n - 0 cleanup',
    'proxymap unix - - n - - proxymap',
    'error unix - - n - - error',
    'postlog unix-dgram n - n - 1 postlogd',
    '',
  ];
}

/** A server of passwords for Postfix in the protocol of Dovecot: one account, PLAIN and LOGIN. */
export async function startPasswords(path: string, user: string, password: string): Promise<Server> {
  const right = Buffer.from(`\0${user}\0${password}`).toString('base64');
  const serve = (socket: Socket) => {
    socket.on('error', () => {});
    socket.write('VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0123456789abcdef0123456789abcdef\nDONE\n');
    socket.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString('utf8').split('\n')) {
        const [word, id, , ...more] = line.split('\t');
        if (word === 'AUTH') socket.write(more.includes(`resp=${right}`) ? `OK\t${id}\tuser=${user}\n` : `FAIL\t${id}\tuser=${user}\n`);
      }
    });
  };
  const server = createServer(serve);
  await new Promise<void>((ready) => server.listen(path, () => ready()));
  chmodSync(path, 0o666);
  return server;
}
