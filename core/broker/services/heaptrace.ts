import { FluxError } from '../../sys/errors';
import type { MakeResident } from '../resident';

/** Heap profiling, which a broker without a heap profiler answers with ENOSYS (contract/broker.md §4). */
export const heaptraceService: MakeResident = () => {
  const refuse = () => {
    throw new FluxError('ENOSYS');
  };
  return {
    name: 'heaptrace',
    methods: { 'heaptrace.start': { handle: refuse }, 'heaptrace.dump': { handle: refuse }, 'heaptrace.stop': { handle: refuse } },
  };
};
