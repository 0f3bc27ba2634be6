import { type TestInstance, testInstance } from '../../../core/testing';

let t: TestInstance;
beforeAll(async () => {
  t = await testInstance({ size: 4, modules: ['barrier'] });
});
afterAll(() => t.stop());

const enter = async (rank: number, name: string, nprocs: number) => (await t.open(rank)).rpc('barrier.enter', { name, nprocs });

describe('barrier', () => {
  test('is complete when as many clients of any ranks have entered, and can be used again', async () => {
    for (let round = 0; round < 3; round++) await Promise.all([0, 1, 2, 3, 3, 2].map((rank) => enter(rank, 'all', 6)));
  });

  test('one rank alone can complete it', async () => {
    await Promise.all([enter(3, 'mine', 2), enter(3, 'mine', 2)]);
  });

  test('a client that enters twice aborts it for everybody', async () => {
    const twice = await t.open(1);
    const first = twice.rpc('barrier.enter', { name: 'twice', nprocs: 5 });
    const other = enter(2, 'twice', 5);
    const second = twice.rpc('barrier.enter', { name: 'twice', nprocs: 5 });
    const codes = (await Promise.allSettled([second, first, other])).map((result) => (result as PromiseRejectedResult).reason?.code);
    expect(codes).toEqual(['EEXIST', 'ECONNABORTED', 'ECONNABORTED']);
  });

  test('a client that goes away aborts it for the others', async () => {
    const leaver = await t.open(2);
    const waiting = [enter(0, 'left', 3), enter(3, 'left', 3)];
    leaver.rpc('barrier.enter', { name: 'left', nprocs: 4 }).catch(() => {});
    await leaver.rpc('barrier.ping', {});
    leaver.close();
    await Promise.all(waiting.map((one) => expect(one).rejects.toMatchObject({ code: 'ECONNABORTED' })));
  });

  test('a missing, wrong or additional key is EPROTO', async () => {
    for (const payload of [undefined, {}, { name: 'x' }, { name: 1, nprocs: 1 }, { name: 'x', nprocs: 1, more: 1 }]) {
      await expect(t.flux.rpc('barrier.enter', payload)).rejects.toMatchObject({ code: 'EPROTO' });
    }
  });
});
