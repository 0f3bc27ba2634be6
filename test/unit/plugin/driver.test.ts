import { HookDriver, PluginHandlers } from '../../../core/plugin/driver';
import { FluxError } from '../../../core/sys/errors';
import { thrownBy } from './temp-folder';

type Args = [calls: string[]];

function plugin(name: string, handlers: Record<string, (calls: string[]) => unknown>): PluginHandlers<Args> {
  const table = new PluginHandlers<Args>(name);
  for (const [glob, handler] of Object.entries(handlers)) table.on(glob, handler);
  return table;
}

function driverOf(...plugins: PluginHandlers<Args>[]): HookDriver<Args> {
  const driver = new HookDriver<Args>();
  for (const one of plugins) driver.add(one);
  return driver;
}

const says = (text: string, result?: unknown) => (calls: string[]) => {
  calls.push(text);
  return result;
};

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function callsOf(driver: HookDriver<Args>, topic: string): string[] {
  const calls: string[] = [];
  driver.seriesSync(topic, calls);
  return calls;
}

test('plugins are called in load order, of each only the first registered handler that matches', () => {
  const driver = driverOf(
    plugin('a', { 'job.state.*': says('a state'), 'job.state.run': says('a run'), 'job.*': says('a job') }),
    plugin('b', { 'job.new': says('b new') }),
    plugin('c', { '*': says('c any') }),
  );
  expect(callsOf(driver, 'job.state.run')).toEqual(['a state', 'c any']);
  expect(callsOf(driver, 'job.new')).toEqual(['a job', 'b new', 'c any']);
  expect(callsOf(driver, 'job.dependency.after')).toEqual(['a job', 'c any']);
});

test('a topic without handlers is known as such, and calling it does nothing', async () => {
  const driver = driverOf(plugin('a', { 'job.new': says('a') }));
  expect([driver.handles('job.new'), driver.handles('job.validate')]).toEqual([true, false]);
  expect(driver.firstSync('job.validate', [])).toBeUndefined();
  expect(await driver.each('job.validate', [])).toEqual([]);
});

test('an error names plugin and topic, keeps the errno, and stops a series', async () => {
  const calls: string[] = [];
  const cause = new FluxError('EPERM', 'no');
  const driver = driverOf(
    plugin('a', { x: says('a') }),
    plugin('b', {
      x: () => {
        throw cause;
      },
    }),
    plugin('c', { x: says('c') }),
  );
  const expected = { name: 'PluginError', plugin: 'b', topic: 'x', code: 'EPERM', message: 'b: x: no', cause };
  expect(await thrownBy(() => driver.seriesSync('x', calls))).toMatchObject(expected);
  expect(await thrownBy(() => driver.series('x', calls))).toMatchObject(expected);
  expect(calls).toEqual(['a', 'a']);
});

test('each goes on after a failure and returns all of them', async () => {
  const calls: string[] = [];
  const fails = (text: string) => () => {
    throw new Error(text);
  };
  const driver = driverOf(plugin('a', { x: fails('one') }), plugin('b', { x: says('b') }), plugin('c', { x: fails('two') }));
  const texts = ['a: x: one', 'c: x: two'];
  expect(driver.eachSync('x', calls).map((e) => e.message)).toEqual(texts);
  expect((await driver.each('x', calls)).map((e) => e.message)).toEqual(texts);
  expect(calls).toEqual(['b', 'b']);
});

test('a synchronous call refuses a promise, naming the plugin, and its later rejection troubles nobody', async () => {
  const driver = driverOf(plugin('slow', { 'job.state.run': async () => Promise.reject(new Error('late')) }));
  expect(await thrownBy(() => driver.seriesSync('job.state.run', []))).toMatchObject({
    code: 'EINVAL',
    message: 'slow: job.state.run: returned a promise, where handlers must be synchronous',
  });
  await turn();
});

test('a series awaits each handler before the next', async () => {
  const calls: string[] = [];
  const slow = async (list: string[]) => {
    await turn();
    list.push('slow');
  };
  await driverOf(plugin('a', { x: slow }), plugin('b', { x: says('b') })).series('x', calls);
  expect(calls).toEqual(['slow', 'b']);
});

test('first ends with the first result', async () => {
  const calls: string[] = [];
  const driver = driverOf(plugin('a', { x: says('a') }), plugin('b', { x: says('b', 0) }), plugin('c', { x: says('c', 1) }));
  expect(driver.firstSync('x', calls)).toBe(0);
  expect(await driver.first('x', calls)).toBe(0);
  expect(calls).toEqual(['a', 'b', 'a', 'b']);
});

test('reduce hands over each result before the next plugin is called', () => {
  const calls: string[] = [];
  const driver = driverOf(
    plugin('a', { x: says('a', { priority: 1 }) }),
    plugin('b', { x: says('b') }),
    plugin('c', { x: says('c', 'unavailable') }),
  );
  driver.reduceSync('x', (result, name) => calls.push(`${name} gave ${JSON.stringify(result)}`), calls);
  expect(calls).toEqual(['a', 'a gave {"priority":1}', 'b', 'c', 'c gave "unavailable"']);
});

test('a fold that throws blames the plugin whose result it was', async () => {
  const driver = driverOf(plugin('a', { x: says('a', 'bad') }));
  const refuse = () => {
    throw new FluxError('EINVAL', 'not an object');
  };
  expect(await thrownBy(() => driver.reduce('x', refuse, []))).toMatchObject({ message: 'a: x: not an object' });
});

test('parallel waits for all, then fails with the first failure in stack order', async () => {
  const calls: string[] = [];
  const late = async () => {
    await turn();
    throw new Error('late');
  };
  const early = () => {
    throw new Error('early');
  };
  const driver = driverOf(plugin('a', { x: late }), plugin('b', { x: early }), plugin('c', { x: says('c') }));
  expect(await thrownBy(() => driver.parallel('x', calls))).toMatchObject({ message: 'a: x: late' });
  expect(calls).toEqual(['c']);
});

test('calls nest, and the list may change while one runs', () => {
  const driver = new HookDriver<Args>();
  const c = plugin('c', { x: says('c'), y: says('c y') });
  driver.add(
    plugin('a', {
      x: (calls) => {
        driver.remove(c);
        driver.seriesSync('y', calls);
      },
    }),
  );
  driver.add(plugin('b', { x: says('b'), y: says('b y') }));
  driver.add(c);
  expect(callsOf(driver, 'x')).toEqual(['b y', 'b', 'c']);
  expect(callsOf(driver, 'x')).toEqual(['b y', 'b']);
});

test('handlers that come and go later count', () => {
  const a = plugin('a', { x: says('x') });
  const driver = driverOf(a);
  expect(callsOf(driver, 'y')).toEqual([]);
  a.on('y', says('y'));
  expect(callsOf(driver, 'y')).toEqual(['y']);
  expect([a.off('y'), a.off('y')]).toEqual([true, false]);
  expect(callsOf(driver, 'y')).toEqual([]);
});

test('removing one of two plugins of the same name leaves the other', () => {
  const [one, two] = [plugin('same', { x: says('one') }), plugin('same', { x: says('two') })];
  const driver = driverOf(one, two);
  expect([driver.remove(one), driver.remove(one)]).toEqual([true, false]);
  expect(callsOf(driver, 'x')).toEqual(['two']);
});

test('any number of topics can be called', () => {
  const driver = driverOf(plugin('a', { 'job.event.*': says('a') }));
  for (let i = 0; i < 3000; i++) expect(callsOf(driver, `job.event.${i}`)).toEqual(['a']);
});
