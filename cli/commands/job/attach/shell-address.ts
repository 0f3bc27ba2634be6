import type { JsonObject } from '../../../../core/formats/json';

/** How to reach the leader shell of a job: from the exec event `shell.init`. */
export interface ShellAddress {
  service: string;
  leaderRank: number;
  /** The method of its pseudo-terminal, if the job has one. */
  pty: string | undefined;
}

/** The address in the context of `shell.init`. */
export function shellAddress(context: JsonObject): ShellAddress {
  const { service, pty } = context;
  return { service: String(service), leaderRank: Number(context['leader-rank']), pty: typeof pty === 'string' ? pty : undefined };
}
