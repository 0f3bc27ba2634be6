import { t } from 'flux';

/** Table `[resource]` of the broker configuration (flux-config-resource(5)). */
export const config = t.wire(
  {
    /** File with the R of the instance. */
    path: t.optional(t.string()),
    /** Ranks or hosts that are never offered to the scheduler. */
    exclude: t.optional(t.string()),
    /** Don't compare R with what is found on each rank. */
    noverify: t.boolean({ default: false }),
  },
  { unknown: 'reject', title: 'error parsing [resource] configuration' },
);

/** Arguments of the module (docs/protocol/resource-sched.md §6.1). */
export const args = t.object(
  {
    noverify: t.boolean({ default: false }),
    /** Take all ranks for online from the start (for tests). */
    'monitor-force-up': t.boolean({ default: false }),
  },
  { unknownText: (arg) => `unknown option: ${arg}` },
);

export type ResourceConf = t.infer<typeof config>;

export interface ResourceSettings extends ResourceConf {
  forceUp: boolean;
}

/** Configuration and module arguments together. */
export function settingsOf({ conf, options }: { conf: ResourceConf; options: t.infer<typeof args> }): ResourceSettings {
  return { ...conf, noverify: conf.noverify || options.noverify, forceUp: options['monitor-force-up'] };
}
