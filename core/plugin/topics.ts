import { fnmatch } from '../formats/fnmatch';
import { isGlob } from '../formats/glob';
import { nearest } from '../schema/nearest';
import { FluxError } from '../sys/errors';

/**
 * Refuses a handler for a topic that nobody calls: EINVAL `unknown hook job.state.running; did you mean job.state.run?`. Globs pass. `topics` is
 * a host's table (jobtapTopics, shellTopics), whose members may be globs themselves.
 */
export function checkTopic(topic: string, topics: readonly string[]): void {
  if (isGlob(topic) || matchesAny(topic, topics)) return;
  const hint = nearest(topic, topics);
  throw new FluxError('EINVAL', hint === undefined ? `unknown hook ${topic}` : `unknown hook ${topic}; did you mean ${hint}?`);
}

/** Whether a topic matches one of the globs: for tables such as jobtapMayWait. */
export function matchesAny(topic: string, globs: readonly string[]): boolean {
  return globs.some((glob) => glob === topic || fnmatch(glob, topic));
}
