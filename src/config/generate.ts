// Everything that is made from the schema: the JSON Schema for editors, the reference page, and the option tables of the kinds.
import { errorCodes } from '#model/error.ts';
import { reasonMeanings, reasons } from '#model/reason.ts';
import { editorSchema } from '#schema/editor.ts';
import type { Kind } from '#schema/kind.ts';
import { formatDuration, s } from '#schema/kit.ts';
import { problemCodes } from '#schema/problem.ts';
import { code, fillMarkers, optionTable, table } from '#schema/reference.ts';
import { descriptionOf, shapeOf } from '#schema/shape.ts';
import type { KindCatalog, ProbeInfo } from './catalog.ts';
import {
  Config,
  endpointKeys,
  Limits,
  Paging,
  Retention,
  Route,
  Schedule,
  SelfCheck,
  Service,
  Token,
  targetKeys,
  Window,
} from './schema.ts';
import { gentlestInterval } from './selfcheck.ts';

const byHand = 'Made by `npm run generate` from the schema in the code; do not change it by hand.';

/** The made files by their path from the top of the project. `read` gives the present text of a README, undefined where there is none. */
export function generate(catalog: KindCatalog, read: (path: string) => string | undefined): Map<string, string> {
  const files = new Map<string, string>();
  files.set('config/holter.schema.json', `${JSON.stringify(fileSchema(catalog), null, 2)}\n`);
  files.set('config/reference.md', referencePage(catalog));
  for (const [path, kind] of readmes(catalog)) {
    const readme = read(path);
    const filled = readme === undefined ? undefined : fillMarkers(readme, optionTable(kind.options));
    if (filled !== undefined) files.set(path, filled);
  }
  return files;
}

function readmes(catalog: KindCatalog): readonly (readonly [path: string, kind: Kind])[] {
  return [
    ...[...catalog.probes.values()].map((kind) => [`probes/${kind.kind}/README.md`, kind] as const),
    ...[...catalog.receivers.values()].map((kind) => [`src/sinks/receivers/${kind.kind}/README.md`, kind] as const),
  ];
}

/** The file's schema with every kind as an alternative: what an editor completes and checks. */
function fileSchema(catalog: KindCatalog): Record<string, unknown> {
  const endpoints = [...catalog.probes.values()].map((kind) =>
    s.strictObject({ ...endpointKeys, probe: s.literal(kind.kind).describe(kind.summary), ...kind.options.shape }),
  );
  const targets = [...catalog.probes.values()]
    .filter(({ leastInterval }) => leastInterval <= gentlestInterval)
    .map((kind) => s.strictObject({ ...targetKeys, probe: s.literal(kind.kind).describe(kind.summary), ...kind.options.shape }));
  const { targets: known } = SelfCheck.shape;
  const selfCheck = SelfCheck.extend({ targets: s.record(nameOf(known), s.union(targets)).describe(descriptionOf(known)) });
  const receivers = [...catalog.receivers.values()].map((kind) => s.strictObject({ [kind.kind]: receiverOptions(kind) }));
  const service = Service.extend({ endpoints: s.record(nameOf(Service.shape.endpoints.unwrap()), s.union(endpoints)).prefault({}) });
  const file = Config.extend({
    self_check: selfCheck.optional().describe(descriptionOf(Config.shape.self_check)),
    services: s.record(nameOf(Config.shape.services), service).describe(descriptionOf(Config.shape.services)),
    receivers: s
      .record(nameOf(Config.shape.receivers.unwrap()), s.union(receivers))
      .prefault({})
      .describe(descriptionOf(Config.shape.receivers)),
  });
  return { title: 'Holter', ...editorSchema(file) };
}

/** The schema of a record's keys. */
function nameOf<K extends s.core.$ZodRecordKey>(record: { readonly keyType: K }): K {
  return record.keyType;
}

/** A kind that needs no options may stand there with nothing behind the colon. */
function receiverOptions(kind: Kind): s.ZodType {
  const options = kind.options.describe(kind.summary);
  return kind.options.safeParse({}).success ? options.nullable() : options;
}

function referencePage(catalog: KindCatalog): string {
  return [
    '# Configuration reference\n',
    `${byHand}\n`,
    ...general,
    ...section('The file', 'Keys at the top.', topTable()),
    ...Object.entries(parts).flatMap(([key, schema]) => section(key, descriptionOf(partOf(key) ?? schema), optionTable(schema))),
    ...section(
      'services.NAME.endpoints.NAME',
      'Keys that every endpoint takes, whatever its kind.',
      optionTable(s.strictObject(endpointKeys)),
    ),
    '## Probe kinds\n',
    ...[...catalog.probes.values()].flatMap(probeSection),
    '## Receiver kinds\n',
    ...[...catalog.receivers.values()].flatMap((kind) => [`### ${kind.kind}\n`, `${kind.summary}\n`, optionTable(kind.options)]),
    ...section(
      'Reasons',
      'Why a probe failed: one closed list.',
      table(
        ['reason', 'meaning'],
        reasons.map((reason) => [code(reason), reasonMeanings[reason]]),
      ),
    ),
    ...section('Mistakes', 'Every mistake in a configuration has one of these codes, at the end of its line.', problemTable()),
    ...section(
      'Errors',
      'What Holter itself could not do ends a command with one of these codes.',
      table(
        ['code', 'meaning'],
        Object.entries(errorCodes).map(([name, meaning]) => [code(name), meaning]),
      ),
    ),
    ...section('Exit codes', 'Of the commands `check` and `validate`.', table(['code', 'meaning'], exitCodes)),
  ].join('\n');
}

const parts: Readonly<Record<string, s.ZodObject>> = {
  schedule: Schedule,
  paging: Paging,
  retention: Retention,
  limits: Limits,
  self_check: SelfCheck,
  'services.NAME': Service.omit({ endpoints: true }),
  'routes[]': Route,
  'maintenance[]': Window,
  'tokens.NAME': Token,
};

function partOf(key: string): s.core.$ZodType | undefined {
  return shapeOf(Config)?.[key.replace(/[.[].*$/, '')];
}

const general = [
  'A configuration is one YAML 1.2 file, or several files and folders that are read as one: every `.yaml` and `.yml` of a folder in the order of their names.',
  'Maps merge by key, lists are joined in the order of the files, and everything else may be said only once.',
  'Without `-c` the first of `config/holter.yaml` and `/etc/holter/holter.yaml` is read.',
  'Unknown keys are mistakes. All mistakes are listed at once, each with file, line and column.\n',
  'A length of time is written `500ms`, `30s`, `1m30s`, `2h`, `14d`, `2y`.',
  'Names and ids are 1 to 63 letters, digits, `.`, `_` or `-`. One that looks like a number is put in quotes where it is a value: `"01234"`.\n',
  'Secrets come from outside: `!env NAME` takes an environment variable, `!file path` a file of at most 64 KB, its path taken from the folder of the file that says it, one newline at its end left away.',
  'They are never logged, shown or sent anywhere but where they belong. Where this page says `!env NAME or !file path`, the secret itself is refused.\n',
  'Bounds: 4 MB a file, 32 MB and 1000 files in all, 64 levels of nesting, two million values with aliases written out.\n',
];

function section(title: string, text: string, body: string): string[] {
  return [`## ${title}\n`, `${text}\n`, body];
}

/** The top keys without those inside of them, which have tables of their own. */
function topTable(): string {
  const rows = optionTable(Config).split('\n');
  return rows.filter((row, index) => index < 2 || /^\| `[^`.[]+` /.test(row) || row === '').join('\n');
}

function probeSection(kind: ProbeInfo): string[] {
  const { leastInterval, defaultTimeout, effect, facts } = kind;
  const lines = [
    `Least interval ${formatDuration(leastInterval)}, timeout ${formatDuration(defaultTimeout)}, effect on the far end: ${effect}.`,
    `Reasons: ${kind.reasons.map(code).join(', ')}.`,
  ];
  const rows = facts.map(({ name, help, warn, fail, worse }) => [
    code(name),
    help,
    bound(warn),
    bound(fail),
    warn === undefined && fail === undefined ? '' : (worse ?? 'above'),
  ]);
  const learned = rows.length === 0 ? [] : ['Facts:\n', table(['fact', 'meaning', 'warn', 'fail', 'worse'], rows)];
  return [`### ${kind.kind}\n`, `${kind.summary}\n`, `${lines.join('\n')}\n`, optionTable(kind.options), ...learned];
}

function bound(value: number | undefined): string {
  if (value === undefined) return '';
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(3)));
}

function problemTable(): string {
  return table(
    ['code', 'meaning'],
    Object.entries(problemCodes).map(([name, meaning]) => [code(name), meaning]),
  );
}

const exitCodes = [
  ['0', 'up; for `validate`: the configuration is right'],
  ['1', 'intermittent or slow, or a fact beyond its warning'],
  ['2', 'down'],
  ['3', 'cannot tell: a mistake in the configuration, or an unknown name'],
];
