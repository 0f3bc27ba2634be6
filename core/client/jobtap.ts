import type { Flux } from '../handle';
import { jobManager } from '../protocol/job-manager';

/** A plugin to load, and one (or several: a glob) to remove before. */
export interface JobtapLoad {
  /** Name, or absolute path. */
  load: string;
  /** The plugin's configuration. */
  conf?: Record<string, unknown>;
  remove?: string;
}

/** Names of the loaded plugins, in load order; those of builtins begin with a dot (flux-jobtap(1)). */
export async function listJobtap(flux: Flux): Promise<string[]> {
  return (await flux.call(jobManager.jobtap, { query_only: true })).plugins ?? [];
}

/** Loads a plugin. ENOENT: there is none, or nothing to remove; EEXIST: it is loaded; else what its setup failed with. */
export async function loadJobtap(flux: Flux, { load, conf, remove }: JobtapLoad): Promise<void> {
  await flux.call(jobManager.jobtap, { load, ...(conf ? { conf } : {}), ...(remove === undefined ? {} : { remove }) });
}

/** Removes the plugin of this name, or all that match a glob; `all`: all but builtins. ENOENT. */
export async function removeJobtap(flux: Flux, pattern: string): Promise<void> {
  await flux.call(jobManager.jobtap, { remove: pattern });
}
