// The sink that logs: one line per change of state and per step of an incident, one per failed probe at debug.
import type { Event, Sink } from '#model/event.ts';
import type { Log } from '#model/log.ts';

/** Messages are static, facts are fields; message texts of far ends stay at debug. */
export function createLogSink(log: Log): Sink {
  return {
    accept(event) {
      if (event.type === 'result') logResult(log, event);
      else if (event.type === 'state') {
        const { endpoint, from, to, verdict } = event;
        log.info({ endpoint, from, to, attempts: verdict.attempts, failures: verdict.failures }, 'state changed');
      } else if (event.type === 'incident') {
        log.info(
          { incident: event.incident.id, endpoint: event.incident.endpoint.id, trouble: event.incident.trouble, event: event.kind },
          'incident',
        );
      } else if (event.type === 'pause_wanted') {
        log.warn({ endpoint: event.endpoint, seconds: (event.until - event.at) / 1000 }, 'credentials refused: the endpoint is left alone');
      } else if (event.type === 'attached') {
        log.info({ endpoint: event.endpoint, group: event.group }, event.group === '' ? 'judged for itself again' : 'explained by a group');
      } else if (event.type === 'alert') log.info({ alert: event.alert.id, receivers: event.alert.receivers }, 'alert owed');
    },
    async close() {
      // Lines are written at once.
    },
  };
}

function logResult(log: Log, { result, counted }: Event & { readonly type: 'result' }): void {
  if (result.outcome === 'ok' || !log.isDebug()) return;
  const { endpoint, reason, message, duration } = result;
  log.debug({ endpoint, reason, detail: message, seconds: duration / 1000, counted }, 'probe failed');
}
