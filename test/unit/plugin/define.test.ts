import { defineJobtap, defineModule, defineShellPlugin, defineValidator, kindOf, t } from '../../../core/plugin';

const limits = defineJobtap({
  name: 'limits',
  api: 1,
  config: t.object({ max: t.int({ min: 1, default: 10 }) }),
  setup(p) {
    const max: number = p.conf.max;
    const since = p.jobData<number>();
    p.on('job.validate', async (job, call) => {
      if (job.userid > max) call.reject(`User exceeded ${max} jobs`);
    });
    p.on('job.state.priority', (job) => ({ priority: job.urgency }));
    p.on('job.priority.get', () => 'unavailable');
    p.on('job.dependency.after', (job, { dependency }) => p.dependencyAdd(job, `after=${dependency.value}`));
    p.on('job.event.*', (job, { entry }) => since.set(job, entry.timestamp));
    p.on('job.st?te.*', (_job, call) => void call.entry?.name);
    // @ts-expect-error: no such hook
    p.on('job.state.running', () => {});
    // @ts-expect-error: this one may not wait
    p.on('job.state.run', async () => {});
    // @ts-expect-error: nothing to reject with any more
    p.on('job.new', (_job, call) => call.reject('too late'));
    p.serve('query', { roles: ['user'], payload: t.object({ user: t.int() }) }, ({ user }) => ({ count: user + 1 }));
  },
});

const hello = defineModule({
  name: 'hello',
  api: 1,
  services: ['greeter'],
  args: t.object({ loud: t.boolean({ default: false }) }),
  async main(m) {
    const loud: boolean = m.options.loud;
    m.serve('greet', { roles: ['user'] }, ({ name }, req) => ({ text: `hi ${name}`, uid: req.userid, loud }));
    m.serveStream<{ n: number }>('count', {}, async function* ({ n }, req) {
      for (let i = 0; i < n && !req.cancelled; i++) yield { i };
    });
    m.every(60_000, () => m.log.info('still here'));
  },
});

const greeting = defineShellPlugin({
  name: 'greeting',
  api: 1,
  setup(s) {
    s.on('shell.init', async (shell) => shell.log('hello'));
    s.on('task.init', (task) => {
      task.env['GREETING'] = 'hi';
      task.exec.affinity = '0-1';
    });
    s.on('mine.ready', (shell, args) => shell.debug(String(args['n'])));
    // @ts-expect-error: the shell calls no such topic
    s.on('shell.ready', () => {});
    // @ts-expect-error: nothing waits for a log message
    s.on('shell.log', async () => {});
  },
});

const schema = defineValidator({
  name: 'schema',
  api: 1,
  description: 'check against a JSON schema',
  options: { schema: { metavar: 'FILE', help: 'the schema', required: true } },
  setup(v) {
    const file: string | undefined = v.options.schema;
    return ({ jobspec }) => {
      if (file === undefined) throw new Error(String(jobspec));
    };
  },
});

test('a definition knows its kind, and is otherwise what was written', () => {
  expect([limits, hello, greeting, schema].map(kindOf)).toEqual(['jobtap', 'module', 'shell', 'validator']);
  expect(Object.keys(hello)).toEqual(['name', 'api', 'services', 'args', 'main']);
  expect([kindOf({ name: 'x' }), kindOf(undefined), kindOf('module')]).toEqual([undefined, undefined, undefined]);
});
