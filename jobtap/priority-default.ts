import { defineJobtap } from 'flux';

/** A job's priority is its urgency. Loaded with the job manager as `.priority-default` (flux-jobtap-plugins(7)). */
export default defineJobtap({
  name: 'priority-default',
  api: 1,
  setup(p) {
    p.on('job.state.priority', (job) => ({ priority: job.urgency }));
    p.on('job.priority.get', (job) => ({ priority: job.urgency }));
  },
});
