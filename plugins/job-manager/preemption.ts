import type { Job } from './job';
import { type JobQueue, outranks } from './queue';

/**
 * Whose outstanding alloc requests are to be cancelled so that, once the answers are in, the `limit` highest jobs have one
 * (docs/protocol/job-manager.md §7.2, limited mode). `outstanding` fills the limit; those already cancelled make room without being cancelled again.
 */
export function preempted(queue: JobQueue, outstanding: Iterable<Job>): Job[] {
  const all = [...outstanding];
  const candidates = all.filter((job) => !job.allocCancelled).sort((a, b) => (outranks(a, b) ? 1 : -1)); // lowest first
  const rooms = all.length - candidates.length;
  const victims: Job[] = [];
  for (let i = 0; ; i++) {
    const job = queue.at(i);
    if (!job || job.held) return victims;
    if (i < rooms) continue;
    const victim = candidates[i - rooms];
    if (!victim || !outranks(job, victim)) return victims;
    victims.push(victim);
  }
}
