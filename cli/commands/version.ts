import packageJson from '../../package.json';
import { defineCommand } from '../command';
import { connect } from '../connect';
import { COMPATIBLE_VERSION } from '../install';

export default defineCommand({
  name: 'version',
  summary: 'Display the versions of Flux and of the instance',
  usage: 'flux version',
  builtin: true,
  prog: 'flux',
  // Arguments are ignored (contract/cli.md 2.5).
  async run(ctx) {
    const lines = [`commands:    \t\t${COMPATIBLE_VERSION}`, `libflux-core:\t\t${COMPATIBLE_VERSION}`];
    const uri = ctx.env['FLUX_URI'];
    if (uri !== undefined) {
      const flux = await connect(ctx);
      lines.push(`broker:  \t\t${await flux.getattr('version')}`, `FLUX_URI:\t\t${uri}`);
      flux.close();
    }
    lines.push(`build-options:\t\t+flux-ts==${packageJson.version}+node==${process.versions.node}`);
    ctx.stdout.write(lines.map((line) => `${line}\n`).join(''));
  },
});
