import { childrenText, type ResourceNode, type Rlist } from './rlist';

/** Outcome of a verification: bad (-1), equal (0) or extra resources (1), with its text. */
export interface Verification {
  rc: -1 | 0 | 1;
  text: string;
}

/** Compares the resources found on one rank with what the configuration expects there (docs/protocol/resource-sched.md §4.4). */
export function verifyRlist(expected: Rlist, actual: Rlist): Verification {
  const found = actual.nodes[0];
  if (!found || actual.nodes.length !== 1) return result(-1, 'Verification supported on single rank only');
  const wanted = expected.node(found.rank);
  if (!wanted) return result(-1, `rank ${found.rank} not found in expected ranks`);
  if (found.hostname !== undefined && wanted.hostname !== undefined && found.hostname !== wanted.hostname) {
    return result(-1, `rank ${found.rank} got hostname '${found.hostname}', expected '${wanted.hostname}'`);
  }
  const missing = difference(wanted, found);
  const where = `rank ${found.rank} (${found.hostname ?? wanted.hostname ?? 'unknown'})`;
  if (missing !== '') return result(-1, `${where} missing resources: ${missing}`);
  const extra = difference(found, wanted);
  return extra === '' ? result(0, '') : result(1, `${where} has extra resources: ${extra}`);
}

function difference(a: ResourceNode, b: ResourceNode): string {
  return childrenText(
    new Map([...a.children].map(([type, ids]) => [type, b.children.has(type) ? ids.difference(b.children.get(type)!) : ids])),
  );
}

// The reference's buffer holds 127 bytes.
function result(rc: -1 | 0 | 1, text: string): Verification {
  return { rc, text: Buffer.from(text).subarray(0, 127).toString() };
}
