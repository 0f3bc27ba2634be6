import { heaptrace } from '../../protocol/heaptrace';
import { FluxError } from '../../sys/errors';
import { type MakeResident, resident } from '../resident';

/** Heap profiling, which a broker without a heap profiler answers with ENOSYS (docs/protocol/broker.md §4). */
export const heaptraceService: MakeResident = () => resident(heaptrace, { start: refuse, dump: refuse, stop: refuse });

function refuse(): never {
  throw new FluxError('ENOSYS');
}
