import fs from 'node:fs';
import { createRequire } from 'node:module';
import type * as AjvModule from 'ajv';
import { defineValidator } from '../../../../core/plugin/define';
import { errorText, FluxError, toFluxError } from '../../../../core/sys/errors';

/** Any JSON schema: jobspec that does not fit is refused with the schema library's words. */
export default defineValidator({
  name: 'schema',
  api: 1,
  description: 'Validate jobspec with a JSON schema',
  options: { schema: { metavar: 'FILE', help: 'The schema, as JSON', required: true } },
  setup({ options }) {
    const validate = compile(options.schema!);
    return ({ jobspec }) => {
      // A copy without Real and bigint, which the schema library does not know.
      if (validate(JSON.parse(JSON.stringify(jobspec, bigintAsNumber)))) return;
      const [error] = validate.errors ?? [];
      throw new FluxError('EPERM', `${error?.instancePath ? `${error.instancePath.slice(1).replaceAll('/', '.')} ` : ''}${error?.message}`);
    };
  },
});

function compile(file: string): AjvModule.ValidateFunction {
  const schema = JSON.parse(read(file)) as AjvModule.AnySchema;
  // Kept out of the bundle: most validators never need it.
  const { Ajv } = createRequire(__filename)('ajv') as typeof AjvModule;
  return new Ajv({ strict: false }).compile(schema);
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (e) {
    throw new FluxError(toFluxError(e).code, `${file}: ${errorText(e)}`, { cause: e });
  }
}

const bigintAsNumber = (_: string, value: unknown) => (typeof value === 'bigint' ? Number(value) : value);
