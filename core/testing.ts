// The package `flux/testing`: instances of Flux inside a test's process.
export { type TestInstance, type TestInstanceOptions, type TestModule, testInstance } from './testing/instance';
