// The version that is running: from the package.json beside the sources, or beside the compiled program in dist.
import { readFileSync } from 'node:fs';

/** `0.1.0`; read once. */
export const version: string = readVersion();

/** How Holter names itself to far ends. */
export const agent = `Holter/${version}`;

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const content: unknown = JSON.parse(text);
  if (typeof content === 'object' && content !== null && 'version' in content && typeof content.version === 'string')
    return content.version;
  throw new Error('package.json beside the program holds no version');
}
