import { testRecordedCases } from './cases';

describe('recorded command lines on an instance of one broker', () => {
  testRecordedCases((one) => one.instance === 1 && !one.fresh);
});
