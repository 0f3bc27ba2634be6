/**
 * Environment variables through which a user changes how Node runs the programs that jobs are made of: files to load, a debugger, what it prints and
 * writes. Our own programs don't take them, and hand them on (scripts/node.sh, scripts/run.cjs).
 */
export const nodeVariables: readonly string[] = [
  'NODE_OPTIONS',
  'NODE_V8_COVERAGE',
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  'NODE_PENDING_DEPRECATION',
  'NODE_REDIRECT_WARNINGS',
];

/** The environment of a thread of ours, which Node reads again when it starts one. */
export function threadEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !nodeVariables.includes(name)));
}
