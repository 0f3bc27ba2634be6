import * as flux from './index';
import * as internal from './internal';

/** What plugins import by name: the same modules that their host runs on, so that a class is one. */
export const library = { flux, 'flux/internal': internal };
