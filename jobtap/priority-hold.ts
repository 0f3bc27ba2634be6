import { defineJobtap } from 'flux';

/** Every new job is held, until its urgency is changed (docs/protocol/jobtap.md §5.1). */
export default defineJobtap({
  name: 'priority-hold',
  api: 1,
  setup(p) {
    p.on('job.state.priority', () => ({ priority: 0 }));
  },
});
