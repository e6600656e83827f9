// One incident for both kinds of an endpoint's trouble: nobody is paged twice for one endpoint.
//
// Decision: slowness that becomes failing goes on as one incident, under its older key, and people hear of it as `worsened`; a second incident
// beside it would be a second page, and to end the first as "joined" would tell receivers that something is well. When the failing is over
// and the slowness is not, the incident goes back to slowness without a word, and is resolved when that is over too. Failing that was not
// slow first is the incident of failing alone: slowness inside it is no evidence, and is found afresh when it outlasts it.
import { type Course, isFault, isOpen } from '../incident/lifecycle.ts';
import { reasonsSince } from '../incident/trail.ts';
import type { EndpointState, Line } from '../state.ts';

/** Before the incident of failing takes its step. `cover`: what groups say of the failing. */
export function handOver(own: EndpointState, cover: '' | 'held' | 'explained'): void {
  const { detector, slow } = own;
  if (isFault(detector.state)) {
    if (!isOpen(slow.course) || isOpen(own.course) || cover !== '' || own.maintenance !== null) return;
    const { attempts, failures, since } = detector;
    pass(slow, own, { attempts, failures, reasons: reasonsSince(own.trail, since) });
  } else if (detector.state === 'up' && isOpen(own.course) && slow.test.open === 1 && !isOpen(slow.course) && slow.within === '') {
    const { attempts, slow: failures } = slow.test;
    pass(own, slow, { attempts, failures, reasons: {} });
  }
}

/** The open incident of one line goes on in the other, with that one's figures. */
function pass(from: Line, to: Line, figures: Pick<Course, 'attempts' | 'failures' | 'reasons'>): void {
  const { course, notices } = from;
  if (course === null) return;
  Object.assign(course, figures, { worstStretch: { failures: 0, probes: 0 } });
  Object.assign(to, { course, notices });
  Object.assign(from, { course: null, notices: null });
}
