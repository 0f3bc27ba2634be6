import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FluxInstance, killRunning, plainEnvironment, shell } from '../support/shell';
import { differingOutputs } from './exceptions';
import { lineOf, outputs } from './outputs';
import { conversations } from './recording';

describe('the commands of recorded conversations print and return what they did', () => {
  let scratch: string;
  let instance: FluxInstance;
  beforeAll(async () => {
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-outputs-'));
    instance = await FluxInstance.start(2, scratch);
  });
  afterEach(killRunning);
  afterAll(async () => {
    await instance.stop();
    fs.rmSync(scratch, { recursive: true });
  });

  for (const conversation of conversations) {
    const [, reason] = differingOutputs.find(([pattern]) => pattern.test(conversation.cmd)) ?? [];
    test(reason === undefined ? conversation.name : `${conversation.name} differs: ${reason}`, async () => {
      const env = { ...plainEnvironment(scratch), FLUX_URI: instance.uri };
      const { expected, actual } = outputs(conversation, await shell(lineOf(conversation), { cwd: scratch, env }), instance.rundir);
      if (reason === undefined) expect(actual).toEqual(expected);
      else expect(actual).not.toEqual(expected);
    });
  }
});
