/** What a handler returns when it has responded, or will, by itself. */
export const NO_RESPONSE: unique symbol = Symbol('no response');
