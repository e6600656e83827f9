import { describe, expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { eventually } from '../../tests/support/far-ends/listen.ts';
import { closeAtOnce, hang, resetAtOnce, startHostile } from '../../tests/support/far-ends/stream.ts';
import { attemptRun, summary } from '../../tests/support/probing.ts';
import { type ProbeContext, ProbeFailure } from './contract.ts';
import { dial } from './dial.ts';
import { selfwatch } from './selfwatch.ts';

/** Ends when the signal does, as an honest kind. */
function untilAborted(context: ProbeContext): Promise<void> {
  return new Promise((_, reject) => context.signal.addEventListener('abort', () => reject(context.signal.reason)));
}

function throwAtOnce(): never {
  throw new RangeError('at once');
}

const never = () => new Promise<void>(() => {});

describe('outcome', () => {
  test('a run that returns is ok, with its phases summed, its facts and its notes', async () => {
    const facts = [{ name: 'answer', help: 'a number' }];
    const result = await attemptRun(
      async (context) => {
        context.phase('connect', 2);
        context.phase('connect', 3);
        context.fact('answer', 42);
        context.note('remote', 'a\u0000\u202Eb');
      },
      { facts },
    );
    expect(result).toMatchObject({
      outcome: 'ok',
      endpoint: 'test/subject',
      vantage: 'test',
      scheduledAt: 1_000_000,
      phases: { connect: 5 },
      facts: { answer: 42 },
      notes: { remote: 'a b' },
    });
    expect(result.duration).toBeGreaterThanOrEqual(0);
    expect(Math.abs(result.startedAt - Date.now())).toBeLessThan(60_000);
  });

  test('where far ends live in another time, certificates and tokens are judged by theirs; the result keeps ours', async () => {
    const farWall = Date.UTC(2030, 0, 1);
    let judgedBy = 0;
    const run = async (context: ProbeContext) => {
      judgedBy = context.startedAt;
      const lent = await context.lend(['token'], async () => ({ value: 'a', expiresAt: farWall + 60_000 }));
      expect(lent.lent).toBe(false);
      expect((await context.lend(['token'], () => Promise.reject(new Error('asked again')))).lent).toBe(true);
    };
    const result = await attemptRun(run, { farWall });
    expect(summary(result)).toBe('ok');
    expect(judgedBy).toBe(farWall);
    expect(result.startedAt).toBeLessThan(farWall);
  });

  test('a ProbeFailure keeps its reason and message', async () => {
    const result = await attemptRun(() => Promise.reject(new ProbeFailure('content', 'the wrong page')));
    expect(summary(result)).toBe('content: the wrong page');
  });

  test.each([
    ['EMFILE', 'descriptors'],
    ['ENFILE', 'descriptors'],
    ['ENOBUFS', 'memory'],
    ['ENOMEM', 'memory'],
    ['EAI_MEMORY', 'memory'],
    ['EAGAIN', 'processes'],
    ['EADDRNOTAVAIL', 'ports'],
    ['EADDRINUSE', 'ports'],
  ])('%s is our own trouble at every stage, and names what we are short of: %s', async (code, trouble) => {
    for (const stage of ['resolve', 'connect', 'tls', 'request', 'reply'] as const) {
      const result = await attemptRun(async (context) => {
        context.enter(stage);
        throw Object.assign(new Error(`connect ${code}`), { code });
      });
      expect(result).toMatchObject({ outcome: 'fail', reason: 'internal', trouble, message: expect.stringContaining(`(${code})`) });
    }
  });

  test('what concerns one endpoint alone is internal, and no trouble of the vantage', async () => {
    const result = await attemptRun(async () => {
      throw Object.assign(new Error('spawn /no/such ENOENT'), { code: 'ENOENT' });
    });
    expect(result).toMatchObject({ outcome: 'fail', reason: 'internal' });
    expect(result).not.toHaveProperty('trouble');
  });

  test('a raw error of a socket is laid at the endpoint by where the attempt stood', async () => {
    const raw = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
    const early = await attemptRun(async (context) => {
      context.enter('request');
      throw raw;
    });
    const late = await attemptRun(async (context) => {
      context.enter('reply');
      throw raw;
    });
    expect(summary(early)).toBe('reset: accepted, then closed before any byte was answered');
    expect(summary(late)).toBe('reset: the connection was closed inside the answer');
  });

  test.each([
    ['a bug', new TypeError("Cannot read properties of undefined (reading 'x')"), /^internal: TypeError: Cannot read/],
    ['no descriptors', Object.assign(new Error('connect EMFILE'), { code: 'EMFILE' }), /^internal: .*file descriptors \(EMFILE\)$/],
    ['no buffers', Object.assign(new Error('send ENOBUFS'), { code: 'ENOBUFS' }), /^internal: .*\(ENOBUFS\)$/],
    ['no port', Object.assign(new Error('connect EADDRNOTAVAIL'), { code: 'EADDRNOTAVAIL' }), /^internal: .*\(EADDRNOTAVAIL\)$/],
    ['no right', Object.assign(new Error('spawn EACCES'), { code: 'EACCES' }), /^internal: .*\(EACCES\)$/],
    [
      'a bad key',
      Object.assign(new Error('error:1E08010C:DECODER routines::unsupported'), { code: 'ERR_OSSL_UNSUPPORTED' }),
      /^internal: [^:]*\(ERR_OSSL_UNSUPPORTED\)$/,
    ],
    ['no error at all', 'thrown text', /^internal: an unknown error/],
  ])("%s is Holter's own: internal", async (_, error, wanted) => {
    expect(summary(await attemptRun(() => Promise.reject(error)))).toMatch(wanted);
  });

  test('a kind that throws before its first await is caught as well', async () => {
    expect(summary(await attemptRun(throwAtOnce))).toBe('internal: RangeError: at once');
  });

  test.each([
    ['an undeclared fact', 'unknown', 1],
    ['a fact that is not finite', 'known', Number.NaN],
  ])('%s is a bug of the kind', async (_, name, value) => {
    const result = await attemptRun(async (context) => context.fact(name, value), { facts: [{ name: 'known', help: '' }] });
    expect(summary(result)).toMatch(/^internal: TypeError: /);
    expect(result.facts).toEqual({});
  });
});

describe('deadline', () => {
  test.each([
    ['resolve', 'dns'],
    ['connect', 'connect_timeout'],
    ['tls', 'tls'],
    ['request', 'timeout'],
    ['reply', 'timeout'],
    ['start', 'timeout'],
  ] as const)('while it waits for %s it gives %s', async (stage, reason) => {
    const result = await attemptRun(
      async (context) => {
        context.enter(stage);
        await untilAborted(context);
      },
      { timeoutMs: 20 },
    );
    expect(result).toMatchObject({ outcome: 'fail', reason });
  });

  test('a kind that ignores its signal is left behind, counted, and cannot change the result any more', async () => {
    const before = selfwatch.abandonedAttempts;
    let lent: ProbeContext | undefined;
    const result = await attemptRun(
      async (context) => {
        lent = context;
        await never();
      },
      { timeoutMs: 20 },
    );
    expect(result).toMatchObject({ outcome: 'fail', reason: 'timeout' });
    expect(selfwatch.abandonedAttempts).toBe(before + 1);
    lent?.phase('connect', 1);
    lent?.note('late', 'text');
    lent?.fact('undeclared', 1);
    expect(result).toMatchObject({ phases: {}, notes: {}, facts: {} });
  });

  test('a kind that only stops waiting at its signal does not pass for one that succeeded', async () => {
    const result = await attemptRun((context) => untilAborted(context).catch(() => {}), { timeoutMs: 20 });
    expect(result).toMatchObject({ outcome: 'fail', reason: 'timeout' });
  });

  test('a kind may say more precisely what it waited for', async () => {
    const result = await attemptRun(
      (context) =>
        untilAborted(context).catch(() => {
          throw new ProbeFailure('protocol', 'half a frame');
        }),
      { timeoutMs: 20 },
    );
    expect(summary(result)).toBe('protocol: half a frame');
  });

  test("when the process itself stood still the deadline is Holter's own trouble", async () => {
    const result = await attemptRun(
      async (context) => {
        const until = performance.now() + 400;
        while (performance.now() < until);
        await untilAborted(context);
      },
      { timeoutMs: 50 },
    );
    expect(summary(result)).toMatch(/^internal: Holter itself stood still/);
  });

  test.each([
    ['reset', 'internal'],
    ['timeout', 'internal'],
    ['connect_timeout', 'internal'],
    ['tls', 'internal'],
    ['dns', 'internal'],
    ['rejected', 'rejected'],
    ['content', 'content'],
    ['refused', 'refused'],
    ['certificate', 'certificate'],
  ] as const)('after a standstill inside of an attempt "%s" is %s', async (reason, becomes) => {
    const result = await attemptRun(
      async () => {
        const until = performance.now() + 700;
        while (performance.now() < until);
        await new Promise((settle) => setImmediate(settle));
        throw new ProbeFailure(reason, 'what the far end did');
      },
      { timeoutMs: 2000 },
    );
    expect(result).toMatchObject({ outcome: 'fail', reason: becomes, ...(becomes === 'internal' && { trouble: 'standstill' }) });
  });

  test('a machine that slept in an attempt is told by its wall clock: the monotonic one slept with it', async () => {
    let slept = 0;
    const run = async () => {
      slept = 3_600_000;
      throw new ProbeFailure('reset', 'the connection was closed');
    };
    const result = await attemptRun(run, { farWall: () => Date.now() + slept });
    expect(result).toMatchObject({ outcome: 'fail', reason: 'internal', trouble: 'standstill' });
    slept = 0;
    const back = await attemptRun(
      async () => {
        slept = -3_600_000;
        throw new ProbeFailure('reset', 'the connection was closed');
      },
      { farWall: () => Date.now() + slept },
    );
    expect(back).toMatchObject({ outcome: 'fail', reason: 'reset' });
  });

  test('an answer that came while the process stood still still counts', async () => {
    const result = await attemptRun(
      async () => {
        const until = performance.now() + 400;
        while (performance.now() < until);
        await new Promise((settle) => setImmediate(settle));
      },
      { timeoutMs: 50 },
    );
    expect(summary(result)).toBe('ok');
  });

  test('remaining() runs down to zero and not below', async () => {
    const seen: number[] = [];
    await attemptRun(
      async (context) => {
        seen.push(context.remaining());
        await untilAborted(context).catch(() => seen.push(context.remaining()));
      },
      { timeoutMs: 30 },
    );
    expect(seen[0]).toBeGreaterThan(0);
    expect(seen[0]).toBeLessThanOrEqual(30);
    expect(seen[1]).toBe(0);
  });
});

describe('stop', () => {
  test('a stop under way is internal, never a failure of the endpoint', async () => {
    const stop = new AbortController();
    const attempt = attemptRun(untilAborted, { stop: stop.signal });
    stop.abort();
    expect(summary(await attempt)).toBe('internal: stopped');
  });

  test('an attempt that was stopped is not left behind as well when its deadline comes', async () => {
    const before = selfwatch.abandonedAttempts;
    const stop = new AbortController();
    const attempt = attemptRun(untilAborted, { stop: stop.signal, timeoutMs: 20 });
    stop.abort();
    expect(summary(await attempt)).toBe('internal: stopped');
    // Timers fire in order: behind these lie the deadline and what would be waited for after it.
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(selfwatch.abandonedAttempts).toBe(before);
  });

  test('after a stop nothing is started', async () => {
    let started = false;
    const run = async () => {
      started = true;
    };
    expect(summary(await attemptRun(run, { stop: AbortSignal.abort() }))).toBe('internal: stopped');
    expect(started).toBe(false);
  });

  test('a stop says so also when the kind blames the endpoint for it, or ignores it', async () => {
    for (const run of [
      () => never(),
      (context: ProbeContext) => untilAborted(context).catch(() => Promise.reject(new ProbeFailure('reset', 'gone'))),
    ]) {
      const stop = new AbortController();
      const attempt = attemptRun(run, { stop: stop.signal });
      stop.abort();
      expect(summary(await attempt)).toBe('internal: stopped');
    }
  });
});

describe('message', () => {
  const secret = new Secret('hunter2-hunter2');

  test('secrets of the options are hidden in messages and notes, wherever they came from', async () => {
    const result = await attemptRun(
      async (context) => {
        context.note('echo', `server says ${secret.reveal()}`);
        throw new ProbeFailure('rejected', `no such user ${secret.reveal()}!`);
      },
      { options: { auth: { list: [{ password: secret }] } } },
    );
    expect(summary(result)).toBe('rejected: no such user ***!');
    expect(result.notes).toEqual({ echo: 'server says ***' });
  });

  test('a secret that stands across the cut is hidden too', async () => {
    const message = `${'x'.repeat(192)}${secret.reveal()}`;
    const result = await attemptRun(() => Promise.reject(new ProbeFailure('content', message)), { options: { secret } });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  test('it is one line of at most 200 characters without control characters', async () => {
    const result = await attemptRun(() => Promise.reject(new ProbeFailure('content', `a\r\nb\u001B[31m${'😀'.repeat(1_000_000)}`)));
    const text = result.outcome === 'fail' ? result.message : '';
    expect(text).toMatch(/^a b \[31m/);
    expect(text.length).toBeLessThanOrEqual(200);
    expect(text.isWellFormed()).toBe(true);
  });

  test('a note that is written again takes its own place, and no other', async () => {
    const result = await attemptRun(async (context) => {
      for (let at = 0; at < 100; at += 1) context.note('remote', `address ${at}`);
      context.note('last', 'word');
    });
    expect(result.notes).toEqual({ remote: 'address 99', last: 'word' });
  });

  test('at most 32 notes of at most 200 characters are kept', async () => {
    const result = await attemptRun(async (context) => {
      for (let at = 0; at < 1000; at += 1) context.note(`note${at}`, 'y'.repeat(10_000));
    });
    expect(Object.keys(result.notes)).toHaveLength(32);
    expect(Math.max(...Object.values(result.notes).map((note) => note.length))).toBeLessThanOrEqual(200);
  });
});

describe('sockets', () => {
  test('what a kind left open is closed when the attempt ends', async () => {
    const far = await startHostile((socket) => {
      socket.on('end', () => socket.end());
      socket.resume();
    });
    const result = await attemptRun(async (context) => {
      await dial({ host: '127.0.0.1', port: far.port }, context);
    });
    expect(summary(result)).toBe('ok');
    await eventually(() => far.connections() === 0 && selfwatch.openSockets === 0, 'nothing is open');
    await far.close();
  });

  test.each([
    ['closes', closeAtOnce],
    ['resets', resetAtOnce],
    ['hangs', hang],
  ])('a far end that %s after the kind went away hurts nobody', async (_, behaviour) => {
    const far = await startHostile(behaviour);
    await attemptRun(async (context) => {
      const { socket } = await dial({ host: '127.0.0.1', port: far.port }, context);
      socket.resume();
    });
    await eventually(() => selfwatch.openSockets === 0, 'nothing is open here');
    await far.close();
  });
});
