/** The longest delay of a timer of Node, in milliseconds (24 days): a longer one would be over at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1;
