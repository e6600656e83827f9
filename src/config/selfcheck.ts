// What must work whenever the network of the vantage does: probes of this machine's own ground, asked before a failure is believed.
import type { SelfCheckPlan, SelfCheckTarget } from '#model/plan.ts';
import type { DurationMs } from '#model/time.ts';
import { formatDuration, s } from '#schema/kit.ts';
import { type EndpointContext, findKind, hasCredentials, knownOptions } from './endpoints.ts';
import { mentionsRegion } from './region.ts';
import { SelfCheck, targetKeys } from './schema.ts';

/** In trouble a target is asked once a second: only kinds that bear it. */
export const gentlestInterval: DurationMs = 5000;

/** No targets where nothing is written: then nothing waits for them. */
export const noSelfCheck: SelfCheckPlan = { timeout: 0, targets: [] };

export function planSelfCheck(context: EndpointContext): SelfCheckPlan {
  const { report } = context;
  if (!report.has(['self_check'])) return noSelfCheck;
  const path = ['self_check', 'targets'];
  const names = report.keys(path);
  // The options of the targets are looked at one by one: here only their names are.
  const value = report.value(['self_check']);
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const bare = Object.fromEntries(names.map((name) => [name, { probe: 'any' }]));
  const self = report.check(SelfCheck, ['self_check'], isMap && names.length > 0 ? { ...value, targets: bare } : value);
  if (isMap && names.length === 0 && self !== undefined) {
    const hint = 'name what must work whenever your network does: targets: { gateway: { probe: icmp, host: 10.0.0.1 } }';
    report.tell({
      code: 'missing_key',
      path: ['self_check'],
      at: 'key',
      message: 'needs the key "targets" with at least one target',
      hint,
    });
  }
  return { timeout: self?.timeout ?? 0, targets: names.flatMap((name) => planTarget(context, name, self?.timeout ?? 0)) };
}

function planTarget(context: EndpointContext, name: string, timeout: DurationMs): readonly SelfCheckTarget[] {
  const { report } = context;
  const path = ['self_check', 'targets', name];
  const value = report.value(path);
  if (report.check(s.looseObject(targetKeys), path) === undefined) return [];
  const { probe, ...rest } = value as Readonly<Record<string, unknown>>;
  const kind = findKind(context, path, probe);
  if (kind === undefined) return [];
  const known = knownOptions(context, path, kind, { options: rest, keys: ['probe'] });
  const options = report.check(kind.options, path, known);
  if (options === undefined || Object.keys(known).length < Object.keys(rest).length) return [];
  const least = Math.max(kind.leastInterval, kind.leastIntervalFor?.(options) ?? 0);
  const objection = objectionTo({ kind: kind.kind, least, options, known });
  if (objection !== undefined) report.tell({ code: 'wrong_value', path, at: 'key', ...objection });
  if (!context.synthetic(path, kind.patients?.(options) ?? []) || objection !== undefined) return [];
  return [{ id: name, kind: kind.kind, options, timeout }];
}

interface Candidate {
  readonly kind: string;
  readonly least: DurationMs;
  readonly options: unknown;
  readonly known: unknown;
}

/** Why this cannot be a target, and what can. */
function objectionTo({ kind, least, options, known }: Candidate): { readonly message: string; readonly hint: string } | undefined {
  const hint = 'use a plain one (icmp, tcp, tls, dns, http) of something of your own';
  if (least > gentlestInterval)
    return {
      message: `is asked up to once a second in trouble, and the kind ${kind} may be asked once in ${formatDuration(least)}`,
      hint,
    };
  if (hasCredentials(options))
    return { message: 'is asked up to once a second in trouble, which could lock its account: no credentials here', hint };
  if (mentionsRegion(known))
    return { message: 'mentions {region}, and belongs to none: it stands for the place of this process', hint: 'write its address out' };
  return undefined;
}
