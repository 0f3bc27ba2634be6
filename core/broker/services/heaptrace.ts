import { type KeyType, type Request, unpack } from '../../handle';
import { FluxError } from '../../sys/errors';
import type { MakeResident } from '../resident';

/** Heap profiling, which a broker without a heap profiler answers with ENOSYS (contract/broker.md §4). */
export const heaptraceService: MakeResident = () => ({
  name: 'heaptrace',
  methods: {
    'heaptrace.start': { handle: refuse({ filename: 's' }) },
    'heaptrace.dump': { handle: refuse({ reason: 's' }) },
    'heaptrace.stop': { handle: refuse() },
  },
});

/** A request that lacks a key is malformed all the same. */
const refuse = (keys?: Record<string, KeyType>) => (_: unknown, request: Request) => {
  if (keys) unpack(request, keys);
  throw new FluxError('ENOSYS');
};
