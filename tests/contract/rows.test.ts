// A kind that asks for a patient who is nobody: whatever comes of patients is told as such, by its number at most, and is not read on.
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ProbeResult } from '#model/result.ts';
import { eventually } from '../support/far-ends/listen.ts';
import { type Behaviour, startHostile } from '../support/far-ends/stream.ts';
import { attempt, networked, retarget, type Subject, speaksTls } from './harness.ts';
import { marker } from './hostile.ts';

const words = 'patient data where none may be';
const generousMs = 10_000;
/** What the buffers of a connection hold, and far less than an endless answer would send. */
const mostTaken = 8 * 1024 * 1024;

const asking = networked.filter(({ kind, options }) => !speaksTls(options) && kind.patients(kind.options.parse(options)).length > 0);

describe.each([...Map.groupBy(asking, ({ kind }) => kind.kind)])('%s', (_, subjects) => {
  test('its far ends have a patient to give away', async () => {
    const found = await Promise.all(subjects.map(modesWithPatients));
    expect(found.flat()).not.toEqual([]);
  });

  test.each(subjects)('$name: patients are content, told without a datum, and not read on', async (subject) => {
    for (const mode of await modesWithPatients(subject)) {
      const { result, sent } = await ask(subject, mode, true);
      expectOnlyCounted(result);
      expect(sent).toBeLessThan(mostTaken);
    }
  });
});

/** The modes in which a datum of a patient came, each with what the attempt made of it. */
async function modesWithPatients(subject: Subject): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [mode, expected] of Object.entries(subject.simulator.modes)) {
    if (expected !== 'content') continue;
    const { result, sawDatum } = await ask(subject, mode, false);
    if (result.outcome !== 'fail' || !result.message.includes(words)) continue;
    expectOnlyCounted(result);
    expect(sawDatum, `${mode} has a datum that could leak`).toBe(true);
    found.push(mode);
  }
  return found;
}

function expectOnlyCounted(result: ProbeResult): void {
  expect(result).toMatchObject({ outcome: 'fail', reason: 'content' });
  if (result.outcome === 'fail') expect(result.message).toContain(words);
  const text = JSON.stringify(result);
  for (const part of marker.split('^')) expect(text).not.toContain(part);
}

interface Asked {
  readonly result: ProbeResult;
  /** The far end gave the datum away. */
  readonly sawDatum: boolean;
  readonly sent: number;
}

/** Over somebody in the middle who sees what is said and, where `goesOn`, says what holds the datum again without end. */
async function ask({ kind, simulator }: Subject, mode: string, goesOn: boolean): Promise<Asked> {
  const far = await simulator.start();
  far.behave(mode);
  const [, port] = /127\.0\.0\.1:(\d+)/.exec(JSON.stringify(far.options)) ?? [];
  let sawDatum = false;
  const between: Behaviour = (socket) => {
    const upstream = connect({ host: '127.0.0.1', port: Number(port), noDelay: true });
    upstream.on('error', () => void socket.resetAndDestroy());
    socket.on('data', (chunk: Buffer) => upstream.write(chunk));
    socket.once('end', () => socket.end());
    socket.once('close', () => upstream.destroy());
    socket.on('drain', () => upstream.resume());
    upstream.on('data', (chunk: Buffer) => {
      const holdsDatum = chunk.includes(marker);
      sawDatum ||= holdsDatum;
      if (!socket.write(chunk)) upstream.pause();
      if (!holdsDatum || !goesOn) return;
      upstream.removeAllListeners('end');
      const more = () => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', more);
      more();
    });
    upstream.once('end', () => socket.end());
  };
  const middle = await startHostile(between);
  const result = await attempt(kind, retarget(far.options, { address: `127.0.0.1:${middle.port}` }), generousMs);
  await eventually(() => middle.connections() === 0, 'no connection is open');
  const sent = middle.sent();
  await Promise.all([middle.close(), far.close()]);
  return { result, sawDatum, sent };
}
