import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FluxInstance } from '../support/shell';
import { differingAnswers, racingAnswers } from './exceptions';
import { conversations } from './recording';
import { replay } from './replay';
import { StandIns } from './stand-ins';

describe('recorded clients of the original, C and Python, get the answers they got', () => {
  const standIns = new StandIns();
  let scratch: string;
  let instance: FluxInstance;
  beforeAll(async () => {
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-replay-'));
    instance = await FluxInstance.start(2, scratch);
  });
  afterAll(async () => {
    await instance.stop();
    fs.rmSync(scratch, { recursive: true });
  });

  for (const conversation of conversations.filter(({ connections }) => connections.flat().length > 0)) {
    const [, reason] = differingAnswers.find(([pattern]) => pattern.test(conversation.cmd)) ?? [];
    test(reason === undefined ? conversation.name : `${conversation.name} differs: ${reason}`, async () => {
      const lateness = racingAnswers.filter(([pattern]) => pattern.test(conversation.cmd)).map(([, difference]) => difference);
      const found = await replay(conversation, instance.uri.replace('local://', ''), standIns);
      const differences = found.filter((text) => !lateness.some((difference) => difference.test(text)));
      if (reason === undefined) expect(differences).toEqual([]);
      else expect(differences).not.toEqual([]);
    });
  }
});
