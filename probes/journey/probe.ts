// Does what a user does on a site, step by step with the same cookies, and logs out.
import { certificateFacts, defineProbe, patientsInFields, patientsInUrl } from '#prober/door.ts';
import { type JourneyOptions, Options } from './options.ts';
import type { Logout } from './steps.ts';
import { Visit } from './visit.ts';

export const journey = defineProbe({
  kind: 'journey',
  summary: 'Walks through a site as a user does: fills in the login form, looks at pages, and always logs out.',
  options: Options,
  effect: 'session',
  leastInterval: 60_000,
  defaultTimeout: 30_000,
  pausesAfterAuth: true,
  reasons: [
    'dns',
    'refused',
    'unreachable',
    'connect_timeout',
    'tls',
    'certificate',
    'reset',
    'timeout',
    'protocol',
    'rejected',
    'auth',
    'content',
  ],
  facts: [
    { name: 'steps_completed', help: 'Steps that went well, the logout included.' },
    { name: 'status_code', help: 'Status of the last answer.' },
    { name: 'redirects', help: 'Redirects that were followed, over all steps.' },
    { name: 'response_bytes', help: 'Bytes of all bodies as they came, those of redirects included.' },
    { name: 'connections', help: 'Connections that were opened: one for each origin, and one more for each that the server closed.' },
    ...certificateFacts,
  ],
  host: ({ url }) => hostAndPort(new URL(url)),
  patients: ({ url, steps, logout }) => [...patientsInUrl(url), ...[...steps, logout ?? []].flat().flatMap(patientsIn)],
  async run(options: JourneyOptions, context) {
    const visit = new Visit(options, context);
    try {
      try {
        for (const step of options.steps) await visit.take(step);
      } catch (error) {
        await visit.leave();
        throw error;
      }
      if (options.logout !== undefined) await visit.take(options.logout);
    } finally {
      visit.close();
    }
  },
});

function patientsIn({ url = '', form = {}, json = {} }: Logout): readonly string[] {
  return [...patientsInUrl(url), ...patientsInFields(form), ...patientsInFields(json)];
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}
