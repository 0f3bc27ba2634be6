/** Returned by a handler that has responded, or will, by itself. */
export const NO_RESPONSE: unique symbol = Symbol('no response');
