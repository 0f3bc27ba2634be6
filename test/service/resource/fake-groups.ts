import { IdSet } from '../../../core';
import type { TestInstance } from '../../../core/testing';

/** The groups of an instance's rank 0, with the members that a test gives them. */
export class FakeGroups {
  #instance: TestInstance | undefined;
  readonly #early: [string, string][] = [];

  /** From here on the instance's groups are filled. */
  attach(instance: TestInstance): void {
    this.#instance = instance;
    for (const [name, members] of this.#early.splice(0)) this.set(name, members);
  }

  set(name: string, members: string): void {
    if (!this.#instance) {
      this.#early.push([name, members]);
      return;
    }
    const { groups, size } = this.#instance.brokers[0]!;
    const joined = IdSet.parse(members);
    const left = IdSet.range(0, size - 1).difference(joined);
    groups.update({
      [name]: [
        { ranks: joined.encode(), set: true },
        { ranks: left.encode(), set: false },
      ],
    });
  }
}
