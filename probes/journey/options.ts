// Which site, and what a user does there.
import { httpUrl, isSafeForSecrets, nameServers, Secret, s, TlsSettings } from '#prober/door.ts';
import { troublesOf } from './rules.ts';
import { Logout, Step } from './steps.ts';

export const Options = s
  .strictObject({
    url: httpUrl().describe('Address of the site: where steps without an address begin, and what relative addresses are relative to.'),
    origins: s
      .array(httpUrl())
      .min(1)
      .max(10)
      .optional()
      .describe('Other origins that forms, secrets and variables may be sent to, such as `https://login.example.org`.'),
    // One phase a step: an attempt has 32, of which the connection takes five and the logout one.
    steps: s.array(Step).min(1).max(25).describe('What is done, one after the other.'),
    logout: Logout.optional().describe('The last step, which is taken after a failure as well, once somebody may be logged in.'),
    family: s.enum(['ipv4', 'ipv6']).optional().describe('Only addresses of this family. Default: the first that the resolver gives.'),
    resolver: nameServers().optional().describe('Name servers that are asked instead of the system, as addresses with or without port.'),
    body_limit: s
      .int()
      .min(1024)
      .max(4_194_304)
      .default(1_048_576)
      .describe('Most bytes of a body, as sent and as inflated. A larger one fails the probe.'),
    tls: TlsSettings.optional().describe('How TLS is set up, for every origin.'),
  })
  .superRefine((options, check) => {
    for (const { path, message } of troublesOf(options)) check.addIssue({ code: 'custom', path: [...path], message });
  })
  .refine((options) => !carriesSecrets(options) || isSafe(options), {
    path: ['url'],
    error: 'secrets are sent over https with verified certificates, or to loopback, only: look at `url`, `origins` and `tls.insecure`',
  });

export type JourneyOptions = s.output<typeof Options>;

function carriesSecrets({ steps, logout }: { readonly steps: readonly Step[]; readonly logout?: Logout | undefined }): boolean {
  return [...steps, logout].some((step) =>
    [step?.headers, step?.form, step?.json].some((values) => Object.values(values ?? {}).some((value) => value instanceof Secret)),
  );
}

interface Way {
  readonly url: string;
  readonly origins?: readonly string[] | undefined;
  readonly tls?: s.output<typeof TlsSettings> | undefined;
}

function isSafe({ url, origins = [], tls }: Way): boolean {
  return [url, ...origins].every((each) => isSafeForSecrets(each, tls));
}
