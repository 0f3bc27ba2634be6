import { type Dependency, errorText, FluxError, isJsonObject, t } from 'flux';
import type { Job } from '../job';

const MAX_TOPIC = 128;

const jobspecSchema = t.wire({ attributes: t.wire({ system: t.optional(t.wire({ dependencies: t.optional(t.any()) })) }) });

export const dependencyTopic = (scheme: string) => `job.dependency.${scheme}`;

/** The dependencies that a jobspec lists (RFC 26). EINVAL with the submitter's text for a malformed list (docs/protocol/jobtap.md §2.2). */
export function dependenciesOf(job: Job): Dependency[] {
  const list = listOf(job.plainJobspec);
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw new FluxError('EINVAL', 'dependencies object must be an array');
  return list.map((item, i) => {
    if (!isJsonObject(item) || typeof item['scheme'] !== 'string') throw new FluxError('EINVAL', `dependency[${i}] missing string scheme`);
    if (Buffer.byteLength(dependencyTopic(item['scheme'])) > MAX_TOPIC)
      throw new FluxError('EINVAL', `rejecting absurdly long dependency scheme: ${item['scheme']}`);
    return item as Dependency;
  });
}

function listOf(jobspec: unknown): unknown {
  try {
    return jobspecSchema.parse(jobspec).attributes.system?.dependencies;
  } catch (e) {
    throw new FluxError('EINVAL', `unable to unpack dependencies: ${errorText(e)}`);
  }
}
