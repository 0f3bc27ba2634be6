import { appendAndWatch } from '../service/kvs/eventlog';
import { kvsInstance, kvsOnEachRank } from '../service/kvs/instance';

test('an eventlog of 100,000 entries is watched and read on another rank', async () => {
  const instance = await kvsInstance({ size: 2 });
  try {
    const [kvs, far] = await kvsOnEachRank(instance);
    await appendAndWatch(kvs!, far!, 100_000);
  } finally {
    await instance.stop();
  }
});
