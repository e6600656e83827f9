// The schema of the configuration file: the one source of its checks, defaults, JSON Schema and reference page.
import { duration, httpUrl, parseAddress, s, secret } from '#schema/kit.ts';
import { defaultSyntheticPatients } from './synthetic.ts';

const name = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const nameRule = 'must be 1 to 63 letters, digits, ".", "_" or "-", and start and end with a letter or digit';

function id(words: string) {
  return s.string().regex(name, nameRule).meta({ words });
}

function names(words: string, what: string) {
  return s.array(id(words)).max(10_000).describe(what);
}

function text(most: number) {
  return s.string().min(1, 'must not be empty').max(most);
}

/** Host and port to listen on; port 0 lets the machine choose one. */
export function parseListen(value: string): { readonly host: string; readonly port: number } | undefined {
  const known = parseAddress(value);
  if (known !== undefined) return known;
  const free = /^(.*):0$/.exec(value);
  const host = free === null ? undefined : parseAddress(`${free[1]}:1`)?.host;
  return host === undefined ? undefined : { host, port: 0 };
}

const listen = s
  .string()
  .refine((value) => parseListen(value) !== undefined, {
    error: 'is not host:port; write for instance 127.0.0.1:9715, 0.0.0.0:9715 or [::]:9715',
  })
  .meta({ words: 'host:port' });

const perYear: Readonly<Record<string, number>> = { day: 365.25, week: 365.25 / 7, month: 12, year: 1 };

/** False pages a year of `12 per year`, `1 per month` or a plain number. */
const falsePages = s
  .union([
    s.number(),
    s.string().regex(/^\d+(\.\d+)? per (day|week|month|year)$/, 'must be written like 12 per year; day, week, month and year are known'),
  ])
  .transform((value) => {
    if (typeof value === 'number') return value;
    const [amount, , unit] = value.split(' ');
    return Number(amount) * (perYear[unit ?? ''] ?? 1);
  })
  .refine((value) => value >= 0.1 && value <= 3650, { error: 'must be between 0.1 and 3650 a year' })
  .meta({ words: '"12 per year", or a number a year from 0.1 to 3650' });

const cron = s.string().min(1, 'must not be empty').max(200).meta({ words: 'a cron expression' });
const timezone = s.string().min(1, 'must not be empty').max(100).meta({ words: 'the name of a time zone' });

const timing = {
  every: duration({ least: '1s', most: '1d' }).optional(),
  timeout: duration({ least: '10ms', most: '10m' }).optional(),
  cron: cron.optional().describe('Probe at these instants instead of at an interval: five fields, or six with seconds first.'),
  timezone: timezone.optional().describe('Time zone of `cron`, as the IANA names it: `America/Los_Angeles`. Default: `UTC`.'),
  reprobe: s.boolean().optional(),
};

export const Schedule = s.strictObject({
  ...timing,
  every: timing.every.describe(
    'Interval between two probes of one endpoint. Default: `30s`. A kind with a longer least interval keeps to that.',
  ),
  timeout: timing.timeout.describe(
    "Bound on one probe, always below the interval. Default: the kind's own, or nine tenths of the interval if that is less. " +
      'A kind whose own is above 10s keeps to that.',
  ),
  reprobe: timing.reprobe.describe(
    'Probe again soon after a failure, for at most 10 minutes and until it is clear: three times as often, not more often than every 10 s or ' +
      "the kind's least interval, and only where the limits of the host have room for one more beside it. Not with `cron`. Default: `true`.",
  ),
});

export const Paging = s.strictObject({
  false_pages: falsePages
    .prefault('12 per year')
    .describe(
      'The one dial: at most so many false pages a year over the whole installation, however many endpoints it has. A false page tells of ' +
        'an endpoint or a group that is as well as ever and merely failed a little more often by chance. Half of the dial is shared by the ' +
        'endpoints, half by the groups that are judged together, and every threshold follows from it: there is no other to tune. Lower is ' +
        'quieter and slower, but not by much: with half the false pages a weak fault is found about a tenth later, with twice the interval ' +
        'twice as late. `holter validate` says what it means here, fault by fault.',
    ),
  grace: duration({ least: '0s', most: '1h' }).prefault('60s').describe('An outage as short as a restart is not a fault: this long.'),
  remind: duration({ least: '5m', most: '7d' })
    .prefault('4h')
    .describe('Time from the page to the first reminder of an incident that is still open; later ones come at doubling distances.'),
});

export const Retention = s.strictObject({
  results: duration({ least: '1h', most: '2y' }).prefault('30d').describe('How long single results are kept.'),
  hourly: duration({ least: '1d', most: '10y' }).prefault('2y').describe('How long hourly sums are kept.'),
});

export const Limits = s.strictObject({
  concurrency: s.int().min(1).max(100_000).default(1000).describe('Probes under way at once, in all.'),
  host_concurrency: s.int().min(1).max(10_000).default(10).describe('Probes under way at once to one host and port.'),
  host_rate: s.number().min(0.01).max(10_000).default(10).describe('Probes started in a second to one host and port, on average.'),
});

export const Threshold = s
  .strictObject({
    warn: s.number().optional().describe('From here a quiet incident tells the owner.'),
    fail: s.number().optional().describe('From here the incident is serious.'),
  })
  .refine((bounds) => bounds.warn !== undefined || bounds.fail !== undefined, { error: 'needs "warn", "fail", or both' });

/** What every endpoint may say beside the options of its kind. */
export const endpointKeys = {
  probe: text(64).meta({ words: 'the name of a probe kind' }).describe('The kind of probe.'),
  regions: s
    .union([s.literal('all'), s.array(id('the id of a region')).min(1, 'must name a region, or be left out').max(1000)])
    .optional()
    .meta({ words: '"all", or a list of regions' })
    .describe('One endpoint for each of these regions; `{region}` in any option becomes its id. `all`: every region. Left out: no region.'),
  every: timing.every.describe("Interval between two probes. Default: the schedule's, at least the kind's least."),
  timeout: timing.timeout.describe("Bound on one probe. Default: the schedule's or the kind's own."),
  cron: timing.cron,
  timezone: timing.timezone,
  reprobe: timing.reprobe.describe("Whether to probe again soon after a failure. Default: the schedule's."),
  facts: s
    .record(text(64), Threshold)
    .optional()
    .describe("Bounds on numbers that the kind learns, by the fact's name. Default: the kind's own bounds."),
};

export const Service = s.strictObject({
  name: text(100).optional().describe('What people call it. Default: its id.'),
  features: s
    .array(text(100))
    .min(1, 'must name a feature, or be left out')
    .max(50)
    .optional()
    .describe('What patients and staff lose when it fails, in their words.'),
  depends_on: names('the id of a service', 'The services that it stands on.').optional(),
  owner: id('the name of a receiver').optional().describe('The receiver of its pages.'),
  runbook: httpUrl().optional().describe('Address of the instructions for people on call.'),
  downtime: text(500).optional().describe('The downtime procedure in a sentence: what staff do meanwhile.'),
  criticality: s
    .enum(['critical', 'high', 'normal', 'low'])
    .default('normal')
    .describe('How much depends on it; decides the severity of its pages.'),
  false_pages: falsePages
    .optional()
    .describe(
      'Its own part of `paging.false_pages`: at most so many false pages a year of its endpoints, alone and together. Lower is quieter and ' +
        'slower. Default: it shares in what the services with a number of their own leave.',
    ),
  endpoints: s.record(id('the name of an endpoint'), s.looseObject(endpointKeys)).prefault({}).describe('What is probed, by name.'),
});

/** What a target may say beside the options of its kind. */
export const targetKeys = {
  probe: text(64).meta({ words: 'the name of a probe kind' }).describe('The kind of probe: one that may be made every five seconds.'),
};

export const SelfCheck = s.strictObject({
  targets: s
    .record(id('the name of a target'), s.looseObject(targetKeys))
    .describe(
      'What must answer whenever the network here works, by name, each with a kind and its options: the gateway, a name server of the site. ' +
        'It is ill only when none of them answers, and no endpoint elsewhere does.',
    ),
  timeout: duration({ least: '50ms', most: '900ms' })
    .prefault('800ms')
    .describe('How long a target may take. Two such checks in a row fit into the two seconds that a failure waits at most.'),
});

export const Route = s.strictObject({
  services: names('the id of a service', 'For these services; left out: for all.').optional(),
  regions: names('the id of a region', 'For these regions; left out: for all.').optional(),
  to: s.array(id('the name of a receiver')).max(100).describe('The receivers. An empty list: nobody is told.'),
});

export const Window = s.strictObject({
  services: names('the id of a service', 'These services; left out: all.').optional(),
  regions: names('the id of a region', 'These regions; left out: all.').optional(),
  endpoints: s
    .array(text(200))
    .max(10_000)
    .optional()
    .describe('These endpoints: `service/endpoint`, or `service/endpoint/region`; left out: all.'),
  from: text(40).optional().describe('Start of a single window: `2026-03-02T04:00:00Z`, or without an offset in `timezone`.'),
  until: text(40).optional().describe('End of a single window.'),
  cron: cron.optional().describe('Starts of a window that comes again and again.'),
  for: duration({ least: '1m', most: '7d' }).optional().describe('Length of each window that `cron` starts.'),
  timezone: timezone.optional().describe('Time zone of `cron`, and of `from` and `until` without an offset. Default: `UTC`.'),
  why: text(200).optional().describe('The reason, shown to people.'),
});

export const Token = s.strictObject({
  sha256: s
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits: the SHA-256 of the token, as sha256sum prints it')
    .meta({ words: '64 hexadecimal digits' })
    .optional()
    .describe('SHA-256 of the token, so that the file holds no secret.'),
  secret: secret().optional().describe('The token itself, at least 16 characters.'),
  rights: s
    .array(s.enum(['reload']))
    .min(1, 'must name a right')
    .max(10)
    .describe('What its bearer may do: `reload` the configuration.'),
});

const free = s.record(s.string(), s.unknown());

export const Config = s.strictObject({
  system: text(100).describe('Name of the whole organisation, on every page and alert.'),
  vantage: text(100).optional().describe("Where this process stands: a site or network zone. Default: the host's name."),
  schedule: Schedule.prefault({}).describe('When endpoints are probed that do not say it themselves.'),
  paging: Paging.prefault({}).describe('How quickly, and how seldom wrongly, Holter pages.'),
  listen: listen.default('127.0.0.1:9715').describe('Where pages, API and metrics are served.'),
  public_url: httpUrl().optional().describe('Address that links in pages begin with. Default: `http://` and `listen`.'),
  data: text(1000).default('./data').describe('Folder of the store, made if missing; taken from the working folder.'),
  retention: Retention.prefault({}).describe('How long history is kept.'),
  limits: Limits.prefault({}).describe('Caps that keep probing harmless.'),
  self_check: SelfCheck.optional().describe(
    'What tells trouble of the prober from trouble of the services. A failed result waits for it, two seconds at most; where it fails too, the result ' +
      'is missing, not failed. Left out: nothing waits.',
  ),
  synthetic_patients: s
    .array(
      text(200)
        .regex(/^[^*]{3,}\*?$/, 'must be at least three signs, with a "*" at the end at most')
        .meta({ words: 'an identifier or its beginning and "*"' }),
    )
    .max(1000)
    .default([...defaultSyntheticPatients])
    .describe('Identifiers and names that no living person has; probes send no others. A `*` at the end stands for anything.'),
  regions: s.record(id('the id of a region'), text(100)).prefault({}).describe('Places that the organisation names: id and name.'),
  services: s.record(id('the id of a service'), Service).describe('What people depend on, and what that stands on.'),
  receivers: s
    .record(id('the name of a receiver'), free)
    .prefault({})
    .describe('Where alerts go: a name, and under it one kind with its options. Without any, alerts go to the log.'),
  routes: s
    .array(Route)
    .max(1000)
    .optional()
    .describe('Which receivers hear of what; the first that fits. Left out: every receiver hears of all.'),
  maintenance: s.array(Window).max(1000).prefault([]).describe('Windows in which nothing is learned and nobody is paged.'),
  tokens: s.record(id('the name of a token'), Token).prefault({}).describe('Bearers who may change the state of a running daemon.'),
});
