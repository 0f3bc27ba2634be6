// The compiler, as a part that is loaded when a plugin needs it: in the installation it is a bundle of its own (scripts/build-dist.mjs).
export { transform } from 'sucrase';
// sucrase's declarations lie beside the files that they declare
export const { parse } = require('sucrase/dist/parser') as typeof import('sucrase/dist/types/parser');
export const { TokenType } = require('sucrase/dist/parser/tokenizer/types') as typeof import('sucrase/dist/types/parser/tokenizer/types');
