import { testRecordedCases } from './cases';

describe('recorded command lines that need no instance', () => {
  testRecordedCases((one) => one.instance === 0);
});
