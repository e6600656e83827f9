// What can be set for the Alertmanager receiver.
import { duration, httpOptions, httpUrl, s } from '../door.ts';

/** Prometheus: names of labels. */
const labelName = s.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/, 'is not a label name');

export const Options = s.strictObject({
  urls: s
    .array(httpUrl())
    .min(1)
    .max(16)
    .describe('Address of every member of the cluster, never of a balancer in front of them. A path is kept: `/api/v2/alerts` is added.'),
  labels: s
    .record(labelName, s.string().min(1).max(256))
    .refine((labels) => Object.keys(labels).length <= 16, { error: 'has more than 16 labels' })
    .default({})
    .describe('Labels to add to every alert, for instance `team: ehr`. A change is a new alert for Alertmanager.'),
  resend: duration({ least: '1s', most: '10m' })
    .prefault('1m')
    .describe('How often open alerts are told again. Alertmanager takes them for resolved after four times this.'),
  ...httpOptions,
});
