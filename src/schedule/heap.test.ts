import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap, type HeapNode } from './heap.ts';

const use = fc.record({ kind: fc.constantFrom('place', 'place', 'place', 'pop', 'remove', 'remove'), node: fc.nat(60), key: fc.nat(500) });
const uses = fc.array(use, { minLength: 150, maxLength: 300 });

test('the smallest key is on top, whatever is put in, moved and taken out', () => {
  fc.assert(
    fc.property(uses, (list) => {
      const heap = new Heap<HeapNode>();
      const nodes: HeapNode[] = Array.from({ length: 61 }, () => ({ key: 0, slot: -1 }));
      const inside = new Set<HeapNode>();
      for (const { kind, node: index, key } of list) {
        const node = kind === 'pop' ? heap.top() : nodes[index];
        if (node === undefined) continue;
        if (kind === 'place') {
          node.key = key;
          heap.place(node);
          inside.add(node);
        } else {
          heap.remove(node);
          inside.delete(node);
        }
        expect(heap.size).toBe(inside.size);
        expect(heap.top()?.key).toBe(inside.size === 0 ? undefined : Math.min(...[...inside].map((each) => each.key)));
      }
      const drained: number[] = [];
      for (let top = heap.top(); top !== undefined; top = heap.top()) {
        drained.push(top.key);
        heap.remove(top);
      }
      expect(drained).toEqual(drained.toSorted((a, b) => a - b));
      expect(drained).toHaveLength(inside.size);
    }),
    { numRuns: 100 },
  );
});
