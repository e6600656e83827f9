// An endpoint on its way into the plan.
import type { EndpointPlan } from '#model/plan.ts';
import type { Path } from '#schema/shape.ts';

/** An endpoint before the dial is shared out, and where it was written. */
export interface EndpointDraft {
  readonly endpoint: Omit<EndpointPlan, 'falsePagesPerYear'>;
  readonly path: Path;
}
