// Tells every member of an Alertmanager cluster, API v2, again and again while an incident is open.
import {
  type Alert,
  defineReceiver,
  outcomeOf,
  type PostReply,
  post,
  reveal,
  revealHeaders,
  type SendContext,
  type SendOutcome,
  type s,
} from '../door.ts';
import { encodeAlert } from './encode.ts';
import { Options } from './options.ts';

/** A resolve is repeated this long, as Prometheus does (rules/alerting.go, resolvedRetention). */
const resolvedFor = 15 * 60_000;

export const alertmanager = defineReceiver({
  kind: 'alertmanager',
  summary: 'Sends alerts to every member of an Alertmanager cluster and repeats them while they stand.',
  options: Options,
  open(options) {
    return {
      send: (alert, context) => sendAll([alert], options, context),
      resend: { every: options.resend, resolvedFor, repeat: (alerts, context) => sendAll(alerts, options, context) },
    };
  },
});

/** Delivered when one member took it: members gossip notifications, not alerts, so each gets it now, and the resend makes good what one missed. */
async function sendAll(alerts: readonly Alert[], options: s.output<typeof Options>, context: SendContext): Promise<SendOutcome> {
  const headers = revealHeaders(options.headers);
  if (headers === undefined) return { outcome: 'refused', why: 'a configured header holds a character that no header may hold' };
  const frame = { labels: options.labels, now: context.now, endsAt: context.now + 4 * options.resend };
  const body = JSON.stringify(alerts.map((alert) => encodeAlert(alert, frame)));
  const request = {
    headers: { ...headers, 'content-type': 'application/json' },
    body,
    timeout: options.timeout,
    signal: context.signal,
    ca: options.ca === undefined ? undefined : reveal(options.ca),
  };
  const replies = await Promise.all(options.urls.map((url) => post({ ...request, url: `${url.replace(/\/+$/, '')}/api/v2/alerts` })));
  return bestOf(replies, context);
}

/** The kindest answer of all: taken, worth another try, refused. */
function bestOf(replies: readonly PostReply[], { now }: SendContext): SendOutcome {
  const outcomes = replies.map((reply) => outcomeOf(reply, now));
  const best = outcomes.find((one) => one.outcome === 'delivered') ?? outcomes.find((one) => one.outcome === 'retry') ?? outcomes[0];
  return best ?? { outcome: 'refused', why: 'no member is configured' };
}
