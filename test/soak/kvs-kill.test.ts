import { killRounds } from '../e2e/kvs/kill-rounds';

describe('a broker with content.durability=process', () => killRounds(50, 'process'));
describe('a broker with content.durability=power', () => killRounds(10, 'power'));
