import { killRounds } from './kvs/kill-rounds';

describe('a broker with content.durability=process', () => killRounds(10, 'process'));
