// A first-in-first-out queue of members that carry their own links: every operation is O(1) and allocates nothing.

/** The links are the queue's own: start them undefined and leave them alone. A member may be in one queue at a time. */
export interface Linked<T> {
  before: T | undefined;
  behind: T | undefined;
}

export class Fifo<T extends Linked<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(member: T): void {
    member.before = this.#last;
    if (this.#last === undefined) this.#first = member;
    else this.#last.behind = member;
    this.#last = member;
    this.#length += 1;
  }

  shift(): T | undefined {
    const first = this.#first;
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes out a member that is in this queue. */
  remove(member: T): void {
    if (member.before === undefined) this.#first = member.behind;
    else member.before.behind = member.behind;
    if (member.behind === undefined) this.#last = member.before;
    else member.behind.before = member.before;
    member.before = undefined;
    member.behind = undefined;
    this.#length -= 1;
  }
}
