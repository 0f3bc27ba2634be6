import { flux, runQuietly, untilOutput, withInstance } from './instance';
import { inTurns, timed } from './measure';
import type { Bench } from './row';

export type { Row } from './row';

const node = [process.execPath, '-e', '0'];

/** Start-up of commands and of a broker, beside the least that Node can do. */
export default {
  name: 'startup',
  run: ({ rounds }) =>
    withInstance(1, (env) => {
      const command = (argv: string[]) => () => timed(() => runQuietly(argv, env));
      return inTurns(
        rounds,
        {
          'node -e 0': command(node),
          'flux version': command([flux, 'version']),
          'flux --help': command([flux, '--help']),
          'flux getattr rank': command([flux, 'getattr', 'rank']),
          'flux kvs dir': command([flux, 'kvs', 'dir']),
          'flux mini submit true': command([flux, 'mini', 'submit', 'true']),
          'flux mini run true': command([flux, 'mini', 'run', 'true']),
          'flux start true': () => timed(() => runQuietly([flux, 'start', 'true'])),
          'flux start, until rc2 runs': () => untilOutput([flux, 'start', 'echo']),
          'flux start -s4 true': () => timed(() => runQuietly([flux, 'start', '-s4', 'true'])),
        },
        'node -e 0',
      );
    }),
} satisfies Bench;
