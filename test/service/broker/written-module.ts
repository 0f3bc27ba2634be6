import fs from 'node:fs';
import path from 'node:path';

/** Writes the file of a module whose main() has this body; `extra` are further members of its definition. Gives its path. */
export function write(folder: string, name: string, body: string, extra = ''): string {
  const file = path.join(folder, `${name}.ts`);
  fs.writeFileSync(
    file,
    `import { defineModule, FluxError, NO_RESPONSE } from 'flux';\nexport default defineModule({ name: '${name}', api: 1, ${extra}\n async main(m) {\n${body}\n} });\n`,
  );
  return file;
}
