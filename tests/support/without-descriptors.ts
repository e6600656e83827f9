// A process of its own, since descriptors are the process's: each kind makes one attempt while none is left, and what came of it is printed.
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { subjects } from '../contract/harness.ts';
import { attempt } from './far-ends/attempt.ts';
import { attemptRun } from './probing.ts';

/** Takes every descriptor that is left; the function given back lets them go. */
function takeAll(): () => void {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync(devNull, 'r'));
  } catch {
    // None is left.
  }
  return () => {
    for (const descriptor of taken) closeSync(descriptor);
  };
}

const results: Record<string, unknown> = {};
for (const { name, kind, simulator } of subjects) {
  const far = await simulator.start();
  // Once before: what is loaded at the first use must not be loaded now.
  const before = await attempt(kind, far.options, 10_000);
  const letGo = takeAll();
  const { outcome, ...during } = await attempt(kind, far.options, 10_000);
  letGo();
  const after = await attempt(kind, far.options, 10_000);
  const reason = 'reason' in during ? during.reason : '';
  const trouble = 'trouble' in during ? during.trouble : '';
  results[name] = { before: before.outcome, during: `${outcome} ${reason} ${trouble}`, after: after.outcome };
  await far.close();
}

const { resolve } = await import('#prober/resolve.ts');
const servers = { host: 'ehr.example.org', resolver: ['127.0.0.1:9'] };
for (const [name, target] of Object.entries({
  'names asked of servers': servers,
  'names asked of the system': { host: 'ehr.example.org' },
})) {
  const letGo = takeAll();
  const during = await attemptRun(async (context) => void (await resolve(target, context)), { timeoutMs: 10_000 });
  letGo();
  results[name] = {
    before: 'ok',
    during: `${during.outcome} ${during.outcome === 'fail' ? `${during.reason} ${during.trouble}` : ''}`,
    after: 'ok',
  };
}
process.stdout.write(JSON.stringify(results));
