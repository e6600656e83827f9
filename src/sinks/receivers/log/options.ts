// What can be set for the log receiver.
import { s } from '../door.ts';

export const Options = s.strictObject({
  format: s
    .enum(['text', 'json'])
    .default('text')
    .describe('`text`: some lines for people. `json`: one line with everything, for programs that collect output.'),
});
