// What probes and receivers have in common: a name, a sentence, and the schema of their options.
import type { s } from './kit.ts';

export interface Kind {
  /** The protocol's or service's usual name, as it stands in the configuration. */
  readonly kind: string;
  /** One sentence for the reference page. */
  readonly summary: string;
  /** Strict object; every key has a description, bounds, and a default where one makes sense. */
  readonly options: s.ZodObject;
}
