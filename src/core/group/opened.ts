// The incidents of groups that are open: of failing, and of slowness.
import type { Incident } from '#model/incident.ts';
import { isOpen } from '../incident/lifecycle.ts';
import { slowIncidentOf } from '../slow/groupline.ts';
import type { EngineState } from '../state.ts';
import type { Engine } from '../watch.ts';
import { incidentOf } from './line.ts';
import { groupScene } from './scene.ts';

/** As they are now, the smallest groups first. */
export function openOfGroups(engine: Engine, state: EngineState): readonly Incident[] {
  return engine.groups.flatMap((_, place) => {
    const scene = groupScene({ engine, state, at: 0, events: [] }, place);
    const { course, slow } = scene.record;
    return [...(isOpen(course) ? [incidentOf(scene, course)] : []), ...(isOpen(slow.course) ? [slowIncidentOf(scene, slow.course)] : [])];
  });
}
