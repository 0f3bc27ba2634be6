import { writeCertificate } from '../../core/formats/certificate';
import { hostName, userId } from '../../core/sys/credentials';
import { CommandExit, defineCommand, failed } from '../command';

const usage = 'Usage: flux-keygen PATH\n';

/** flux-keygen(1) */
export default defineCommand({
  name: 'keygen',
  summary: 'Generate the certificate that brokers of a configured instance share',
  usage: 'flux keygen PATH',
  examples: [['A new certificate', 'flux keygen /etc/flux/system/curve.cert']],
  run: async (ctx) => {
    const [file, ...more] = ctx.argv;
    if (more.length > 0 || file?.startsWith('-')) throw new CommandExit(1, { stderr: usage });
    if (file === undefined) {
      ctx.stderr.write(`${ctx.prog}: WARNING: add PATH argument to save generated certificate\n`);
      return;
    }
    const { curveKeyPair } = await import('zeromq');
    const hostname = hostName();
    try {
      writeCertificate(file, { ...curveKeyPair(), name: hostname }, { hostname, userid: userId(), time: new Date() });
    } catch (e) {
      throw failed(`zcert_save_secret ${file}`, e);
    }
  },
});
