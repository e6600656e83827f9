// Whether an answer of QIDO-RS is well (DICOM PS3.18 10.6). Pure.
import type { Failure } from '#prober/door.ts';

/** `body`: parsed JSON, or undefined. Undefined: well. For a status of 200; 204 is well without a look. */
export function judgeStudies(body: unknown): Failure | undefined {
  if (!Array.isArray(body)) return { reason: 'content', message: 'search: the answer is no list of studies' };
  if (body.length === 0) return undefined;
  return {
    reason: 'content',
    message: `search: patient data where none may be: ${body.length} ${body.length === 1 ? 'study' : 'studies'}`,
  };
}
