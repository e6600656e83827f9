// Posts each alert as JSON, signed as Standard Webhooks has it.
import { createHash } from 'node:crypto';
import { type Alert, defineReceiver, outcomeOf, post, reveal, revealHeaders } from '../door.ts';
import { Options } from './options.ts';
import { decodeSecret, signatures } from './sign.ts';

/** Goes up when a member of the body changes its meaning or goes away; new members may come at any time. */
const bodyVersion = 1;

export const webhook = defineReceiver({
  kind: 'webhook',
  summary: 'Posts each alert as JSON to an address, signed by Standard Webhooks.',
  options: Options,
  open(options) {
    return {
      async send(alert, context) {
        const headers = revealHeaders(options.headers);
        if (headers === undefined) return { outcome: 'refused', why: 'a configured header holds a character that no header may hold' };
        const message = { id: messageId(alert), timestamp: Math.floor(context.now / 1000), body: encodeBody(alert) };
        const keys = options.secrets.flatMap((secret) => decodeSecret(secret.reveal()) ?? []);
        const signed = keys.length === 0 ? {} : { 'webhook-signature': signatures(message, keys) };
        const reply = await post({
          url: reveal(options.url),
          headers: {
            ...headers,
            'content-type': 'application/json',
            'webhook-id': message.id,
            'webhook-timestamp': String(message.timestamp),
            ...signed,
          },
          body: message.body,
          timeout: options.timeout,
          signal: context.signal,
          ca: options.ca === undefined ? undefined : reveal(options.ca),
        });
        return outcomeOf(reply, context.now);
      },
    };
  },
});

/** The same on every try, also after a restart: what the far end de-duplicates by. Only letters, digits, `_` and `-`. */
function messageId(alert: Alert): string {
  return `msg_${createHash('sha256').update(alert.id).digest('base64url').slice(0, 27)}`;
}

function encodeBody({ id, key, incident, event, at, labels, page }: Alert): string {
  return JSON.stringify({
    version: bodyVersion,
    type: `incident.${event}`,
    timestamp: new Date(at).toISOString(),
    data: {
      id,
      key,
      incident,
      event,
      at: new Date(at).toISOString(),
      labels,
      page: { ...page, since: new Date(page.since).toISOString() },
    },
  });
}
