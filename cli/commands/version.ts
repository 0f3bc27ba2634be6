import packageJson from '../../package.json';
import { getopt } from '../args/getopt';
import { defineCommand } from '../command';
import { withFlux } from '../connect';
import { COMPATIBLE_VERSION } from '../install';

export default defineCommand({
  name: 'version',
  summary: 'Display the versions of Flux and of the instance',
  builtin: true,
  prog: 'flux',
  // Free arguments are ignored (docs/protocol/cli.md §2.5).
  run: getopt({
    async run(ctx) {
      const lines = [`commands:    \t\t${COMPATIBLE_VERSION}`, `libflux-core:\t\t${COMPATIBLE_VERSION}`];
      const uri = ctx.env['FLUX_URI'];
      if (uri !== undefined) {
        const version = await withFlux(ctx, (flux) => flux.getattr('version'));
        lines.push(`broker:  \t\t${version}`, `FLUX_URI:\t\t${uri}`);
      }
      lines.push(`build-options:\t\t+flux-ts==${packageJson.version}+node==${process.versions.node}`);
      ctx.stdout.write(lines.map((line) => `${line}\n`).join(''));
    },
  }),
});
