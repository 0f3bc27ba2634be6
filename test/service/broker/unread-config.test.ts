import fs from 'node:fs';
import path from 'node:path';
import { testInstance } from '../../../core/testing';

const job = (definition: string) => `module.exports = require('flux').defineJobtap({ api: 1, setup() {}, ${definition} });\n`;

test('after rc1 and at a reload the log warns of what nothing reads; tables of plugins that are loaded are read', async () => {
  const folder = fs.mkdtempSync('/tmp/flux-reads-');
  try {
    fs.writeFileSync(path.join(folder, 'limits.js'), job(`name: 'limits'`));
    fs.writeFileSync(path.join(folder, 'site.js'), job(`name: 'site', reads: ['ours.jobs']`));
    const t = await testInstance({
      size: 2,
      rc1: true,
      config: {
        queues: { debug: {} },
        exec: { 'job-shel': '/x', imp: '/y' },
        'job-manager': {
          plugins: [{ load: path.join(folder, 'limits.js') }, { load: path.join(folder, 'site.js') }, { load: 'perilog' }],
          prolog: { command: ['true'] },
        },
        limits: { max: 1 },
        ours: { jobs: 1, modules: 2, threads: 3, nodes: 4 },
        late: { a: 1 },
        resource: { noverify: true },
      },
    });
    try {
      const warned = (rank: number) => t.brokers[rank]!.log.entries.flatMap((line) => /config: nothing reads (.*)/.exec(line)?.[1] ?? []);
      const always = ['[queues]', 'exec.job-shel; did you mean job-shell?'];
      expect(warned(0)).toEqual([...always, 'ours.modules', 'ours.threads', 'ours.nodes', '[late]']);
      expect(warned(1)).toEqual([]);
      const before = warned(0).length;
      await t.load(0, { name: 'late', api: 1, main() {} });
      await t.load(0, { name: 'reader', api: 1, reads: ['ours.modules'], main: (m) => m.reads(['ours.nodes']) });
      const threaded = path.join(folder, 'threaded.js');
      const source = `module.exports = require('flux').defineModule({ name: 'threaded', api: 1, thread: true, main: (m) => m.reads(['ours.threads']) });\n`;
      fs.writeFileSync(threaded, source);
      await t.load(0, threaded);
      await t.flux.rpc('config.reload');
      expect(warned(0).slice(before)).toEqual(always);
    } finally {
      await t.stop();
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
