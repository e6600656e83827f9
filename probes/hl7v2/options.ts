// Which listener, and which of the harmless questions it is asked.
import { s, targetKeys } from '#prober/door.ts';

/** One field of a segment: no delimiter of HL7, no control character. */
const field = (most: number) =>
  s
    .string()
    .max(most)
    .regex(/^[^|^~\\&\p{Cc}]*$/u, 'must hold none of | ^ ~ \\ & and no control character');

/** A patient identifier that nobody has: whole, since a wildcard would ask for everybody. */
const identifier = s
  .string()
  .min(3)
  .max(64)
  .regex(/^[A-Za-z0-9._-]+$/, 'must be a whole identifier of letters, digits, ".", "_" and "-": no wildcard, no delimiter');

export const Options = s
  .strictObject({
    ...targetKeys,
    message: s
      .enum(['query', 'clock', 'handle'])
      .default('query')
      .describe(
        '`query`: asks for a patient that nobody is (QBP^Q22 or QBP^Q23) and reaches the patient index; `clock`: asks for the time alone (NMQ^N01); `handle`: a message that the engine is set up to acknowledge and drop.',
      ),
    query: s
      .enum(['Q22', 'Q23'])
      .default('Q22')
      .describe('Trigger of the query: `Q22` finds candidates (PDQ), `Q23` cross-references (PIX).'),
    query_name: field(60).min(1).default('IHE PDQ Query').describe('Name of the query, QPD-1, as the site has it.'),
    patient: identifier
      .default('HOLTER-NO-SUCH')
      .describe('Identifier that is asked for; on the list of synthetic patients, and nobody has it.'),
    handle: s
      .string()
      .regex(/^Z[A-Z0-9]{2}\^Z[A-Z0-9]{2}$/, 'must be a message type of the site, like ZZZ^Z01; types that store something are not offered')
      .optional()
      .describe('Type of the message that is acknowledged and dropped, MSH-9. Needed with `message: handle`.'),
    mode: s
      .enum(['original', 'enhanced', 'commit'])
      .default('original')
      .describe(
        '`original`: one application acknowledgement; `enhanced`: a commit acknowledgement, then the application one; `commit`: the commit alone is asked for (MSH-15, MSH-16).',
      ),
    expect_ack: s
      .boolean()
      .default(true)
      .describe('False for an engine that acknowledges nothing: delivery to the socket is then all that is proven.'),
    accept: s
      .array(s.string().regex(/^(AA|AE|AR|CA|CE|CR)(:\d{1,3})?$/, 'must be AA, AE, AR, CA, CE or CR, perhaps with an error code: AR:200'))
      .min(1)
      .max(20)
      .default(['AA', 'CA'])
      .describe('Acknowledgements that are well: MSA-1, or MSA-1 with the error code of ERR-3: `AR:200`.'),
    sending_application: field(60).min(1).default('HOLTER').describe('MSH-3: how the engine knows us.'),
    sending_facility: field(60).default('').describe('MSH-4: our place, where the engine routes by it.'),
    receiving_application: field(60).default('').describe('MSH-5, as agreed: routing may stand on it.'),
    receiving_facility: field(60).default('').describe('MSH-6, as agreed.'),
    processing_id: s.enum(['P', 'T', 'D']).default('P').describe('MSH-11: production, training or debugging.'),
    version: s
      .enum(['2.1', '2.2', '2.3', '2.3.1', '2.4', '2.5', '2.5.1', '2.6', '2.7', '2.8'])
      .default('2.5.1')
      .describe('MSH-12: version of HL7 that the message is of.'),
  })
  .superRefine((options, check) => {
    const tell = (path: string, message: string) => check.addIssue({ code: 'custom', path: [path], message });
    if (options.message === 'handle' && options.handle === undefined) tell('handle', 'is needed with message: handle');
    if (options.message !== 'handle' && options.handle !== undefined) tell('handle', 'belongs to message: handle');
    if (!options.expect_ack && options.mode !== 'original')
      tell('expect_ack', 'cannot be false in the enhanced mode, which asks for acknowledgements');
  });

export type Hl7Options = s.output<typeof Options>;
