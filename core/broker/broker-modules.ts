/** Modules the broker loads by itself, before rc1, and unloads last, in this order. The rest are rc1's to name. */
export const brokerModules: readonly string[] = ['connector-local', 'content'];

/** Those of them that clients know as services of the broker itself (docs/protocol/broker.md §1): no module is seen, none can be removed. */
export const residentModules: readonly string[] = ['content'];
