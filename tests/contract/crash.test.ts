// An attempt that is stopped inside the callback of a handshake ends as any other, and the process goes on.
import { expect, test } from 'vitest';
import { createProber } from '#prober/attempt.ts';
import { defineProbe } from '#prober/contract.ts';
import { dial } from '#prober/dial.ts';
import { s } from '#schema/kit.ts';
import { eventually } from '../support/far-ends/listen.ts';
import { hang, politely, startHostile } from '../support/far-ends/stream.ts';
import { planOf } from '../support/plan.ts';
import { hostileAuthority, hostileTls } from './hostile.ts';

test('stopped as the handshake ends: the process survives, a hundred times', async () => {
  const far = await startHostile(politely(hang), { tls: hostileTls() });
  const prober = createProber({ clock: { monotonic: () => 0, wall: () => Date.now() }, vantage: 'contract', agent: 'Holter/contract' });
  const [endpoint] = planOf([{ service: 'contract', name: 'subject' }]).endpoints;
  if (endpoint === undefined) throw new Error('no endpoint in the plan');
  for (let time = 0; time < 100; time += 1) {
    const stop = new AbortController();
    const result = await prober.attempt(endpoint, stoppedInHandshake(far.port, stop), 0, stop.signal);
    expect(result).toMatchObject({ outcome: 'fail', reason: 'internal', message: 'stopped' });
  }
  await eventually(() => far.connections() === 0, 'no connection is open');
  await far.close();
});

/** A kind that is stopped while the first callback of TLS is still on the stack, and then closes what it dialed. */
function stoppedInHandshake(port: number, stop: AbortController) {
  return defineProbe({
    kind: 'stopped',
    summary: 'Is stopped inside a handshake.',
    options: s.strictObject({}),
    effect: 'none',
    leastInterval: 1000,
    defaultTimeout: 1000,
    pausesAfterAuth: false,
    reasons: [],
    facts: [],
    host: () => `127.0.0.1:${port}`,
    run: async (_, context) => {
      const tls = { ca: hostileAuthority() };
      const dialed = await dial({ host: '127.0.0.1', port, tls, onTls: () => stop.abort() }, context);
      dialed.socket.destroy();
    },
  });
}
