// jest-light-runner in processes, each with a channel of its own; failures have the positions of the sources.
//
// A new process asks for the configuration. The runner's one channel answers all processes that have a file by then; one that does not listen yet loses
// the answer, gets none when it asks itself, and the run never ends (jest-light-runner 0.7 and 0.8, `channel` in its index.js).
import { createRunner } from 'jest-light-runner';
import { withSourcePositions } from './source-positions.mjs';

export default class extends createRunner({ runtime: 'child_process' }) {
  async _runTest(test) {
    try {
      const result = await this.#run(test);
      result.failureMessage = withSourcePositions(result.failureMessage);
      for (const each of result.testResults) each.failureMessages = each.failureMessages.map(withSourcePositions);
      return result;
    } catch (error) {
      if (error?.stack) error.stack = withSourcePositions(error.stack);
      throw error;
    }
  }

  #run(test) {
    const { config } = test.context;
    const known = this._testRunners.get(config);
    if (!known) return super._runTest(test); // makes the pool, and is alone on its channel
    const workerData = { globalConfig: this._globalConfig, projectConfig: config, runtime: this._runtime };
    return known.pool.run(test.path, { channel: channelOf(workerData) });
  }
}

function channelOf(workerData) {
  let tell;
  return {
    onMessage: (listener) => {
      tell = listener;
    },
    postMessage: (message) => {
      if (message === 'jest-light-runner-get-worker-data') tell({ type: 'jest-light-runner-worker-data', workerData });
    },
  };
}
