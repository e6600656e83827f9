// What no random conversation reaches, since it cannot know our key: frames behind an upgrade that is right.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { closeFrame, frame, opcode, upgradeAnswer } from '#prober/farend-websocket.ts';
import { selfwatch } from '#prober/selfwatch.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { eventually } from '../../tests/support/far-ends/listen.ts';
import { type Behaviour, politely, startHostile } from '../../tests/support/far-ends/stream.ts';
import { websocket } from './probe.ts';

const marker = 'ZZMARKER^HOLTER^19700101';
const timeoutMs = 200;

/** The right upgrade, then these bytes: half of them at once, the rest when something more came; then perhaps the end. */
function afterUpgrade(pieces: readonly Buffer[], end: boolean): Behaviour {
  const half = Math.ceil(pieces.length / 2);
  return (socket) => {
    socket.once('data', (request: Buffer) => {
      socket.write(Buffer.concat([Buffer.from(upgradeAnswer(request.toString('latin1'))), ...pieces.slice(0, half)]));
      socket.once('data', () => {
        socket.write(Buffer.concat(pieces.slice(half)));
        if (end) socket.end();
      });
    });
  };
}

const header = fc.tuple(fc.nat(255), fc.nat(255)).map((bytes) => Buffer.from(bytes));
const piece = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  header,
  fc.tuple(fc.constantFrom(...Object.values(opcode)), fc.string({ maxLength: 200 })).map(([code, text]) => frame(code, text)),
  fc.tuple(fc.constantFrom(0, 1, 2), fc.string({ maxLength: 20 })).map(([code, text]) => frame(code, text, code)),
  fc.constant(frame(opcode.text, marker)),
  fc.nat(5000).map(closeFrame),
  fc
    .constantFrom('827fffffffffffffffff', '827e0005', '8100', '8a00', '8800', '8801ff', '898000000000')
    .map((hex) => Buffer.from(hex, 'hex')),
);

test('whatever frames come, an attempt ends in one classified result, and says nothing of them', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.array(piece, { maxLength: 12 }), fc.boolean()), { minLength: 12, maxLength: 12 }),
      async (all) => {
        await Promise.all(all.map(([pieces, end]) => survives(pieces, end)));
      },
    ),
    { numRuns: 20, seed: 20_261_125, endOnFailure: true },
  );
  await eventually(() => selfwatch.openSockets === 0, 'no socket is open');
});

async function survives(pieces: readonly Buffer[], end: boolean): Promise<void> {
  const far = await startHostile(politely(afterUpgrade(pieces, end)));
  const result = await attempt(websocket, { url: `ws://127.0.0.1:${far.port}/`, send: 'hello', expect: '^$' }, timeoutMs);
  expect([...websocket.reasons, 'ok'], JSON.stringify(result)).toContain(found(result));
  expect(JSON.stringify(result)).not.toContain(marker);
  await eventually(() => far.connections() === 0, 'no connection is open');
  await far.close();
}
