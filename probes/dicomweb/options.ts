// Which archive by DICOMweb, as whom, and which patient that nobody is.
import { httpUrl, isSafeForSecrets, maybeSecret, s, secret, TlsSettings, unsafeForSecrets } from '#prober/door.ts';

const Auth = s
  .strictObject({
    bearer: secret().optional().describe('A token that does not change.'),
    basic: s
      .strictObject({ username: maybeSecret().describe('Name of the user.'), password: secret().describe('Password of the user.') })
      .optional()
      .describe('HTTP Basic.'),
  })
  .refine((auth) => (auth.bearer === undefined) !== (auth.basic === undefined), { error: 'needs one of `bearer` and `basic`' });

export const Options = s
  .strictObject({
    url: httpUrl().describe('Root of the services: `https://pacs.example.org/dicom-web`.'),
    auth: Auth.optional().describe('How we prove who we are. Left out: not at all.'),
    patient: s
      .string()
      .regex(/^[A-Za-z0-9._-]{3,64}$/, 'must be a whole identifier of 3 to 64 letters, digits, ".", "_" and "-": no wildcard')
      .default('HOLTER-NO-SUCH')
      .describe('Patient identifier that is asked for; on the list of synthetic patients, and nobody has it.'),
    tls: TlsSettings.optional().describe('Settings of TLS for https.'),
  })
  .refine(({ auth, url, tls }) => auth === undefined || isSafeForSecrets(url, tls), { path: ['url'], error: unsafeForSecrets });

export type DicomwebOptions = s.output<typeof Options>;
