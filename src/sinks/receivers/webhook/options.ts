// What can be set for the webhook receiver.
import { httpOptions, maybeSecret, reveal, s, secret } from '../door.ts';
import { decodeSecret } from './sign.ts';

export const Options = s.strictObject({
  url: maybeSecret()
    .refine((url) => isHttpUrl(reveal(url)), { error: 'is not an http:// or https:// address without user and password in it' })
    .describe('Where to post. Write `!env` or `!file` when the address itself is a secret.'),
  secrets: s
    .array(
      secret().refine((value) => decodeSecret(value.reveal()) !== undefined, { error: 'is not whsec_ and the base64 of 24 to 64 bytes' }),
    )
    .max(4)
    .default([])
    .describe(
      'Secrets to sign with (Standard Webhooks): `whsec_` and the base64 of 24 to 64 bytes. Two during a rotation; none: unsigned.',
    ),
  ...httpOptions,
});

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hostname } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '' && hostname !== '';
}
