// The plan of a real configuration, led to simulated far ends: as if the names in it resolved to loopback. Nothing of it leaves this machine.
import type { EndpointId } from '#model/endpoint.ts';
import type { EndpointPlan, Plan, ReceiverPlan } from '#model/plan.ts';
import { secondMs } from '#model/time.ts';
import { kinds } from './kinds.ts';

export interface Redirection {
  /** What makes a probe reach the far end of this endpoint, as it would be written in the configuration. */
  readonly options: (id: EndpointId) => Readonly<Record<string, unknown>>;
  /** How much faster than ours the daemon's time runs. */
  readonly pace: number;
  /** A webhook that shall hear of pages as well: the one address that may lie elsewhere, since a person gave it. */
  readonly webhook?: string;
}

/** A far end on loopback answers at once; on a busy machine not quite. */
const leastTimeoutMs = secondMs;

/**
 * The same system, services, regions and schedule. Pages go to the terminal, whoever owns the service; windows of maintenance are left out,
 * so that the story is the same on a Sunday morning, and so are the tokens.
 */
export function redirect(plan: Plan, to: Redirection): Plan {
  return {
    ...plan,
    publicUrl: `http://${plan.listen.host}:${plan.listen.port}`,
    endpoints: plan.endpoints.map((endpoint) => redirectOne(endpoint, to)),
    receivers: receiversOf(to.webhook),
    // A self-check would leave this machine.
    selfCheck: { timeout: 0, targets: [] },
    routes: [],
    maintenance: [],
    tokens: [],
  };
}

function redirectOne(endpoint: EndpointPlan, { options, pace }: Redirection): EndpointPlan {
  const kind = kinds.probes.get(endpoint.kind);
  if (kind === undefined) throw new Error(`there is no probe kind ${endpoint.kind}`);
  // Its host stays the file's: what shares one there is judged together here too, though everything is on 127.0.0.1.
  return { ...endpoint, options: kind.options.parse(options(endpoint.id)), timeout: timeoutAt(endpoint, pace) };
}

/** In our time, not the daemon's: a far end that hangs must not hold up the story, nor the endpoint's next probe. */
function timeoutAt({ timeout, timing }: EndpointPlan, pace: number): number {
  return Math.min(Math.max(timeout / pace, leastTimeoutMs), (0.85 * timing.interval) / pace);
}

function receiversOf(webhook: string | undefined): readonly ReceiverPlan[] {
  const terminal = receiverOf('terminal', 'log', {});
  return webhook === undefined ? [terminal] : [terminal, receiverOf('webhook', 'webhook', { url: webhook })];
}

function receiverOf(name: string, kind: string, options: object): ReceiverPlan {
  return { name, kind, options: kinds.receivers.get(kind)?.options.parse(options) };
}
