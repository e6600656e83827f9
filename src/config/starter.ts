// The text of a first configuration, from a few answers.

/** What `holter init` asks for. */
export interface StarterAnswers {
  readonly system: string;
  /** Ids and names of places; may be empty. */
  readonly regions: readonly { readonly id: string; readonly name: string }[];
  /** At least one. `target` is an http(s) address, or host:port for a TCP probe. */
  readonly services: readonly { readonly name: string; readonly target: string }[];
}

/** A commented YAML text that `loadPlan` takes as it is, given good targets. Services of one name get endpoints side by side. */
export function starterConfig({ system, regions, services }: StarterAnswers): string {
  return [
    '# A first configuration for Holter. Every key, with its default: config/reference.md',
    `# Check it with: holter validate -c FILE    Probe once: holter check -c FILE    Start: holter run -c FILE`,
    `system: ${quote(system)}`,
    '',
    'schedule: { every: 30s }              # how often every endpoint is probed',
    'paging: { false_pages: 12 per year }  # the one dial: at most so many false pages, all endpoints together',
    'listen: 127.0.0.1:9715                # status, API and metrics',
    'data: ./data                          # the store; the folder is made if missing',
    '',
    ...regionLines(regions),
    'services:',
    ...serviceLines(services),
    'receivers:',
    '  terminal: { log: {} }               # alerts are printed; add a webhook or Alertmanager beside it',
    '',
    'routes:',
    '  - { to: [terminal] }                # the first route that fits; this one fits everything',
    '',
  ].join('\n');
}

function regionLines(regions: StarterAnswers['regions']): string[] {
  if (regions.length === 0) return [];
  const lines = uniqueIds(regions.map(({ id }) => id)).map((id, index) => `  ${id}: ${quote(regions[index]?.name ?? id)}`);
  return ['regions:                              # an endpoint names its regions; {region} in its address becomes the id', ...lines, ''];
}

function serviceLines(services: StarterAnswers['services']): string[] {
  const groups = Map.groupBy(services, ({ name }) => name);
  const ids = uniqueIds([...groups.keys()]);
  return [...groups.entries()].flatMap(([name, targets], index) => [
    `  ${ids[index]}:`,
    `    name: ${quote(name)}`,
    '    endpoints:',
    ...targets.map(({ target }, number) => `      ${targets.length === 1 ? 'main' : `main-${number + 1}`}: ${endpoint(target)}`),
    '',
  ]);
}

function endpoint(target: string): string {
  return /^https?:\/\//i.test(target) ? `{ probe: http, url: ${quote(target)} }` : `{ probe: tcp, address: ${quote(target)} }`;
}

/** Ids of names: lower-case letters, digits and hyphens, never empty, never twice. */
function uniqueIds(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name, index) => {
    const base = idOf(name) || `service-${index + 1}`;
    let id = base;
    for (let number = 2; taken.has(id); number++) id = `${base}-${number}`;
    taken.add(id);
    return id;
  });
}

function idOf(name: string): string {
  const plain = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return plain
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replaceAll(/^-+|-+$/g, '');
}

/** A text in double quotes is the same in JSON and in YAML. */
function quote(text: string): string {
  return JSON.stringify(text);
}
