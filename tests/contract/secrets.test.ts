// Neither a secret of the options nor a datum of an answer leaves an attempt, whatever comes of it.
import { describe, expect, test } from 'vitest';
import type { ProbeResult } from '#model/result.ts';
import { probeKinds } from '#probes/index.ts';
import { optionRows } from '#schema/reference.ts';
import { Secret } from '#schema/secret.ts';
import { startHostilePair } from '../support/far-ends/datagram.ts';
import { type Behaviour, politely, startHostile } from '../support/far-ends/stream.ts';
import { attempt, networked, type RawOptions, retarget, type Subject, speaksTls, subjects } from './harness.ts';
import { hostileAuthority, hostileTls, hostilities, marker } from './hostile.ts';

const secret = 'Tr0ub4dor-and-3-horses';

/** Sends back all that it hears: an error page that repeats the request. */
const parrot: Behaviour = (socket) => {
  socket.on('data', (chunk: Buffer) => {
    if (socket.writable) socket.write(chunk);
  });
};

/** Repeats the request inside a well-formed refusal. */
const parrotPage: Behaviour = (socket) => {
  socket.once('data', (chunk: Buffer) => {
    socket.write(
      `HTTP/1.1 400 ${marker}\r\nlocation: /${marker}\r\nset-cookie: session=${marker}\r\ncontent-length: ${chunk.length}\r\n\r\n`,
    );
    socket.end(chunk);
  });
};

/** Names the request by what it came with, in headers that become notes. */
const parrotHeaders: Behaviour = (socket) => {
  socket.once('data', (chunk: Buffer) => {
    const [, sent = ''] = /^(?:authorization|x-api-key|x-key|cookie): (.*)\r$/im.exec(chunk.toString('latin1')) ?? [];
    socket.end(`HTTP/1.1 400 Bad Request\r\nserver: ${sent}\r\nx-request-id: ${sent}\r\ncontent-length: 0\r\n\r\n`);
  });
};

/** Sends the request back as a redirect's address. */
const parrotRedirect: Behaviour = (socket) => {
  socket.once('data', () => {
    socket.end(`HTTP/1.1 302 Found\r\nlocation: https://${marker}.invalid/?q=${secret}\r\ncontent-length: 0\r\n\r\n`);
  });
};

/** Keys of the TLS settings: nothing of them is sent in a request. */
const tlsMaterial = /^(tls\.)?(ca|cert|key|passphrase)$/;

test.each(probeKinds)('$kind: a far end plants a secret where the options take one', ({ kind, options }) => {
  const takes = optionRows(options).some(({ key, type }) => type.includes('!env') && !tlsMaterial.test(key));
  const plants = subjects.some(({ simulator }) => simulator.kind === kind && simulator.plant !== undefined);
  expect(plants).toBe(takes);
});

describe.each(networked)('$name', (subject) => {
  const behaviours = Object.entries({
    ...hostilities,
    'repeats the request': parrot,
    'repeats the request in a refusal': parrotPage,
    'repeats our credentials in headers': parrotHeaders,
    'redirects to a secret': parrotRedirect,
  });

  test.each(behaviours)('against a far end that %s', async (_, behaviour) => {
    for (const behindTls of speaksTls(subject.options) ? [false, true] : [false])
      expectNothingLeaks(await ask(subject, behaviour, behindTls));
  });

  test('in every mode of its own far end', async () => {
    const far = await subject.simulator.start();
    for (const mode of Object.keys(subject.simulator.modes)) {
      far.behave(mode);
      expectNothingLeaks(await attempt(subject.kind, plant(subject, far.options), 200));
    }
    await far.close();
  });
});

function plant(subject: Subject, options: RawOptions): RawOptions {
  return subject.simulator.plant?.(options, new Secret(secret)) ?? options;
}

async function ask(subject: Subject, behaviour: Behaviour, behindTls: boolean): Promise<ProbeResult> {
  const { far, datagrams } = await startHostilePair(
    () => startHostile(politely(behaviour), behindTls ? { tls: hostileTls() } : {}),
    // A reply to every question that carries the datum.
    (message, send) => send(Buffer.concat([message, Buffer.from(marker)])),
  );
  try {
    const elsewhere = { address: `127.0.0.1:${far.port}`, ...(behindTls && { ca: hostileAuthority() }) };
    return await attempt(subject.kind, plant(subject, retarget(subject.options, elsewhere)), 250);
  } finally {
    await Promise.all([far.close(), datagrams.close()]);
  }
}

function expectNothingLeaks(result: ProbeResult): void {
  const text = JSON.stringify(result).toLowerCase();
  expect(text).not.toContain(marker.toLowerCase());
  expect(text).not.toContain(secret.toLowerCase());
  expect(text).not.toContain(Buffer.from(secret).toString('base64').toLowerCase());
  expect(text).not.toContain(Buffer.from(`${secret}:${secret}`).toString('base64').toLowerCase());
  expect(text).not.toContain('private key');
}
