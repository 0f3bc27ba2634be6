import type { ModuleContext } from 'flux';
import { verifyRlist } from 'flux/internal';
import type { KnownR } from './instance-r';
import type { LocalResources } from './local';

/**
 * Compares R with what this rank has. Gives the reason to drain it, if it has less than R says; where R came from the enclosing instance that is
 * only logged, as are extra resources.
 */
export function reasonToDrain(m: Pick<ModuleContext, 'log'>, expected: KnownR, local: LocalResources): string | undefined {
  const { rc, text } = verifyRlist(expected.rlist, local.rlist);
  if (rc < 0 && expected.method !== 'job-info') {
    m.log.err(`draining: ${text}`);
    return text;
  }
  if (rc !== 0) m.log.err(`verify: ${text}`);
  return undefined;
}
