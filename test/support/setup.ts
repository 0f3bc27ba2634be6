import { LeakGuard } from './leaks';
import { Rejections } from './rejections';

/**
 * Runs once in each process of the test runner, before any test file (jest.config.js, setupFilesAfterEnv). jest-light-runner forgets hooks
 * between files and knows no timeouts, so the globals are wrapped: the first use of one in a file puts a leak check around that file, and each
 * test and hook gets a time limit.
 */
const circus = require('jest-circus') as { getState(): { rootDescribeBlock: DescribeBlock } };

interface Hook {
  type: string;
  fn: () => Promise<void>;
}
interface DescribeBlock {
  hooks: Hook[];
}
type Body = (done?: (error?: unknown) => void) => unknown;
type Declare = ((...args: unknown[]) => unknown) & Record<string, unknown>;

// Milliseconds a test or hook may take: a minute, an hour in a soak (scripts/test.mjs).
const defaultTimeout = process.env['FLUX_TEST_SOAK'] ? 3_600_000 : 60_000;
const rejections = new Rejections();
const guarded = new WeakSet<DescribeBlock>();

// When jest has ended: what a test left running must not keep this process alive.
process.once('disconnect', () => process.exit());

for (const name of ['test', 'it', 'beforeAll', 'beforeEach', 'afterAll', 'afterEach', 'describe']) {
  const globals = globalThis as unknown as Record<string, Declare>;
  globals[name] = wrap(globals[name]!, name === 'describe');
}

/** The declaring function, and its variants (`only`, `skip`, `each` …), with the guard and the time limit. */
function wrap(declare: Declare, isBlock: boolean): Declare {
  const wrapped = ((...args: unknown[]) => {
    guardFile();
    return declare(...(isBlock ? args : limited(args)));
  }) as Declare;
  for (const key of Object.keys(declare)) {
    const variant = declare[key];
    wrapped[key] =
      typeof variant !== 'function' ? variant : key === 'each' ? each(variant as Declare, isBlock) : wrap(variant as Declare, isBlock);
  }
  return wrapped;
}

/** `each(table)` returns a declaring function. */
function each(variant: Declare, isBlock: boolean): Declare {
  return ((...table: unknown[]) => wrapEach(variant(...table) as Declare, isBlock)) as Declare;
}

function wrapEach(declare: Declare, isBlock: boolean): Declare {
  return ((title: unknown, body: (...row: unknown[]) => unknown, timeout?: number) => {
    guardFile();
    return declare(title, isBlock ? body : (...row: unknown[]) => withLimit(() => body(...row), timeout));
  }) as Declare;
}

/** The arguments of test(title, body, timeout) or afterEach(body, timeout) with a body that fails in time. */
function limited(args: unknown[]): unknown[] {
  const at = args.findIndex((arg) => typeof arg === 'function');
  if (at < 0) return args;
  const body = args[at] as Body;
  const timeout = args[at + 1] as number | undefined;
  return [...args.slice(0, at), () => withLimit(body.length > 0 ? () => called(body) : body, timeout)];
}

function called(body: Body): Promise<void> {
  return new Promise((resolve, reject) => body((error) => (error ? reject(error) : resolve())));
}

async function withLimit(body: () => unknown, timeout = defaultTimeout): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${timeout} ms`)), timeout);
  });
  try {
    await Promise.race([body(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Once a file: the check begins before all of its hooks, and ends after them. */
function guardFile(): void {
  const { rootDescribeBlock } = circus.getState();
  if (guarded.has(rootDescribeBlock)) return;
  guarded.add(rootDescribeBlock);
  const guard = new LeakGuard();
  const begin = async () => {
    await guard.begin();
    rootDescribeBlock.hooks.push({ type: 'afterAll', fn: () => guard.end() }, { type: 'afterAll', fn: async () => rejections.check() });
  };
  rootDescribeBlock.hooks.unshift({ type: 'beforeAll', fn: begin });
}
