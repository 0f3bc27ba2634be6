import { testRecordedCases } from './cases';

describe('recorded command lines on an instance of four brokers', () => {
  testRecordedCases((one) => one.instance === 4);
});

describe('recorded command lines as the initial program of an instance', () => {
  testRecordedCases((one) => one.fresh === true);
});
