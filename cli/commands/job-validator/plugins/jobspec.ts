import { validateJobspec } from '../../../../core/formats/jobspec-validate';
import { defineValidator } from '../../../../core/plugin/define';
import { FluxError } from '../../../../core/sys/errors';

/** The rules of jobspec, version 1 (RFC 25; docs/protocol/job-manager.md §3.5). */
export default defineValidator({
  name: 'jobspec',
  api: 1,
  description: 'Python bindings based jobspec validator',
  options: { 'require-version': { metavar: 'V', help: 'Require jobspec version V, or any', default: '1' } },
  setup({ options }) {
    const version = options['require-version'];
    if (version !== '1' && version !== 'any') throw new FluxError('EINVAL', 'Invalid argument to --require-version');
    const requireVersion = version === 'any' ? 'any' : 1;
    return ({ jobspec }) => {
      const { errnum, errstr } = validateJobspec(jobspec, { requireVersion });
      if (errnum !== 0) throw new FluxError(errnum, errstr);
    };
  },
});
