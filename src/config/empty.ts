// Sections with nothing in them, as when all of their lines are commented out, count as not written.
import type { Entry, MapNode, Node } from './node.ts';

const sections = new Set([
  'schedule',
  'paging',
  'retention',
  'limits',
  'self_check',
  'regions',
  'services',
  'receivers',
  'routes',
  'maintenance',
  'tokens',
]);

/** The tree without empty sections and `endpoints:`; a service and a receiver kind with nothing behind the colon become empty maps. */
export function withoutEmpty(root: MapNode): MapNode {
  return change(root, (entry, key) => {
    if (sections.has(key) && isNothing(entry.node)) return undefined;
    if (key === 'services') return inside(entry, (service) => inside(filled(service), dropEndpoints));
    if (key === 'receivers') return inside(entry, (receiver) => inside(receiver, filled));
    return entry;
  });
}

function dropEndpoints(entry: Entry, key: string): Entry | undefined {
  return key === 'endpoints' && isNothing(entry.node) ? undefined : entry;
}

function isNothing(node: Node): boolean {
  return node.type === 'scalar' && node.value === null;
}

function filled(entry: Entry): Entry {
  if (!isNothing(entry.node)) return entry;
  const { source, offset } = entry.key;
  return { ...entry, node: { type: 'map', entries: new Map(), source, offset, size: 1, depth: 1 } };
}

type Change = (entry: Entry, key: string) => Entry | undefined;

function inside(entry: Entry, each: Change): Entry {
  return entry.node.type === 'map' ? { ...entry, node: change(entry.node, each) } : entry;
}

function change(node: MapNode, each: Change): MapNode {
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) {
    const changed = each(entry, key);
    if (changed !== undefined) entries.set(key, changed);
  }
  return { ...node, entries };
}
