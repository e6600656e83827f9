// Which archive or worklist, under which titles, and which of the harmless questions it is asked.
import { s, targetKeys } from '#prober/door.ts';

/** An application entity title: 1 to 16 characters, not blanks alone, no backslash, no control character (DICOM PS3.5 6.2). Case counts. */
const title = s
  .string()
  .regex(/^(?=.*\S)[\x20-\x5b\x5d-\x7e]{1,16}$/, 'must be 1 to 16 characters of ASCII, without backslash, and not blanks alone');

/** A patient identifier that nobody has: whole, since a wildcard or an empty key would ask for everybody. */
const identifier = s
  .string()
  .regex(/^[A-Za-z0-9._-]{3,64}$/, 'must be a whole identifier of 3 to 64 letters, digits, ".", "_" and "-": no wildcard');

export const Options = s
  .strictObject({
    ...targetKeys,
    called_ae: title.describe('Title of the application that is asked, exactly as it is set up there.'),
    calling_ae: title.default('HOLTER').describe('Our own title: most archives admit only those that they know.'),
    operation: s
      .enum(['echo', 'find', 'worklist'])
      .default('echo')
      .describe(
        '`echo`: C-ECHO, the process lives and knows us; `find`: a C-FIND for studies of a patient that nobody is, which reaches the database; `worklist`: the same of the modality worklist.',
      ),
    patient: identifier
      .default('HOLTER-NO-SUCH')
      .describe('Patient identifier that is asked for; on the list of synthetic patients, and nobody has it.'),
    station: title.optional().describe('With `worklist`: title of the modality whose list is asked for.'),
  })
  .superRefine((options, check) => {
    if (options.station === undefined || options.operation === 'worklist') return;
    check.addIssue({ code: 'custom', path: ['station'], message: 'belongs to operation: worklist' });
  });

export type DicomOptions = s.output<typeof Options>;
