import type { MakeResident } from '../resident';
import { attrService } from './attr';
import { brokerService } from './broker';
import { eventService } from './event';
import { logService } from './log';
import { serviceService } from './service';

/** Services of every broker. */
export const residentServices: readonly MakeResident[] = [attrService, brokerService, logService, serviceService];

/** Services of rank 0 alone. */
export const leaderServices: readonly MakeResident[] = [eventService];
