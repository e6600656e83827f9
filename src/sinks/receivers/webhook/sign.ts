// Signatures of Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
import { createHmac } from 'node:crypto';

const prefix = 'whsec_';

/** The key in `whsec_...`; undefined when it is not base64 of 24 to 64 bytes. */
export function decodeSecret(text: string): Buffer | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const encoded = text.slice(prefix.length);
  const key = Buffer.from(encoded, 'base64');
  if (key.length < 24 || key.length > 64) return undefined;
  return key.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '') ? key : undefined;
}

export interface Message {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** The very text that is sent. */
  readonly body: string;
}

/** One `v1,...` a key, separated by spaces. */
export function signatures({ id, timestamp, body }: Message, keys: readonly Buffer[]): string {
  return keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`).join(' ');
}
