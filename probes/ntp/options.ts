// Which time server, and how far its time may be from ours.
import { address, duration, s } from '#prober/door.ts';

export const Options = s.strictObject({
  address: address().describe('Host and port of the server; NTP is served on 123.'),
  max_offset: duration({ least: '1ms', most: '1d' })
    .prefault('60s')
    .describe('A clock that is further from ours, either way, is wrong: signed messages and tokens stop working there.'),
});

export type NtpOptions = s.output<typeof Options>;
