import { FluxError, NO_RESPONSE, type Request, type Shell, shellService } from 'flux';

/** Keys and values. */
export type Values = Record<string, string>;

/** How what the tasks of one shell have put comes to the other shells. */
export interface PmiKvs {
  /** All shells take part; resolves with what is known to all then. */
  exchange(pending: Values): Promise<Values>;
  /** A value that another shell has put, where it is not among those that exchange() gave. */
  lookup(key: string): Promise<string | undefined> | undefined;
}

/** Gathers values up a k-ary tree of shells and spreads them down again, through the method `pmi-exchange` (docs/protocol/shell.md §9.3). */
export class TreeExchange implements PmiKvs {
  readonly #shell: Shell;
  readonly #parent: number;
  readonly #nchildren: number;
  #children: { values: Values; request: Request }[] = [];
  #own: { values: Values; resolve: (values: Values) => void; reject: (e: unknown) => void } | undefined;

  constructor(shell: Shell, k: number) {
    const { rank, size } = shell.info;
    this.#shell = shell;
    this.#parent = rank === 0 ? -1 : Math.floor((rank - 1) / k);
    this.#nchildren = Math.max(0, Math.min(size - 1, k * rank + k) - k * rank);
    shell.serve(shellService.pmiExchange, (values, request) => this.#receive(values, request));
  }

  exchange(values: Values): Promise<Values> {
    return new Promise((resolve, reject) => {
      this.#own = { values, resolve, reject };
      this.#proceed();
    });
  }

  lookup(): undefined {
    return undefined;
  }

  #receive(values: Values, request: Request): typeof NO_RESPONSE {
    if (this.#children.length >= this.#nchildren) throw new FluxError('EINPROGRESS', 'pmi-exchange received too many child requests');
    this.#children.push({ values, request });
    this.#proceed();
    return NO_RESPONSE;
  }

  #proceed(): void {
    const own = this.#own;
    if (!own || this.#children.length < this.#nchildren) return;
    const children = this.#children;
    this.#own = undefined;
    this.#children = [];
    this.#spread(Object.assign({}, own.values, ...children.map(({ values }) => values)) as Values).then(
      (values) => {
        for (const { request } of children) request.respond({ ...values });
        own.resolve(values);
      },
      (e) => {
        for (const { request } of children) request.respondError(e);
        own.reject(e);
      },
    );
  }

  /** What this shell and those below it have, merged with what the others have. */
  async #spread(values: Values): Promise<Values> {
    if (this.#parent < 0) return values;
    return { ...values, ...(await this.#shell.rpc(shellService.pmiExchange, this.#parent, { ...values })) };
  }
}
