import { defineJobtap, t } from 'flux';

/** Fails in a way of the test's choice. */
export default defineJobtap({
  name: 'broken',
  api: 1,
  config: t.object({ where: t.string() }),
  setup(p) {
    const { where } = p.conf;
    p.serve('hello', {}, () => ({ text: 'still here' }));
    if (where === 'setup') throw new TypeError('no luck');
    if (where === 'topic') p.on('job.state.running' as 'job.state.run', () => {});
    if (where === 'timer') p.after(0, () => Promise.reject(new Error('late')));
    if (where === 'promise') p.on('job.state.run', (async () => {}) as unknown as () => void);
    if (where === 'waits') {
      p.on('job.validate', async (_job, call) => {
        await new Promise((resolve) => setImmediate(resolve));
        call.reject('not today');
      });
    }
    if (where.startsWith('job.')) {
      p.on(where as 'job.new', () => {
        throw new RangeError('oops');
      });
    }
  },
});
