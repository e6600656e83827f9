// How fast an endpoint answers: what its probes say of it, and the course of the incident where it is slow.
import type { ProbeResult } from '#model/result.ts';
import { frozen } from '../detect/marks.ts';
import { hushSlow, notePhases, observeSlow, type SlowStep } from '../detect/slow.ts';
import { remindAt, type Scene, slowness, take } from '../follow.ts';
import { decide, isOpen, type Sight } from '../incident/lifecycle.ts';
import { timeOfDay } from '../shown.ts';
import type { EndpointState } from '../state.ts';
import { consultSlow } from './together.ts';

const adopted = 'it has been as slow as this for seven days: taken as its usual way from now on';

/** After the detector took the outcome. Failures say nothing of it; while other trouble explains slowness, only what is open goes on. */
export function hearDuration(scene: Scene, result: ProbeResult): SlowStep {
  const { state, watch, own, at } = scene;
  const { test } = own.slow;
  if (isExplained(own)) {
    hushSlow(test);
    if (test.open === 0) return '';
  }
  // An extra probe was made because of a failure, so it is no fair sample; in a recorded trace it may not be known what an answer took.
  if (result.outcome === 'fail' || own.detector.regularAt !== at || Number.isNaN(result.duration)) return '';
  const step = observeSlow(watch.slow, test, result.duration, at, timeOfDay(state, at));
  notePhases(test, result.phases);
  const course = own.slow.within === '' ? own.slow.course : (state.groups.find(({ id }) => id === own.slow.within)?.slow.course ?? null);
  if (isOpen(course)) {
    course.attempts += 1;
    if (test.latest > 0) course.failures += 1;
  }
  return step;
}

/** It fails, a group that it belongs to does, or it is in maintenance. */
function isExplained({ detector, course, maintenance }: EndpointState): boolean {
  return detector.course !== 'up' || (detector.marks & frozen) !== 0 || maintenance !== null || isOpen(course);
}

/** Takes the incident's next step if there is one. Cheap where nothing is slow. */
export function followSlow(scene: Scene, found: SlowStep): void {
  const { slow, ties } = scene.own;
  if (slow.test.open === 0 && !isOpen(slow.course) && slow.within === '') return;
  consultSlow(scene);
  if (isOpen(slow.course) && ties.within !== '') {
    const course = scene.state.groups.find(({ id }) => id === ties.within)?.course;
    take(slowness(scene), 'resolved', `joined to ${course?.id ?? ties.within}`);
    return;
  }
  const { step } = decide(slow.course, sightOf(scene));
  if (step !== '') take(slowness(scene), step, found === 'adopted' ? adopted : '');
}

function sightOf({ own, at }: Scene): Sight {
  const { slow, detector, ties, maintenance, course } = own;
  const slowState = detector.state === 'unknown' ? 'unknown' : 'slow';
  const isElsewhere = slow.within !== '' || ties.within !== '' || isOpen(course) || (detector.marks & frozen) !== 0;
  return {
    state: slow.test.open === 0 ? 'up' : slowState,
    at,
    maintenance: maintenance !== null,
    cover: isElsewhere ? 'explained' : '',
    remindAt: remindAt(slow),
  };
}
