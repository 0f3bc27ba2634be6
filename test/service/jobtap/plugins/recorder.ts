import { defineJobtap, t } from 'flux';

/** Records every callback, for `job-manager.recorder.calls`; with `subscribe` also all events. */
export default defineJobtap({
  name: 'recorder',
  api: 1,
  config: t.object({ subscribe: t.boolean({ default: false }) }),
  setup(p) {
    const calls: object[] = [];
    p.on('*', (job, call) => {
      const { topic, entry, prevState, dependency } = call;
      const { id, userid, urgency, state, priority, t_submit, jobspec } = job;
      calls.push({
        topic,
        in: {
          jobspec: 'tasks' in jobspec ? '<jobspec>' : 'none',
          id,
          userid,
          urgency,
          state,
          priority,
          t_submit,
          ...(dependency && { dependency }),
          ...(entry && { entry }),
          ...(prevState !== undefined && { prev_state: prevState }),
        },
        'out at entry': { ...call.out },
      });
      if (topic === 'job.new' && p.conf.subscribe) p.subscribe(job);
    });
    p.serve('calls', {}, () => ({ calls: calls.splice(0) }));
  },
});
