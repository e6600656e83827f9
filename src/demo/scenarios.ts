// What can befall the simulated health system: who is hit, how it shows, how much of it and when. Data and arithmetic, nothing that runs.
import type { Endpoint } from '#model/endpoint.ts';
import type { EndpointReason } from '#model/reason.ts';
import type { DurationMs } from '#model/time.ts';
import type { Chance } from './chance.ts';

/** An endpoint of the configuration, as a scenario sees it. */
export interface Place extends Endpoint {
  /** The services that it stands on, near and far, its own among them. */
  readonly standsOn: ReadonlySet<string>;
  readonly interval: DurationMs;
  /** How its far end can be made to fail. */
  readonly shows: ReadonlySet<EndpointReason>;
}

/** A transaction at an endpoint that is hit. */
export interface Moment {
  readonly place: Place;
  /** Minutes since the trouble began. */
  readonly minute: number;
  readonly chance: Chance;
}

export interface Scenario {
  readonly name: string;
  /** What happens, for the list of scenarios and the beginning of the story. */
  readonly summary: string;
  /** Minutes of the daemon's time: when it breaks, when it is mended, when the story ends. */
  readonly breaksAt: number;
  readonly mendedAt: number;
  readonly endsAt: number;
  /** Whom it hits; of these, whoever can show one of its looks. */
  readonly hits: (place: Place) => boolean;
  /** How failures look to a probe; one that stands here twice is twice as common. */
  readonly looks: readonly EndpointReason[];
  /** The share of transactions that fail, 0 to 1. */
  readonly share: (moment: Moment) => number;
  /** What the terminal says when it breaks, and when it is mended. */
  readonly broken: string;
  readonly mended: string;
}

/** What lost packets and cut connections look like. */
const interruptions: readonly EndpointReason[] = ['timeout', 'timeout', 'reset'];
const behindNetwork = (place: Place): boolean => place.standsOn.has('network');

const story: Scenario = {
  name: 'story',
  summary: 'intermittent network interruptions at the data center: in spells, 10 to 40 % of what everything behind it is asked fails',
  breaksAt: 10,
  mendedAt: 42,
  endsAt: 100,
  hits: behindNetwork,
  looks: interruptions,
  share: ({ place, minute, chance }) => {
    const spell = spellAt(minute, chance);
    return spell === undefined ? 0 : 0.1 + 0.3 * chance('share', place.id, spell);
  },
  broken:
    'A line card in the Northern California data center begins to drop packets, in spells. Nothing is down; everything is sometimes down.',
  mended: 'The line card is replaced. What is open stays open until it is proven steady.',
};

const balancer: Scenario = {
  name: 'balancer',
  summary: 'one bad member of three behind the balancer of the EHR in Northern California: every third transaction there fails',
  breaksAt: 10,
  mendedAt: 50,
  endsAt: 110,
  hits: ({ service, region, name }) => service === 'ehr' && region === 'norcal' && name === 'front-door',
  looks: ['rejected', 'rejected', 'reset'],
  share: () => 1 / 3,
  broken: 'One of three servers behind the EHR balancer in Northern California is ill, and its own health check does not see it.',
  mended: 'The bad member is taken out of the pool.',
};

const slowRise: Scenario = {
  name: 'slow-rise',
  summary: 'the laboratory fails a little more every minute: from nothing to 40 % within an hour',
  breaksAt: 10,
  mendedAt: 75,
  endsAt: 135,
  hits: ({ service }) => service === 'laboratory',
  looks: ['timeout', 'rejected'],
  share: ({ minute }) => 0.4 * Math.min(1, minute / 60),
  broken: 'A disk fills up at the laboratory. At first next to nothing fails.',
  mended: 'The disk has room again.',
};

const outage: Scenario = {
  name: 'outage',
  summary: 'the data center is cut off: everything behind it fails, always',
  breaksAt: 10,
  mendedAt: 30,
  endsAt: 90,
  hits: behindNetwork,
  looks: interruptions,
  share: () => 1,
  broken: 'An excavator cuts both lines of the Northern California data center.',
  mended: 'The lines are spliced.',
};

const certificate: Scenario = {
  name: 'certificate',
  summary: 'the certificate of the EHR in Northern California expires',
  breaksAt: 10,
  mendedAt: 40,
  endsAt: 90,
  hits: ({ service, region }) => service === 'ehr' && region === 'norcal',
  looks: ['certificate'],
  share: () => 1,
  broken: 'The certificate of the EHR in Northern California has just expired.',
  mended: 'A new certificate is in place.',
};

const systemic: Scenario = {
  name: 'systemic',
  summary: 'everything, everywhere, fails 1 % of the time',
  breaksAt: 10,
  mendedAt: 110,
  endsAt: 120,
  hits: () => true,
  looks: interruptions,
  share: () => 0.01,
  broken: 'From now on one transaction in a hundred fails, everywhere. No single endpoint shows more than a stray failure.',
  mended: 'The cause is removed.',
};

const calm: Scenario = {
  name: 'calm',
  summary: 'an hour in which nothing happens, and nobody is paged',
  breaksAt: Number.POSITIVE_INFINITY,
  mendedAt: Number.POSITIVE_INFINITY,
  endsAt: 60,
  hits: behindNetwork,
  looks: interruptions,
  share: () => 0.25,
  broken: 'A quarter of the transactions behind the data center fails.',
  mended: 'It is mended.',
};

/** The first is told unless another is asked for. */
export const scenarios: readonly Scenario[] = [story, balancer, slowRise, outage, certificate, systemic, calm];

/**
 * The number of the spell of interruptions that this minute is in; undefined between two spells. Spells last 4 to 10 minutes, the quiet between
 * them 1 to 3.
 */
export function spellAt(minute: number, chance: Chance): number | undefined {
  let ends = 0;
  for (let spell = 0; ; spell += 1) {
    ends += 4 + 6 * chance('spell', spell);
    if (minute < ends) return spell;
    ends += 1 + 2 * chance('quiet', spell);
    if (minute < ends) return undefined;
  }
}
