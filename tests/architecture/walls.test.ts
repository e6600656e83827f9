// The walls hold, and each of them would be missed: dependency-cruiser reads every file of the tree, and sees a violation of each rule.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesBelow, root } from '../support/tree.ts';

interface Cruise {
  readonly modules: readonly { readonly source: string; readonly coreModule?: boolean }[];
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[];
    readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string }[] };
  };
}

function cruise(folder: string): Cruise {
  const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [depcruise, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'src', 'probes'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser gave no report: ${stderr.slice(0, 2000)}`);
  return JSON.parse(stdout) as Cruise;
}

describe('the tree', () => {
  let tree: Cruise;

  beforeAll(() => {
    tree = cruise(root);
  });

  test('breaks no rule', () => {
    expect(tree.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
  });

  test('is read in full: without a parser dependency-cruiser reads nothing, and is content', () => {
    const read = tree.modules.map(({ source }) => source).filter((source) => /^(src|probes)\//.test(source));
    const files = [...filesBelow('src', '.ts'), ...filesBelow('probes', '.ts')].filter((file) => !file.endsWith('.test.ts'));
    expect(read.toSorted()).toEqual(files.toSorted());
    expect(files.length).toBeGreaterThan(50);
  });
});

/** A file of the skeleton and what it imports. */
type Plant = readonly [file: string, imports: readonly string[]];

/** For each rule, one file that breaks it. */
const planted: Readonly<Record<string, Plant>> = {
  'no-cycles': ['src/model/chicken.ts', ['./egg.ts']],
  'src/model-looks-down-only': ['src/model/upward.ts', ['#schema/kit.ts']],
  'src/schema-looks-down-only': ['src/schema/upward.ts', ['#config/load.ts']],
  'src/core-looks-down-only': ['src/core/upward.ts', ['#schema/kit.ts']],
  'src/draw-looks-down-only': ['src/draw/sideways.ts', ['#core/engine.ts']],
  'src/schedule-looks-down-only': ['src/schedule/sideways.ts', ['#core/engine.ts']],
  'src/config-looks-down-only': ['src/config/sideways.ts', ['#prober/door.ts']],
  'src/prober-looks-down-only': ['src/prober/sideways.ts', ['#sinks/metrics/metrics.ts']],
  'src/sinks-looks-down-only': ['src/sinks/metrics/sideways.ts', ['#core/engine.ts']],
  'src/backtest-looks-down-only': ['src/backtest/sideways.ts', ['#core/detect/detector.ts']],
  'src/demo-looks-down-only': ['src/demo/sideways.ts', ['#schedule/clock.ts']],
  'src/app-looks-down-only': ['src/app/upward.ts', ['#cli/main.ts']],
  'src/cli-looks-down-only': ['src/cli/deep.ts', ['#core/engine.ts']],
  'pure-rooms': ['src/core/impure.ts', ['node:fs']],
  'core-strangers': ['src/core/detect/stranger.ts', ['../incident/lifecycle.ts']],
  'sink-strangers': ['src/sinks/store/stranger.ts', ['#sinks/metrics/metrics.ts']],
  'probe-door': ['probes/tcp/window.ts', ['#prober/dial.ts']],
  'receiver-door': ['src/sinks/receivers/webhook/window.ts', ['#schema/kit.ts']],
  'no-far-end-in-a-probe': ['probes/tcp/probe.ts', ['./simulate.ts', '#prober/door.ts']],
  'pure-wire-and-judge': ['probes/tcp/wire.ts', ['node:net']],
  'home-of-zod': ['src/config/zod.ts', ['zod']],
  'home-of-yaml': ['src/config/other.ts', ['yaml']],
  'home-of-node-cron': ['src/schedule/other.ts', ['node-cron']],
  'home-of-undici': ['src/prober/other.ts', ['undici']],
  'home-of-prom-client': ['src/sinks/status/other.ts', ['prom-client']],
  'home-of-pino': ['src/app/other.ts', ['pino']],
  'home-of-fastify': ['src/app/server.ts', ['fastify']],
  'home-of-commander': ['src/app/arguments.ts', ['commander']],
  'home-of-dns-packet': ['probes/tcp/dns.ts', ['dns-packet']],
  'home-of-json-p3': ['probes/tcp/path.ts', ['json-p3']],
  'home-of-re2js': ['src/config/pattern.ts', ['re2js']],
  'home-of-jose': ['probes/tcp/token.ts', ['jose']],
  'home-of-ws': ['probes/tcp/socket.ts', ['ws']],
  'home-of-tough-cookie': ['probes/tcp/jar.ts', ['tough-cookie']],
  'home-of-node-html-parser': ['probes/tcp/page.ts', ['node-html-parser']],
  'home-of-fast-xml-parser': ['probes/tcp/xml.ts', ['fast-xml-parser']],
};

/** Neighbours that may visit one another. */
const lawful: readonly Plant[] = [
  ['src/model/egg.ts', ['./chicken.ts']],
  ['src/model/plan.ts', ['./endpoint.ts']],
  ['src/model/endpoint.ts', []],
  ['src/schema/kit.ts', ['zod', 'node:crypto']],
  ['src/config/load.ts', ['./file.ts', '#model/plan.ts', '#schema/kit.ts', 'node:fs']],
  ['src/config/file.ts', ['yaml']],
  ['src/schedule/clock.ts', ['#model/plan.ts']],
  ['src/schedule/cron.ts', ['node-cron', './clock.ts']],
  ['src/prober/door.ts', ['./dial.ts', '#schema/kit.ts']],
  ['src/prober/dial.ts', ['node:net', '#model/plan.ts']],
  ['src/prober/http.ts', ['undici']],
  ['src/prober/jwt.ts', ['jose']],
  ['src/core/engine.ts', ['./detect/detector.ts', './incident/lifecycle.ts', '#model/plan.ts']],
  ['src/draw/chart.ts', ['./svg.ts', '#model/plan.ts']],
  ['src/draw/svg.ts', []],
  ['src/app/picture.ts', ['#draw/chart.ts']],
  ['src/core/detect/detector.ts', ['./math.ts']],
  ['src/core/detect/math.ts', []],
  ['src/core/incident/lifecycle.ts', ['#model/endpoint.ts']],
  ['src/sinks/metrics/metrics.ts', ['prom-client', '#model/plan.ts', '#schema/kit.ts']],
  ['src/sinks/receivers/door.ts', ['#schema/kit.ts']],
  ['src/sinks/receivers/webhook/receiver.ts', ['../door.ts', './options.ts', 'node:crypto']],
  ['src/sinks/receivers/webhook/options.ts', ['#sinks/receivers/door.ts']],
  ['src/backtest/score.ts', ['#model/endpoint.ts', '#schema/kit.ts', './rules/rule.ts']],
  ['src/backtest/prometheus/client.ts', ['undici', '#model/endpoint.ts']],
  ['src/backtest/rules/rule.ts', ['#model/endpoint.ts']],
  ['src/demo/world.ts', ['#probes/simulators.ts', '#model/plan.ts']],
  [
    'src/app/pipeline.ts',
    ['#core/engine.ts', '#schedule/clock.ts', '#config/load.ts', '#prober/door.ts', '#probes/index.ts', '#demo/world.ts'],
  ],
  ['src/app/logger.ts', ['pino']],
  ['src/cli/main.ts', ['#app/pipeline.ts', 'commander', '#schema/kit.ts']],
  ['probes/index.ts', ['./tcp/probe.ts', '#prober/door.ts']],
  ['probes/simulators.ts', ['./tcp/simulate.ts', '#prober/door.ts']],
  ['probes/tcp/simulate.ts', ['#prober/door.ts', 'node:net']],
  ['probes/tcp/judge.ts', ['node:buffer', '#prober/door.ts']],
  ['probes/dns/probe.ts', ['dns-packet', '#prober/door.ts']],
];

describe('a skeleton of the house', () => {
  let folder = '';
  let skeleton: Cruise;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'holter-walls-'));
    cpSync(join(root, '.dependency-cruiser.mjs'), join(folder, '.dependency-cruiser.mjs'));
    const plants = [...Object.values(planted), ...lawful];
    const packages = [...new Set(plants.flatMap(([, imports]) => imports).filter((name) => !/^[#.]|^node:/.test(name)))];
    write(
      'package.json',
      JSON.stringify({
        name: 'skeleton',
        type: 'module',
        imports: { '#probes/*': './probes/*', '#*': './src/*' },
        dependencies: Object.fromEntries(packages.map((name) => [name, '1.0.0'])),
      }),
    );
    for (const name of packages) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', type: 'module', exports: './index.js' }));
      write(`node_modules/${name}/index.js`, 'export {};\n');
    }
    for (const [file, imports] of plants)
      write(file, `${imports.map((name) => `import '${name}';\n`).join('')}export const file = '${file}';\n`);
    skeleton = cruise(folder);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }

  test('every rule has a planted violation, and every planted violation its rule', () => {
    expect(skeleton.summary.ruleSetUsed.forbidden.map(({ name }) => name).toSorted()).toEqual(Object.keys(planted).toSorted());
  });

  test.each(Object.entries(planted))('%s is caught', (rule, [file]) => {
    const found = skeleton.summary.violations.filter((violation) => violation.from === file).map((violation) => violation.rule.name);
    expect(found).toContain(rule);
  });

  test('lawful neighbours pass', () => {
    const files = new Set(lawful.map(([file]) => file));
    // The egg is half of the planted cycle.
    const caught = skeleton.summary.violations.filter(
      ({ from, rule }) => files.has(from) && !(rule.name === 'no-cycles' && from === 'src/model/egg.ts'),
    );
    expect(caught.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
  });
});
