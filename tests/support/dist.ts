// Completes `dist` after the compiler: a package.json that maps the rooms' names to compiled files and carries the version, and the
// configuration that the demo runs.
import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string; version: string };
const imports = { '#probes/*.ts': './probes/*.js', '#*.ts': './src/*.js' };
writeFileSync('dist/package.json', `${JSON.stringify({ name, version, type: 'module', imports }, null, 2)}\n`);
chmodSync('dist/src/cli/main.js', 0o755);
cpSync('config/holter.yaml', 'dist/config/holter.yaml');
