// jest's own reports, with the names of the sources: what `npm test` takes. `summary` (option): the lines at the end; else, what is said of each file.
import path from 'node:path';
import { DefaultReporter, SummaryReporter, VerboseReporter } from '@jest/reporters';
import { root } from './build-tree.mjs';
import { sourceOf } from './test-names.mjs';

const naming = (Reporter) =>
  class extends Reporter {
    printTestFileHeader(file, config, result) {
      const testFilePath = path.join(root, sourceOf(path.relative(root, file)));
      super.printTestFileHeader(testFilePath, config, { ...result, testFilePath });
    }
  };

export default function reporter(globalConfig, { summary = false } = {}) {
  if (summary) return new SummaryReporter({ ...globalConfig, nonFlagArgs: globalConfig.nonFlagArgs.map(sourceOf) });
  // As jest chooses: test by test if there is one file, or if asked for.
  return new (naming(globalConfig.verbose ? VerboseReporter : DefaultReporter))(globalConfig);
}
