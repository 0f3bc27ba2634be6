import fs from 'node:fs';
import path from 'node:path';
import { flux, inside, isInstalled, run, testWith } from './processes';

/** What bash would offer for each of the lines: a line of words for each. */
async function bash(...lines: string[]): Promise<string[]> {
  const script = `source <("$0" completion bash) || exit; compopt() { echo -n "[$*]"; }
    for COMP_LINE; do COMP_POINT=\${#COMP_LINE} COMP_WORDS=("$0"); _flux; echo "\${COMPREPLY[*]}"; done`;
  const { status, stdout, stderr } = await run(['bash', '-c', script, flux, ...lines]);
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').slice(0, -1);
}

test('bash completes commands, sub-commands, options and values', async () => {
  expect(await bash('flux mi', 'flux mini bulks', 'flux mini run --cores', 'flux jobs --color=al', 'flux mini batch ')).toEqual([
    'mini',
    'bulksubmit',
    '[-o nospace]--cores-per-task=',
    'always',
    '[-o default]',
  ]);
});

testWith(isInstalled('zsh'), 'zsh is not installed', 'zsh completes commands, sub-commands, options and values', async () => {
  const script = `compdef() { echo "compdef $*"; }; source <("$0" completion zsh)
    _describe() { print -rl -- "\${(@)described}" "\${(@)unfinished/#/... }"; }; _files() { echo files }; compset() { echo "compset $*"; }
    for line; do words=("\${(@Q)\${(z)line}}"); [[ $line == *' ' ]] && words+=(''); CURRENT=\${#words}; words[1]=$0; _flux; done`;
  const lines = ['flux mi', 'flux mini run --cores', 'flux jobs --color=al', 'flux mini run --output=x', 'flux help kvs names'];
  const { stdout, stderr } = await run(['zsh', '-fc', script, flux, ...lines]);
  expect(stderr).toBe('');
  expect(stdout.split('\n').filter(Boolean)).toEqual([
    'compdef _flux flux',
    'mini:Submit and run jobs',
    '... --cores-per-task=:Number of cores to allocate per task',
    '--color=always',
    'compset -P *=',
    'files',
    'namespace:Perform KVS namespace operations',
  ]);
});

test('jobs and modules of the instance are offered', async () => {
  const { stdout } = await inside(
    1,
    `id=$(flux mini submit --job-name=nap sleep 1000); flux completion words zsh job cancel '' | sed "s/$id/ID/"
     flux completion words zsh module remove kvs-w; flux job cancel $id`,
  );
  expect(stdout).toBe('ID\tnap\nkvs-watch\t\n');
});

test('a mistyped command is told which one was probably meant, those of FLUX_EXEC_PATH among them', async () => {
  const folder = fs.mkdtempSync(path.join(process.env['TMPDIR']!, 'commands-'));
  fs.writeFileSync(path.join(folder, 'flux-greet'), '#!/bin/sh\n', { mode: 0o755 });
  const told = async (...args: string[]) => (await run([flux, ...args], { env: { FLUX_EXEC_PATH: folder } })).stderr;
  expect(await told('mni')).toBe("flux: `mni' is not a flux command.  See 'flux --help'\nDid you mean 'mini'?\n");
  expect(await told('gret')).toBe("flux: `gret' is not a flux command.  See 'flux --help'\nDid you mean 'greet'?\n");
  expect(await told('nosuchcmd')).toBe("flux: `nosuchcmd' is not a flux command.  See 'flux --help'\n");
  expect(await told('--verion')).toBe(
    "flux: unrecognized option '--verion'\nTry `flux --help' for more information.\nDid you mean '--version'?\n",
  );
  fs.rmSync(folder, { recursive: true });
});
