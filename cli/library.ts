import { createRequire } from 'node:module';
import type * as FluxLibrary from '../core/index';

/** The package `flux` of this installation, for commands that load plugins: their loader, and what they import. */
export const library = (): typeof FluxLibrary => createRequire(__filename)('flux') as typeof FluxLibrary;
