/** Modules the broker loads by itself, before rc1, and unloads last, in this order. The rest are rc1's to name. */
export const brokerModules: readonly string[] = ['connector-local', 'content'];
