import { expect, test } from 'vitest';
import { planOf } from '../../../tests/support/plan.ts';
import { epoch, incidentOf, verdictOf } from '../../../tests/support/results.ts';
import { Board } from './board.ts';
import { pageParts } from './page.ts';

const plan = planOf([{ service: 'ehr', name: 'fhir', region: 'norcal' }]);
const [endpoint] = plan.endpoints;

test('says in words that an endpoint is slow, beside its state, and the API has the figures', () => {
  if (endpoint === undefined) throw new Error('the plan has an endpoint');
  const share = { mean: 0.33, low: 0.2, high: 0.45 };
  const lengths = { limit: 420, typical: 1900, usual: 120 };
  const slowness = { ...lengths, attempts: 60, slow: 20, share, usualShare: 0.02, since: epoch, phases: [{ name: 'resolve', share: 0.9 }] };
  const verdict = verdictOf(endpoint.id, { state: 'up', slow: true, slowness });
  const incident = incidentOf(endpoint, { trouble: 'slow', worst: 'slow', verdict });
  const board = new Board({
    plan,
    verdict: () => verdict,
    openIncidents: () => [incident],
    vantage: () => ({ state: 'ok', since: null, why: '', targets: [], missing: {} }),
  });
  board.accept({ type: 'incident', id: `${incident.id}#1`, at: epoch, kind: 'opened', incident });
  const text = [...pageParts(board, 'now', '1.0.0')].join('');
  // The incident, the service and the endpoint, which is listed although it is up.
  expect(text.split('<span class="up">up</span> <span class="slow">slow</span>')).toHaveLength(4);
  expect(text).toContain('20 of 60 slow');
  expect([...board.services()]).toMatchObject([{ state: 'up', slow: true, regions: [{ state: 'up', slow: true }] }]);
  const [view] = board.incidents();
  expect(view).toMatchObject({ trouble: 'slow', worst: 'slow', verdict: { slow: true } });
  expect(view?.verdict.slowness).toMatchObject({ limit_seconds: 0.42, typical_seconds: 1.9, usual_seconds: 0.12, slow: 20 });
});
