import { encodeJson, Raw } from '../../../../core/formats/json';
import { defineValidator } from '../../../../core/plugin/define';
import { sched } from '../../../../core/protocol/sched';
import { isErrno } from '../../../../core/sys/errors';

/** Asks the scheduler whether the job could ever run. A scheduler that can't tell is no objection. */
export default defineValidator({
  name: 'feasibility',
  api: 1,
  description: 'Ask the scheduler if a job can be satisfied',
  options: { 'feasibility-service': { metavar: 'NAME', help: 'The service that is asked', default: sched.feasibility.topic } },
  async setup(v) {
    const flux = await v.flux();
    const topic = v.options['feasibility-service']!;
    return async (job) => {
      const request = { ...job, jobspec: new Raw(encodeJson(job.jobspec)) };
      await flux.rpc(topic, request).catch((e) => {
        if (!isErrno(e, 'ENOSYS')) throw e;
      });
    };
  },
});
