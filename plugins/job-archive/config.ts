import { parseFsd, t } from 'flux';

const texts = { dbpath: t.optional(t.string()), period: t.optional(t.string()), busytimeout: t.optional(t.string()) };

/** Table `[archive]` of the configuration (docs/protocol/job-info-list.md §6): one that is wrong is logged, and not used. */
export const table = t.lenient(t.optional(t.wire(texts, { title: 'error reading archive config' })));

/** Arguments of the module, which win over the table; one that is not known is logged. */
export const args = t.object(texts, { unknown: 'report', unknownText: (arg) => `Unknown option \`${arg}'` });

/** Both together: an error is logged, and fails the load. */
export const settings = t.logged(
  t.object({
    /** File of the archive; without one there is none. */
    dbpath: t.optional(t.string()),
    /** Seconds between two looks for finished jobs. */
    period: duration('period', 60),
    /** How long a locked file is waited for, in seconds. */
    busytimeout: duration('busytimeout', 0.05),
  }),
);

function duration(key: string, fallback: number) {
  const seconds = t.transform(t.string(), (text) => (/^\d+ms$/.test(text) ? Number.parseInt(text, 10) / 1000 : parseFsd(text)), {
    default: fallback,
  });
  return t.worded(seconds, (text) => `error parsing ${key} ${text}: Invalid argument`);
}
