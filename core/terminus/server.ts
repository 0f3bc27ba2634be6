import { real } from '../formats/json';
import { NO_RESPONSE, type Request } from '../handle';
import type { AnyMethod, ReadBy, ReturnedBy } from '../protocol';
import { terminus } from '../protocol/terminus';
import { FluxError, toFluxError } from '../sys/errors';
import { spawnProcess } from '../sys/spawn';
import { wallSeconds } from '../sys/wall-clock';
import type { Answer, KillSession, NewSessionResponse } from './protocol';
import { TerminusSession } from './session';

/** Where a server lives, and what its own sessions start with. */
export interface TerminusOptions {
  /** Topic prefix: `0-terminus`, or `SERVICE.terminus` in a job. */
  service: string;
  /** Broker rank that it runs on. */
  rank: number;
  /** The only user who may talk to it: not even the instance owner may. */
  userid: number;
  /** Environment and directory of sessions that are asked for by `SERVICE.new`. */
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /**
   * Answers METHOD of the service (`new`, `list`, `0` …), for any role: the server checks. The result ends it. With a handle:
   * `(method, handler) => flux.serve(`${service}.${method}`, { roles: ['any'] }, handler)`; in a shell: `(method, handler) => shell.serve(`terminus.${method}`, handler)`.
   */
  serve(method: string, handler: (payload: Record<string, unknown>, request: Request) => Answer | Promise<Answer>): () => void;
  /** The last session is gone; its clients hear of it when the promise resolves. Not called by close(). */
  onEmpty?(): Promise<void> | void;
}

/** Terminal sessions as a service (docs/protocol/shell.md §10): `flux terminus` runs one for each user, every shell one for its job. */
export class TerminusServer {
  readonly #options: TerminusOptions;
  readonly #sessions = new Map<number, { session: TerminusSession; unserve: () => void }>();
  readonly #unserve: (() => void)[];
  readonly #ctime = wallSeconds();
  #closing = false;

  constructor(options: TerminusOptions) {
    this.#options = options;
    this.#unserve = [
      this.#serve(terminus.new, (session) => this.#new(session)),
      this.#serve(terminus.list, () => this.#list()),
      this.#serve(terminus.kill, (session, request) => this.#kill(session, request)),
      this.#serve(terminus.killServer, () => this.#killServer()),
      options.serve(nameOf(terminus.disconnect), (_, request) => this.#disconnect(request)),
    ];
  }

  /** Number of sessions, those included that have exited and wait for a client. */
  get size(): number {
    return this.#sessions.size;
  }

  /** A session for a program that the caller runs itself, on `session.terminal`. ENOSPC, EMFILE. */
  open(name: string): TerminusSession {
    let id = 0;
    while (this.#sessions.has(id)) id++;
    const session = new TerminusSession(id, name, { ending: (ended) => this.#ending(ended) });
    const unserve = this.#serve(terminus.session, (message, request) => session.handle(message, request), String(id));
    this.#sessions.set(id, { session, unserve });
    return session;
  }

  /** Ends all sessions (their programs get SIGHUP) and the service. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#sessions.values()].map(({ session }) => session.end()));
    for (const unserve of this.#unserve) unserve();
  }

  #serve<M extends AnyMethod>(
    method: M,
    handler: (args: ReadBy<M>, request: Request) => Answer | Promise<Answer>,
    name = nameOf(method),
  ): () => void {
    return this.#options.serve(name, (_, request) => {
      if (request.userid !== this.#options.userid) throw new FluxError('EPERM');
      return handler(method.read(request.message) as ReadBy<M>, request);
    });
  }

  async #new({ name, cmd: given, environ, cwd }: ReadBy<typeof terminus.new>): Promise<NewSessionResponse> {
    const cmd = commandOf(given) ?? [this.#options.env['SHELL'] ?? 'bash'];
    const session = this.open(name || cmd[0]!);
    const env = (environ as Record<string, string> | undefined) ?? this.#options.env;
    try {
      const child = spawnProcess({
        argv: cmd,
        env: { ...env, FLUX_TERMINUS_SESSION: String(session.id) },
        cwd: cwd ?? this.#options.cwd,
        fallbackCwd: true,
        terminal: session.terminal,
      });
      session.pid = child.pid;
      void child.exited.then(({ status }) => session.exited(status));
    } catch (e) {
      await session.end();
      throw new FluxError(toFluxError(e).errnum, `failed to run ${cmd[0]}`, { cause: e });
    }
    return { name: session.name, pty_service: `${this.#options.service}.${session.id}`, id: session.id };
  }

  #list(): ReturnedBy<typeof terminus.list> {
    const { service, rank } = this.#options;
    const sessions = [...this.#sessions.values()].map(({ session }) => session).sort((a, b) => a.id - b.id);
    return {
      server: { service, rank, ctime: real(this.#ctime) },
      sessions: sessions.map(({ id, name, clients, pid, hasExited, ctime }) => ({
        id,
        name,
        clients,
        pid: pid ?? -1,
        exited: hasExited ? 1 : 0,
        ctime: real(ctime),
      })),
    };
  }

  #kill({ id, signal, wait }: KillSession, request: Request): Answer {
    const session = this.#sessions.get(id)?.session;
    if (!session) throw new FluxError('ENOENT');
    session.signal(signal);
    if (!wait) return undefined;
    session.answerAtExit(request);
    return NO_RESPONSE;
  }

  async #killServer(): Promise<Answer> {
    const sessions = [...this.#sessions.values()];
    if (sessions.length === 0) await this.#options.onEmpty?.();
    await Promise.all(sessions.map(({ session }) => session.kill()));
    return undefined;
  }

  #disconnect(request: Request): Answer {
    if (!request.isOwner && request.userid !== this.#options.userid) throw new FluxError('EPERM');
    for (const { session } of this.#sessions.values()) session.disconnect(request.sender);
    return undefined;
  }

  async #ending(session: TerminusSession): Promise<void> {
    if (!this.#forget(session)) return;
    if (this.#sessions.size === 0 && !this.#closing) await this.#options.onEmpty?.();
  }

  /** False if it was forgotten before. */
  #forget(session: TerminusSession): boolean {
    const entry = this.#sessions.get(session.id);
    if (entry?.session !== session) return false;
    entry.unserve();
    return this.#sessions.delete(session.id);
  }
}

/** The name of a method below its service. */
function nameOf({ topic }: AnyMethod): string {
  return topic.slice(topic.indexOf('.') + 1);
}

function commandOf(cmd: unknown): string[] | undefined {
  if (cmd === undefined) return undefined;
  if (!Array.isArray(cmd) || !cmd.every((word) => typeof word === 'string')) throw new FluxError('EPROTO', 'failed to parse cmd field');
  return cmd.length > 0 ? (cmd as string[]) : undefined;
}
