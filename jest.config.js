// Tests run compiled (build/test), in processes of jest-light-runner (scripts/jest-runner.mjs): jest's sandbox changes signals, imports and fs errors.
const reporter = require.resolve('./scripts/jest-reporter.mjs');

module.exports = {
  runner: require.resolve('./scripts/jest-runner.mjs'),
  reporters: [
    [reporter, {}],
    [reporter, { summary: true }],
  ],
  rootDir: 'build',
  testMatch: ['<rootDir>/test/**/*.test.js'],
  testPathIgnorePatterns: ['/node_modules/'],
  // Time limits, and the check for what a file leaves behind.
  setupFilesAfterEnv: ['<rootDir>/test/support/setup.js'],
  maxWorkers: 2,
};
