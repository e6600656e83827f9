// What stands around an unwell endpoint, and how it is right now: the neighbours a page speaks of.
import type { State } from '#model/verdict.ts';
import type { Need, Surroundings } from './alert/facts.ts';
import { serviceState } from './rollup.ts';
import type { EngineState } from './state.ts';
import type { Engine, Watch } from './watch.ts';

/** Linear in the endpoints of the service and of the region. */
export function surroundingsOf(engine: Engine, state: EngineState, watch: Watch): Surroundings {
  const alsoUnwell = new Set<string>();
  for (const other of engine.byRegion.get(watch.plan.region) ?? []) {
    const name = other.service === watch.service ? `${other.service.name} ${other.plan.name}` : other.service.name;
    if (other !== watch && !alsoUnwell.has(name) && isUnwell(stateOf(state, other))) alsoUnwell.add(name);
  }
  return {
    needs: needsOf(engine, state, watch),
    dependents: engine.standingOn.get(watch.plan.service) ?? [],
    alsoUnwell: [...alsoUnwell],
    ...elsewhere(engine, state, watch),
  };
}

/** What the service depends on: in the endpoint's own region where it is watched there, else everywhere. */
function needsOf(engine: Engine, state: EngineState, watch: Watch): readonly Need[] {
  return watch.service.dependsOn.map((id) => {
    const watches = engine.byService.get(id) ?? [];
    const local = watches.some((other) => other.plan.region === watch.plan.region);
    const name = engine.plan.services.find((service) => service.id === id)?.name ?? id;
    if (watches.length === 0) return { name, state: 'not watched' };
    return { name, state: serviceState(engine, state, id, local ? watch.plan.region : undefined) };
  });
}

/** The same endpoint in other regions. */
function elsewhere(engine: Engine, state: EngineState, watch: Watch): Pick<Surroundings, 'wellElsewhere' | 'unwellElsewhere'> {
  const wellElsewhere: string[] = [];
  const unwellElsewhere: string[] = [];
  for (const other of engine.byService.get(watch.plan.service) ?? []) {
    if (other === watch || other.plan.name !== watch.plan.name) continue;
    const now = stateOf(state, other);
    if (now === 'up') wellElsewhere.push(other.regionName);
    else if (isUnwell(now)) unwellElsewhere.push(other.regionName);
  }
  return { wellElsewhere, unwellElsewhere };
}

function stateOf(state: EngineState, watch: Watch): State {
  return state.endpoints.get(watch.plan.id)?.shown ?? 'unknown';
}

function isUnwell(state: State): boolean {
  return state === 'intermittent' || state === 'down' || state === 'recovering';
}
