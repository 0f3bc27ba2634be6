import { signals } from '../../core/sys/signals';
import { Tree, until } from '../service/overlay/tree';

const ROUNDS = 50;

/** Numbers from 0 to below `n`, the same for the same seed. */
function random(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % n;
  };
}

test(`a tree whose middle broker is killed or stopped ${ROUNDS} times is whole again each time, and no RPC goes without an answer`, async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  console.log(`SEED=${seed}`);
  const pick = random(seed);
  const tree = new Tree({ size: 5, heartbeat: 0.3 });
  try {
    const top = await tree.start(0);
    let middle = tree.spawn(1);
    for (const rank of [2, 3, 4]) await tree.start(rank);
    const below = tree.local.get(3)!;
    const { groups } = top.broker;
    const online = (ranks: string) =>
      until(
        () => groups.members('broker.online').encode() === ranks,
        (check) => groups.onChange(check),
      );
    const whole = async () => {
      await Promise.all([tree.connected(3), tree.connected(4), online('0-4')]);
      await tree.status(0, 'full');
    };
    await Promise.all([3, 4].map((rank) => tree.state(rank, 'run')));
    await whole();
    for (let round = 0; round < ROUNDS; round++) {
      const asking = Promise.allSettled([
        ...Array.from({ length: pick(50) }, () => top.flux.rpc('broker.ping', {}, { nodeid: 3 })),
        ...Array.from({ length: pick(50) }, () => below.flux.rpc('broker.ping', {}, { nodeid: 4 })),
      ]);
      const isStop = pick(2) === 0;
      middle.kill(isStop ? signals.SIGSTOP : signals.SIGKILL);
      await Promise.all([tree.lost(3), tree.lost(4), tree.status(0, 'degraded'), online('0,2')]);
      await asking;
      if (isStop) middle.kill(signals.SIGCONT);
      else middle = tree.spawn(1);
      await whole();
      await top.flux.rpc('broker.ping', {}, { nodeid: 3 });
      await below.flux.rpc('broker.ping', {}, { nodeid: 4 });
    }
  } finally {
    await tree.stop();
  }
});
