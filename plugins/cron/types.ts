import type { cron, ModuleContext, ReturnedBy } from 'flux';

/** What entries and their parts need of the module. */
export type CronContext = Pick<ModuleContext, 'flux' | 'log' | 'cwd' | 'subscribe' | 'after'>;

/** An entry as the service shows it. */
export type Entry = ReturnedBy<typeof cron.create>;
