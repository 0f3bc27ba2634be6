import { defineJobtap, t } from 'flux';

/** Each user may have so many active jobs. */
export default defineJobtap({
  name: 'limits',
  api: 1,
  config: t.object({ max: t.int({ min: 0, default: 10 }) }),
  setup(p) {
    const counts = new Map<number, number>();
    const add = (userid: number, n: number) => counts.set(userid, (counts.get(userid) ?? 0) + n);
    p.on('job.validate', (job, call) => {
      if ((counts.get(job.userid) ?? 0) >= p.conf.max) call.reject(`User exceeded ${p.conf.max} jobs`);
    });
    p.on('job.new', (job) => void add(job.userid, 1));
    p.on('job.state.inactive', (job) => void add(job.userid, -1));
    p.serve('query', { roles: ['user'] }, () => ({ counts: Object.fromEntries(counts) }));
  },
});
