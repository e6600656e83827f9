// Faster when suspicious: after a failure the engine wishes for probes sooner than the timing has them (detection.md 9).
import * as detect from './detect/detector.ts';
import type { Scene } from './follow.ts';

/**
 * One more probe is wished for while the endpoint is suspected and nobody has been told. Not while it refuses our credentials, be it for the
 * first time: that would lock an account sooner. Nor while the incident of a group is open: what is known is known.
 */
export function askAgain({ watch, own, at, events }: Scene): void {
  const { reprobe } = watch.plan;
  // Late, or missing: it says nothing.
  if (own.detector.lastAt !== at) return;
  if (reprobe === undefined || own.access.refusals > 0 || own.access.until !== null || own.ties.within !== '') return;
  if (!detect.isSuspected(own.detector, watch.detector.suspicious)) return;
  events.push({ type: 'probe_wanted', at, endpoint: own.endpoint.id, notBefore: at + reprobe.spacing });
}
