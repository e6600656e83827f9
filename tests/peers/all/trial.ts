// What the check of everything at once needs of a real server: how it starts, how an endpoint reaches it, how it becomes ill.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IssuedCertificate, issueCertificate } from '#prober/issue.ts';

/** Options as they stand in the configuration; a text `!env NAME` or `!file PATH` is the tag. */
export type EndpointOptions = Readonly<Record<string, unknown>>;

export interface EndpointTrial {
  readonly well: EndpointOptions;
  /** Where the configuration is what is wrong: in the place of `well`. */
  readonly ill?: EndpointOptions;
  /** What must be told of it when it is ill: `reason: message`. */
  readonly tells: RegExp;
}

/** A server that runs, well. */
export interface Running {
  /** By name; each is one endpoint of the configuration. */
  readonly endpoints: Readonly<Record<string, EndpointTrial>>;
  /** Absent: the configuration alone is what is wrong. */
  makeIll?(): Promise<void> | void;
  stop(): Promise<void>;
}

export interface Trial {
  /** Programs without which the whole suite is left out. */
  readonly programs: readonly string[];
  start(place: Place): Promise<Running>;
}

/** A folder for all of them, with an authority that every endpoint trusts by `!file`. */
export class Place {
  readonly folder: string;
  readonly ca: string;
  readonly #root: IssuedCertificate;

  constructor(folder: string) {
    this.folder = folder;
    this.#root = issueCertificate({ commonName: 'Root', ...life(-30, 365), authority: true });
    this.ca = `!file ${this.write('ca.pem', this.#root.certificate)}`;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** A certificate of this machine for so many days, and its key: files that are written anew when it is asked for again. */
  certificate(name: string, days: number): { readonly cert: string; readonly key: string } {
    const made = issueCertificate({ commonName: name, names: ['127.0.0.1'], ...life(-30, days), issuer: this.#root });
    return { cert: this.write(`${name}.pem`, made.certificate), key: this.write(`${name}.key`, made.key) };
  }
}

function life(from: number, to: number): { readonly notBefore: number; readonly notAfter: number } {
  const day = 86_400_000;
  return { notBefore: Date.now() + from * day, notAfter: Date.now() + to * day };
}

/** One configuration with these endpoints; it is JSON but for its tags, so it is YAML. */
export function configurationOf(endpoints: Readonly<Record<string, EndpointOptions>>): string {
  const file = { system: 'All at once', schedule: { every: '30s', timeout: '8s' }, services: { all: { endpoints } } };
  return JSON.stringify(file, null, 1).replaceAll(/"(!(?:env|file) [^"]+)"/g, '$1');
}
