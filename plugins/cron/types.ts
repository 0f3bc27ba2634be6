import type { cron, ModuleContext } from 'flux';
import type { ReturnedBy } from 'flux/internal';

/** What entries and their parts need of the module. */
export type CronContext = Pick<ModuleContext, 'flux' | 'log' | 'cwd' | 'subscribe' | 'after'>;

/** An entry as the service shows it. */
export type Entry = ReturnedBy<typeof cron.create>;
