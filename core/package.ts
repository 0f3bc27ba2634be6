// dist/core.js: the whole package in one bundle, so that a class is one, whichever face it came by (scripts/build-dist.mjs writes the faces).
export { library } from './library';

/** The face `flux/testing`: a whole broker comes with it, which only those load that ask for it. */
export const testing = (): typeof import('./testing') => require('./testing');
