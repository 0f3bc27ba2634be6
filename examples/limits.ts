// A jobtap plugin: each user may have so many active jobs, and learns it at the terminal.
//
//   flux jobtap load $PWD/examples/limits.ts max=2
//   flux jobtap remove limits.ts
import { defineJobtap, JobState, t } from 'flux';

export default defineJobtap({
  name: 'limits',
  api: 1,
  config: t.object({ max: t.int({ min: 1, default: 10 }) }),
  setup(p) {
    const active = new Map<number, number>();
    const count = (userid: number, change: number) => active.set(userid, (active.get(userid) ?? 0) + change);

    p.on('job.validate', (job, call) => {
      if ((active.get(job.userid) ?? 0) >= p.conf.max) call.reject(`User exceeded ${p.conf.max} jobs`);
    });
    p.on('job.new', (job) => {
      if (job.state !== JobState.INACTIVE) count(job.userid, +1);
    });
    p.on('job.state.inactive', (job) => {
      count(job.userid, -1);
    });
    p.serve('query', { roles: ['owner', 'user'] }, () => ({ max: p.conf.max, active: Object.fromEntries(active) }));
  },
});
