import { defineJobtap, isJsonObject, type JobtapContext, type JobtapOut } from 'flux';

/**
 * Does what a test asks for in a job's `attributes.user.do`: a list of steps `[TOPIC, FUNCTION, ...ARGUMENTS]`, each run in that callback;
 * 'current' stands for the job. What a step throws is put into the job's annotations.
 */
export default defineJobtap({
  name: 'calls',
  api: 1,
  setup(p) {
    p.on('job.*', (job, call): JobtapOut | undefined => {
      const { attributes } = job.jobspec;
      const user = isJsonObject(attributes) ? attributes['user'] : undefined;
      const steps = isJsonObject(user) && Array.isArray(user['do']) ? (user['do'] as unknown[][]) : [];
      const errors: string[] = [];
      for (const [topic, name, ...args] of steps) {
        if (topic !== call.topic) continue;
        if (name === 'return') return args[0] as JobtapOut;
        try {
          invoke(
            p,
            String(name),
            args.map((arg) => (arg === '$ID' ? job.id : arg)),
          );
        } catch (e) {
          errors.push(`${String(name)}: ${(e as { code?: string }).code}`);
        }
      }
      return errors.length > 0 ? { annotations: { errors } } : undefined;
    });
  },
});

function invoke(p: JobtapContext, name: string, args: unknown[]): void {
  const functions = p as unknown as Record<string, (...args: unknown[]) => unknown>;
  functions[name]!(...args);
}
