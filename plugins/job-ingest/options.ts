import { t } from 'flux';

const USAGE = 'Usage: flux module load [OPTIONS] job-ingest [validator-plugins=LIST] [validator-args=ARGS]';

/** The module's arguments (docs/protocol/job-manager.md §3.1). One that is not known or makes no sense is logged and fails the load. */
export const options = t.logged(
  t.object(
    {
      /** Jobs that make a batch; without it a batch is what arrives while the last one is written. */
      'batch-count': t.optional(
        t.worded(t.transform(t.string({ pattern: /\s*\+?\d+/ }), Number), (count) => `Invalid batch-count: batch-count=${count}`),
      ),
      /** Accept jobspec as it is. */
      'disable-validator': t.boolean({ default: false }),
      'validator-plugins': t.optional(t.string()),
      'validator-args': t.optional(t.array(t.string())),
    },
    { unknownText: (arg) => `invalid option ${arg}\n${USAGE}` },
  ),
);

/** Arguments of `flux job-validator`; undefined: the default rules are checked here. */
export function validatorArgs(given: t.infer<typeof options>): string[] | undefined {
  const { 'validator-plugins': plugins, 'validator-args': more } = given;
  if (plugins === undefined && more === undefined) return undefined;
  return [...(plugins === undefined ? [] : ['--plugins', plugins]), ...(more ?? []).filter(Boolean)];
}
