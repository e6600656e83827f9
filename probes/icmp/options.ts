// Whom to ping, how often in one probe, and how much may be lost.
import { s } from '#prober/door.ts';

export const Options = s.strictObject({
  host: s
    .string()
    .regex(/^(?!-)[A-Za-z0-9.:_-]{1,253}$/, 'must be the name of a host or its address')
    .describe('Name or address of the host.'),
  family: s.enum(['ipv4', 'ipv6']).optional().describe('Ask by this family only. Default: whichever the name has first.'),
  count: s.int().min(1).max(5).default(3).describe('Echoes in one probe, 0.2 s apart.'),
  max_loss: s
    .number()
    .min(0)
    .max(1)
    .default(0.99)
    .describe('Share of echoes that may be lost, from 0 to 1. Default: one reply is enough, and the loss is a fact.'),
  program: s
    .string()
    .regex(/^\/[^\0]{1,255}$/, 'must be a full path')
    .default('/bin/ping')
    .describe('The ping of iputils, which has the right to send echoes.'),
});

export type IcmpOptions = s.output<typeof Options>;
