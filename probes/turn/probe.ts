// Takes an allocation of a TURN server and gives it back. Nothing is relayed.
import { defineProbe, openStunLine, type ProbeContext, reveal, streamReasons, stunFacts } from '#prober/door.ts';
import { Options, type TurnOptions } from './options.ts';
import { Session } from './session.ts';
import { type Credentials, prepare, temporaryCredentials } from './wire.ts';

export const turn = defineProbe({
  kind: 'turn',
  summary: 'Logs in to a TURN server, takes an allocation and gives it back, by UDP, TCP or TLS.',
  options: Options,
  effect: 'session',
  leastInterval: 30_000,
  defaultTimeout: 5000,
  pausesAfterAuth: true,
  reasons: [...streamReasons, 'protocol', 'rejected', 'content'],
  facts: [
    { name: 'lifetime_seconds', help: 'How long the server would have kept the allocation.' },
    { name: 'released', help: '1 when the server has confirmed that the allocation is gone, else 0; absent where there was none.' },
    ...stunFacts,
  ],
  host: (options) => options.address,
  run,
});

async function run(options: TurnOptions, context: ProbeContext): Promise<void> {
  // A new socket each time: the server knows an allocation by our address and port.
  const line = await openStunLine(options, context);
  try {
    const session = new Session(line, credentialsOf(options, context), context);
    await converse(session, context);
    await line.end();
  } finally {
    line.destroy();
  }
}

async function converse(session: Session, context: ProbeContext): Promise<void> {
  try {
    for (const step of ['challenge', 'allocate', 'release'] as const) {
      const began = performance.now();
      await session[step]();
      context.phase(step, performance.now() - began);
    }
  } catch (error) {
    await session.abandon();
    throw error;
  }
}

function credentialsOf({ auth, rest }: TurnOptions, { startedAt }: ProbeContext): Credentials {
  if (rest !== undefined) return temporaryCredentials(rest.secret.reveal(), rest.id, Math.floor((startedAt + rest.valid) / 1000));
  if (auth === undefined) throw new Error('the options need one of auth and rest');
  return prepare({ username: reveal(auth.username), password: auth.password.reveal() });
}
