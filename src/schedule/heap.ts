// A binary min-heap whose members know their place, so that one can be moved or taken out in O(log n) without allocation.

/** Something with a time. `slot` is the heap's own: start it at -1 and leave it alone. */
export interface HeapNode {
  key: number;
  slot: number;
}

/** Smallest key on top. A node may be in one heap at a time. */
export class Heap<T extends HeapNode> {
  readonly #nodes: T[] = [];

  get size(): number {
    return this.#nodes.length;
  }

  top(): T | undefined {
    return this.#nodes[0];
  }

  /** Puts a node in, or moves it to where its changed key belongs. */
  place(node: T): void {
    if (node.slot < 0) {
      node.slot = this.#nodes.length;
      this.#nodes.push(node);
    }
    this.#settle(node);
  }

  /** Takes a node out; one that is not in the heap is left alone. */
  remove(node: T): void {
    const slot = node.slot;
    if (slot < 0) return;
    node.slot = -1;
    const last = this.#nodes.pop();
    if (last === undefined || last === node) return;
    last.slot = slot;
    this.#nodes[slot] = last;
    this.#settle(last);
  }

  #settle(node: T): void {
    if (!this.#rise(node)) this.#sink(node);
  }

  #rise(node: T): boolean {
    const from = node.slot;
    let slot = from;
    while (slot > 0) {
      const parent = this.#nodes[(slot - 1) >> 1];
      if (parent === undefined || parent.key <= node.key) break;
      const above = parent.slot;
      this.#put(parent, slot);
      slot = above;
    }
    this.#put(node, slot);
    return slot !== from;
  }

  #sink(node: T): void {
    let slot = node.slot;
    for (;;) {
      const left = this.#nodes[2 * slot + 1];
      const right = this.#nodes[2 * slot + 2];
      const child = right !== undefined && left !== undefined && right.key < left.key ? right : left;
      if (child === undefined || child.key >= node.key) break;
      const below = child.slot;
      this.#put(child, slot);
      slot = below;
    }
    this.#put(node, slot);
  }

  #put(node: T, slot: number): void {
    node.slot = slot;
    this.#nodes[slot] = node;
  }
}
