import { afterEach, expect, test } from 'vitest';
import {
  type DatagramBehaviour,
  echo,
  fromElsewhere,
  reply,
  silent,
  startHostileDatagrams,
  storm,
} from '../../tests/support/far-ends/datagram.ts';
import { eventually, type HostileEnd } from '../../tests/support/far-ends/listen.ts';
import { attemptRun, summary } from '../../tests/support/probing.ts';
import { type DatagramOptions, type DatagramReply, exchangeDatagram, type LocalEnd, openDatagrams } from './datagram.ts';
import { selfwatch } from './selfwatch.ts';

let far: HostileEnd | undefined;
afterEach(async () => {
  await far?.close();
  far = undefined;
  expect(selfwatch.openSockets).toBe(0);
});

const ping = Buffer.from('ping');
const isPing: DatagramOptions<string> = { match: (bytes) => (bytes.equals(ping) ? String(bytes) : undefined) };

async function ask(behaviour: DatagramBehaviour, options: Partial<DatagramOptions<string>> = {}, timeoutMs = 15_000) {
  far = await startHostileDatagrams(behaviour);
  const { port } = far;
  let got: DatagramReply<string> | undefined;
  const result = await attemptRun(
    async (context) => {
      got = await exchangeDatagram({ host: '127.0.0.1', port }, ping, { ...isPing, ...options }, context);
    },
    { timeoutMs },
  );
  return { said: summary(result), result, got };
}

test('the matching answer comes back, timed and with the address', async () => {
  const { said, result, got } = await ask(echo);
  expect(said).toBe('ok');
  expect(got).toEqual({ value: 'ping', address: '127.0.0.1', retransmissions: 0, strangers: 0, elapsed: expect.any(Number) });
  expect(Object.keys(result.phases)).toEqual(['request']);
  expect(result.notes).toEqual({ remote_address: '127.0.0.1' });
});

test('a port without a listener is refused at once', async () => {
  const gone = await startHostileDatagrams(silent);
  await gone.close();
  const result = await attemptRun(async (context) => {
    await exchangeDatagram({ host: '127.0.0.1', port: gone.port }, ping, isPing, context);
  });
  expect(summary(result)).toBe('refused: the connection was refused');
});

test('silence ends at the deadline, without a question more than wanted', async () => {
  expect((await ask(silent, {}, 60)).said).toBe('timeout: connected, but no answer in time');
  expect(far?.accepted()).toBe(1);
});

test('the question is sent again as often as the protocol prescribes, and that is told', async () => {
  let asked = 0;
  const { got } = await ask(
    (message, send) => {
      asked += 1;
      if (asked === 3) send(message);
    },
    { retransmit: [10, 10, 1000] },
  );
  expect(got).toMatchObject({ value: 'ping', retransmissions: 2 });
});

test('waits may depend on what was heard', async () => {
  const asked: number[] = [];
  const { got } = await ask((message, send) => (asked.length === 2 ? send(message) : undefined), {
    retransmit: (retransmissions) => {
      asked.push(retransmissions);
      return retransmissions === 0 ? 10 : 10_000;
    },
  });
  expect(asked).toEqual([0, 1]);
  expect(got).toMatchObject({ value: 'ping', retransmissions: 1 });
});

test('a request may name the port that it is sent from, and is the same when it is sent again', async () => {
  const heard: string[] = [];
  const ports: number[] = [];
  far = await startHostileDatagrams((message, send, from) => {
    heard.push(String(message));
    ports.push(from.port);
    if (heard.length === 2) send(ping);
  });
  const { port } = far;
  const made: string[] = [];
  const request = (local: LocalEnd) => {
    made.push(`${local.address}:${local.port}`);
    return Buffer.from(made.join(' '));
  };
  const result = await attemptRun(async (context) => {
    await exchangeDatagram({ host: '127.0.0.1', port }, request, { ...isPing, retransmit: [10] }, context);
  });
  expect(summary(result)).toBe('ok');
  expect(heard).toEqual([`127.0.0.1:${ports[0]}`, `127.0.0.1:${ports[0]}`]);
  expect(made).toHaveLength(1);
});

test('what the making of a request throws is the outcome', async () => {
  far = await startHostileDatagrams(echo);
  const { port } = far;
  const result = await attemptRun(async (context) => {
    await exchangeDatagram({ host: '127.0.0.1', port }, throwShort, isPing, context);
  });
  expect(summary(result)).toBe('internal: RangeError: short');
  expect(far.accepted()).toBe(0);
});

test('what does not match is passed over and counted', async () => {
  const { got } = await ask((message, send) => {
    send(Buffer.from('stranger'));
    send(message);
  });
  expect(got).toMatchObject({ value: 'ping', strangers: 1 });
});

test('a storm of strangers is protocol', async () => {
  expect((await ask(storm(Buffer.from('noise'), 100))).said).toMatch(/^protocol: many datagrams/);
});

test('an answer larger than allowed is protocol', async () => {
  expect((await ask(reply(Buffer.alloc(2000)), { cap: 1232 })).said).toBe('protocol: the answer is larger than allowed');
});

test('nobody else can answer: the socket is connected', async () => {
  expect(
    (
      await ask(
        fromElsewhere(() => ping),
        {},
        100,
      )
    ).said,
  ).toMatch(/^timeout: /);
});

test('what the codec throws is the outcome', async () => {
  expect((await ask(echo, { match: throwShort })).said).toBe('internal: RangeError: short');
});

function throwShort(): never {
  throw new RangeError('short');
}

test('a stop ends it and leaves nothing open', async () => {
  const stop = new AbortController();
  const server = await startHostileDatagrams(() => stop.abort());
  const result = await attemptRun(
    async (context) => {
      await exchangeDatagram({ host: '127.0.0.1', port: server.port }, ping, { ...isPing, retransmit: [10_000] }, context);
    },
    { stop: stop.signal },
  );
  expect(summary(result)).toBe('internal: stopped');
  await server.close();
  await eventually(() => selfwatch.openSockets === 0, 'no socket is open');
});

test('several questions leave from one socket, and each has its own answer', async () => {
  const from = new Set<number>();
  far = await startHostileDatagrams((message, send, { port }) => {
    from.add(port);
    send(message);
    // A late copy, which the next question passes over.
    send(message);
  });
  const { port } = far;
  const said: string[] = [];
  const result = await attemptRun(async (context) => {
    const line = await openDatagrams({ host: '127.0.0.1', port }, context);
    for (const question of ['one', 'two', 'three']) {
      const match = (bytes: Buffer) => (String(bytes) === question ? question : undefined);
      const { value } = await line.ask(Buffer.from(question), { match });
      said.push(value);
    }
    line.close();
    line.close();
  });
  expect(summary(result)).toBe('ok');
  expect(said).toEqual(['one', 'two', 'three']);
  expect(from.size).toBe(1);
  expect(result.phases).toEqual({});
});

test('a last word leaves after the deadline, and no question does', async () => {
  const heard: string[] = [];
  far = await startHostileDatagrams((message) => void heard.push(String(message)));
  const { port } = far;
  const result = await attemptRun(
    async (context) => {
      const line = await openDatagrams({ host: '127.0.0.1', port }, context);
      try {
        await line.ask(ping, isPing);
      } finally {
        line.tell(Buffer.from('bye'));
        await expect(line.ask(Buffer.from('more'), isPing)).rejects.toThrow('no answer in time');
        line.close();
      }
    },
    { timeoutMs: 60 },
  );
  expect(summary(result)).toBe('timeout: connected, but no answer in time');
  await eventually(() => heard.includes('bye'), 'the last word has come');
  expect(heard).toEqual(['ping', 'bye']);
});

test('a socket that nobody closes is closed with the attempt', async () => {
  far = await startHostileDatagrams(silent);
  const { port } = far;
  const result = await attemptRun(async (context) => {
    await openDatagrams({ host: '127.0.0.1', port }, context);
  });
  expect(summary(result)).toBe('ok');
  await eventually(() => selfwatch.openSockets === 0, 'no socket is open');
});

test('a far end that goes away between two questions is refused', async () => {
  const gone = await startHostileDatagrams(echo);
  const result = await attemptRun(async (context) => {
    const line = await openDatagrams({ host: '127.0.0.1', port: gone.port }, context);
    await line.ask(ping, isPing);
    await gone.close();
    await line.ask(ping, isPing);
  });
  expect(summary(result)).toBe('refused: the connection was refused');
  await eventually(() => selfwatch.openSockets === 0, 'no socket is open');
});
