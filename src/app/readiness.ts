// What `/readyz` asks: whether what runs is complete.
import type { Plan } from '#model/plan.ts';
import type { Readiness } from '#sinks/status/views.ts';

export interface Parts {
  readonly store: { readonly ok: true } | { readonly ok: false; readonly problem: string };
  readonly isScheduled: boolean;
}

export function readinessOf({ store, isScheduled }: Parts): readonly Readiness[] {
  return [
    { check: 'configuration loaded', ok: true, why: '' },
    { check: 'schedule running', ok: isScheduled, why: isScheduled ? '' : 'the schedule has not started, or is being stopped' },
    { check: 'store writable', ok: store.ok, why: store.ok ? '' : store.problem },
  ];
}

/** How much there is to do, for the log. */
export function sizeOf({ endpoints, services, receivers }: Plan): Readonly<Record<'endpoints' | 'services' | 'receivers', number>> {
  return { endpoints: endpoints.length, services: services.length, receivers: receivers.length };
}
