// Tests run compiled (build/test), in worker threads of their own loader: jest's sandbox changes signals, imports and fs errors.
module.exports = {
  runner: 'jest-light-runner/child-process',
  rootDir: 'build',
  testMatch: ['<rootDir>/test/**/*.test.js'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 2,
  testTimeout: 60000,
};
