/** A JSON object whose members are looked at one by one. */
export type JsonObject = Record<string, unknown>;
