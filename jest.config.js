// Tests run compiled (build/test), in processes of jest-light-runner: jest's sandbox changes signals, imports and fs errors.
module.exports = {
  runner: 'jest-light-runner/child-process',
  rootDir: 'build',
  testMatch: ['<rootDir>/test/**/*.test.js'],
  testPathIgnorePatterns: ['/node_modules/'],
  // Time limits, and the check for what a file leaves behind.
  setupFilesAfterEnv: ['<rootDir>/test/support/setup.js'],
  maxWorkers: 2,
};
