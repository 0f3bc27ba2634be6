import type { MakeResident } from '../resident';
import { attrService } from './attr';
import { brokerService } from './broker';
import { configService } from './config';
import { eventService } from './event';
import { groupsService } from './groups';
import { heaptraceService } from './heaptrace';
import { logService } from './log';
import { overlayService } from './overlay';
import { runatService } from './runat';
import { serviceService } from './service';
import { stateMachineService } from './state-machine';

/** Services of every broker. */
export const residentServices: readonly MakeResident[] = [
  attrService,
  brokerService,
  configService,
  groupsService,
  heaptraceService,
  logService,
  overlayService,
  runatService,
  serviceService,
  stateMachineService,
];

/** Services of rank 0 alone. */
export const leaderServices: readonly MakeResident[] = [eventService];
