export { nearest } from './nearest';
export { type Infer, type Input, type ParseOptions, Schema } from './schema';
export * as t from './t';
