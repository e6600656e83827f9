// Endpoints that one cause can break together: judged together, and told of together.
import type { EndpointId } from './endpoint.ts';
import type { Scope } from './incident.ts';
import type { DurationMs } from './time.ts';

export interface Group {
  /** `dependency/network/norcal`, `region/norcal`, `system`: a function of the configuration alone. */
  readonly id: string;
  readonly level: Exclude<Scope['level'], 'endpoint'>;
  /** Id of the service, of the region or of what is depended on; the host; '' for the system. */
  readonly name: string;
  /** Where the group lies in one region: its id. Else ''. */
  readonly region: string;
  readonly members: readonly EndpointId[];
  /** The median interval of the members: one round of its test. */
  readonly round: DurationMs;
  /** False pages a year that its test may cost. */
  readonly falsePagesPerYear: number;
}
