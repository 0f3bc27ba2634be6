import { type Flux, FluxError, barrier as tables } from '../../../core';
import { type BarrierOutcome, shellBarrier } from '../../../core/shell/job/barrier';

const exception = '{"timestamp":2.0,"name":"exception","context":{"type":"cancel","severity":0,"note":""}}\n';
const submit = '{"timestamp":1.0,"name":"submit"}\n';

/** A barrier that ends by `entered`, where the eventlog, when it is read then, has this content. Watching it, nothing is heard. */
function barrier(entered: Promise<object>, eventlog: string | FluxError): Promise<BarrierOutcome> {
  const silent = (async function* () {
    await new Promise(() => {});
    yield { event: '' };
  })();
  const flux = {
    open: () => Object.assign({ [Symbol.asyncIterator]: () => silent }, { matchtag: 1, return: async () => {} }),
    tell: () => {},
    async call(method: unknown) {
      if (method === tables.enter) return entered;
      if (eventlog instanceof FluxError) throw eventlog;
      return { eventlog };
    },
  };
  return shellBarrier(flux as unknown as Flux, 1n, 'init', 2);
}

describe('a barrier of shells', () => {
  const aborted = () => Promise.reject(new FluxError('ECONNABORTED'));

  test('is over when all have entered', async () => {
    expect(await barrier(Promise.resolve({}), submit)).toEqual({ kind: 'complete' });
  });

  test('that fails because a shell went for an exception of the job tells of the exception', async () => {
    expect(await barrier(aborted(), submit + exception)).toEqual({ kind: 'exception' });
  });

  test.each([
    ['the job has none', submit],
    ['nobody knows of one', new FluxError('ENOSYS')],
  ])('that fails while %s tells of its failure', async (_, eventlog) => {
    expect(await barrier(aborted(), eventlog)).toMatchObject({ kind: 'failed', error: { code: 'ECONNABORTED' } });
  });
});
