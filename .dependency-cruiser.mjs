// The walls of the house: which room may look at which, and where each package is at home. ARCHITECTURE.md draws them.
const below = {
  // room -> what it may look down on; itself is always allowed
  'src/model': [],
  'src/schema': [],
  'src/core': ['src/model'],
  'src/draw': ['src/model'],
  'src/schedule': ['src/model'],
  'src/config': ['src/model', 'src/schema'],
  'src/prober': ['src/model', 'src/schema'],
  'src/sinks': ['src/model', 'src/schema'],
  'src/backtest': ['src/model', 'src/schema', 'src/draw'],
  'src/demo': ['src/model', 'probes/simulators[.]ts$'],
  'src/app': ['src/(model|schema|core|config|schedule|prober|sinks|demo|draw|backtest)/', 'probes/index[.]ts$'],
  'src/cli': ['src/(model|schema|app)/'],
};
const homes = {
  zod: '^src/schema/',
  yaml: '^src/config/file[.]ts$',
  'node-cron': '^src/schedule/cron[.]ts$',
  undici: '^src/(prober/http|sinks/receivers/post|backtest/prometheus/client)[.]ts$',
  'prom-client': '^src/sinks/metrics/',
  pino: '^src/app/logger[.]ts$',
  fastify: '^src/sinks/status/',
  commander: '^src/cli/',
  'dns-packet': '^probes/dns/',
  jose: '^src/prober/jwt[.]ts$',
  'json-p3': '^src/prober/',
  re2js: '^src/prober/',
  ws: '^src/prober/',
  'tough-cookie': '^probes/journey/',
  'node-html-parser': '^probes/journey/',
  'fast-xml-parser': '^probes/script/',
};
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
const own = '^(src|probes|tests)/';

export default {
  forbidden: [
    rule('no-cycles', 'A cycle has no ground floor; break it with a noun in src/model.', {}, { circular: true }),
    ...Object.entries(below).map(([room, rooms]) =>
      rule(
        `${room}-looks-down-only`,
        `It may import: ${rooms.join(', ') || 'nothing'}.`,
        { path: `^${room}/` },
        { path: own, pathNot: [`^${room}/`, ...rooms.map((r) => `^${r}`)] },
      ),
    ),
    rule(
      'pure-rooms',
      'model, core and draw: no package, no node: module. Take what you need as an argument.',
      { path: '^src/(model|core|draw)/' },
      { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-no-pkg'] },
    ),
    rule(
      'core-strangers',
      'detect, incident and alert meet only in the engine.',
      { path: '^src/core/(detect|incident|alert)/' },
      { path: '^src/core/', pathNot: '^src/core/$1/' },
    ),
    rule(
      'sink-strangers',
      'One sink never imports another; hand it over in app.',
      { path: '^src/sinks/([^/]+)/' },
      { path: '^src/sinks/', pathNot: '^src/sinks/$1/' },
    ),
    rule(
      'probe-door',
      'A probe kind imports its own folder and the door.',
      { path: '^probes/([^/]+)/' },
      { path: own, pathNot: ['^probes/$1/', '^src/prober/door[.]ts$'] },
    ),
    rule(
      'receiver-door',
      'A receiver imports its own folder and the door.',
      { path: '^src/sinks/receivers/([^/]+)/' },
      { path: own, pathNot: ['^src/sinks/receivers/$1/', '^src/sinks/receivers/door[.]ts$'] },
    ),
    rule(
      'no-far-end-in-a-probe',
      'Simulators serve the demo and the tests.',
      { path: '^probes/', pathNot: '(^probes/simulators[.]ts$)|(/simulate[.]ts$)' },
      { path: '^probes/([^/]+/simulate|simulators)[.]ts$' },
    ),
    rule(
      'pure-wire-and-judge',
      'Codecs and judgements open no socket.',
      { path: '^probes/[^/]+/(wire|judge|options)[.]ts$' },
      { dependencyTypes: ['core'], pathNot: '^(node:)?(buffer|crypto|zlib)$' },
    ),
    ...Object.entries(homes).map(([pkg, home]) =>
      rule(`home-of-${pkg}`, `${pkg} lives in ${home}.`, { path: '^(src|probes)/', pathNot: home }, { path: `node_modules/${pkg}/` }),
    ),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: 'node_modules',
    exclude: '[.]test[.]ts$',
    enhancedResolveOptions: { extensions: ['.ts'], conditionNames: ['import', 'node'], exportsFields: ['exports'] },
  },
};
