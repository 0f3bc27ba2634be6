import { commitFenceAndWatch } from '../service/kvs/concurrent';

test('eight ranks that commit, fence and watch each other for a minute end with one root, and no watch missed a change', () =>
  commitFenceAndWatch(60));
