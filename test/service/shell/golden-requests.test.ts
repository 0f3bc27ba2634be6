import fs from 'node:fs';
import path from 'node:path';
import { Flag, type Message } from '../../../core/message';
import { golden } from '../../unit/formats/golden';
import { scratch, simpleJobspec, simpleR } from '../../unit/shell/standalone';
import { type RunningJob, ShellInstance, started } from './shell-job';

/** A request as it was recorded; values of KVS operations are decoded. */
interface Sent {
  topic: string;
  nodeid: string;
  streaming?: true;
  noresponse?: true;
  payload: Record<string, unknown>;
}
interface Operation {
  key: string;
  flags: number;
  dirent: { data: string };
}
/** Between requests stands what the shell printed. */
const { runs } = golden<{ shell_requests: { runs: Record<string, (Sent | { stderr: string })[][]> } }>('shell.json').shell_requests;

let four: ShellInstance;
beforeAll(async () => {
  four = await ShellInstance.start(4);
});
afterAll(() => four.stop());
afterEach(() => jest.restoreAllMocks());
const folder = scratch();

/** Puts a card, and reads those of all; twice, with a key that all have written; asks for one that nobody has. */
const EXCHANGE = `
ask() { echo "$1" >&$PMI_FD; read -r -u $PMI_FD line; }
r=$FLUX_TASK_RANK n=$FLUX_JOB_SIZE
ask "cmd=init pmi_version=1 pmi_subversion=1"
ask "cmd=get_my_kvsname"
name=\${line##*=}
ask "cmd=get kvsname=$name key=nokey"
ask "cmd=put kvsname=$name key=card-$r value=hello from $r = ok"
ask "cmd=barrier_in"
for ((i = 0; i < n; i++)); do ask "cmd=get kvsname=$name key=card-$i"; done
ask "cmd=put kvsname=$name key=card-0 value=over$r"
ask "cmd=put kvsname=$name key=r2-$r value=second$r"
ask "cmd=barrier_in"
ask "cmd=get kvsname=$name key=r2-$(((r + 1) % n))"
ask "cmd=get kvsname=$name key=card-0"
ask "cmd=barrier_in"
ask "cmd=finalize"
`;
const PRINT = 'echo task $FLUX_TASK_RANK out; echo task $FLUX_TASK_RANK err >&2';
/** The recorded client ended standard input as it attached. */
const UNTIL_EOF = 'cat >/dev/null\n';
const bash = (script: string) => ['bash', '--norc', '-c', script];

interface Run {
  command: string[];
  /** One task each. */
  nodes?: number;
  ntasks?: number;
  options?: (work: string) => object;
  /** The client ends standard input. */
  stdin?: true;
  /** Requests that were recorded and ours does without, and that ours sends besides; why. */
  differs?: { less: Partial<Sent>[]; more: Partial<Sent>[] };
}
const watchInput = { topic: 'job-info.eventlog-watch', payload: { path: 'guest.input' } };
const cancelWatch = { topic: 'job-info.eventlog-watch-cancel' };
const table: Record<string, Run> = {
  simple: { nodes: 2, command: bash(UNTIL_EOF + PRINT), stdin: true },
  exchange: { nodes: 3, command: bash(UNTIL_EOF + EXCHANGE), stdin: true },
  native: { nodes: 2, command: bash(UNTIL_EOF + EXCHANGE), stdin: true, options: () => ({ pmi: { kvs: 'native' } }) },
  fatal: {
    command: ['/no/such'],
    // The recorded shell exits, and its connection with it; ours may share one. Nobody reads the input of a task that did not start.
    differs: { less: [watchInput], more: [{ topic: 'service.remove' }] },
  },
  infile: {
    ntasks: 2,
    command: ['cat'],
    options: (work) => ({ input: { stdin: { type: 'file', path: `${work}/infile` } } }),
    // Each recorded task has a watch of its own, and one of them is cancelled twice; ours share one.
    differs: { less: [watchInput, cancelWatch, cancelWatch], more: [] },
  },
  outfile: {
    nodes: 2,
    command: bash(UNTIL_EOF + PRINT),
    stdin: true,
    options: (work) => ({ output: { stdout: { type: 'file', path: `${work}/tr/outfile.txt` } } }),
  },
};

/** Runs a job, and gives what each of its shells has sent. */
async function sentBy(id: bigint, { command, nodes, ntasks = 1, options, stdin }: Run, work: string): Promise<Sent[][]> {
  const all: Sent[][] = [];
  const open = four.instance.open.bind(four.instance);
  jest.spyOn(four.instance, 'open').mockImplementation(async (rank = 0) => {
    const flux = await open(rank);
    const send = flux.send.bind(flux);
    jest.spyOn(flux, 'send').mockImplementation((message) => {
      const request = requestIn(message, work);
      if (request) (all[rank] ??= []).push(request);
      send(message);
    });
    return flux;
  });
  const jobspec = simpleJobspec(command, { ntasks, options: options?.(work) ?? {} });
  const node = { type: 'node', count: nodes, with: jobspec.resources };
  const eof = async (job: RunningJob) => {
    await started(job);
    await four.instance.flux.rpc(`${job.service}.stdin`, { stream: 'stdin', rank: 'all', eof: true }, { nodeid: 0 });
  };
  await four.run({
    id,
    jobspec: nodes ? { ...jobspec, resources: [node] } : jobspec,
    R: simpleR({ core: '0-1' }, nodes ? `0-${nodes - 1}` : '0'),
    ...(stdin ? { during: eof } : {}),
  });
  return all;
}

function requestIn(message: Message, work: string): Sent | undefined {
  if (message.type !== 1) return undefined;
  const text = JSON.stringify(message.json()).replaceAll(work, '@WORK@').replaceAll(`${process.getuid!()}-shell-`, '0-shell-');
  const payload = JSON.parse(text) as Record<string, unknown>;
  const { topic = '' } = message;
  for (const { dirent } of operationsIn(payload)) dirent.data = Buffer.from(dirent.data, 'base64').toString().replaceAll(work, '@WORK@');
  return {
    topic: topic.replace(`${process.getuid!()}-shell-`, '0-shell-'),
    nodeid: message.nodeid === 0xffffffff ? 'any' : String(message.nodeid),
    ...(message.flags & Flag.streaming ? { streaming: true as const } : {}),
    ...(message.flags & Flag.noresponse ? { noresponse: true as const } : {}),
    payload,
  };
}

const operationsIn = ({ ops }: Record<string, unknown>) => (ops ?? []) as Operation[];

/**
 * Requests without what differs between two runs of the same shell: times and process ids, matchtags, how much was written or committed at once,
 * which task ended first, and in what order stand requests that don't wait for each other. A connection of its own asks for its rank, and subscribes in
 * the connector; in this process the broker does.
 */
function comparable(sent: Sent[]) {
  const requests: string[] = [];
  const commits: Record<string, string[]> = {};
  const streams: Record<string, string> = {};
  const write = ({ stream, rank, data = '', eof }: Record<string, unknown>) => {
    streams[`${stream} ${rank}`] = `${streams[`${stream} ${rank}`] ?? ''}${data}${eof ? 'EOF' : ''}`;
  };
  const commit = ({ key, flags, dirent: { data } }: Operation) => {
    for (const line of data.trimEnd().split('\n')) {
      const { name, context } = JSON.parse(line) as { name: string; context: Record<string, unknown> };
      if (key === 'output' && name === 'data') write(context);
      else
        (commits[`${key} ${flags}`] ??= []).push(
          canonical([name, name === 'shell.task-exit' ? without(context, 'rank', 'localid') : context]),
        );
    }
  };
  for (const { payload, ...request } of sent) {
    if (request.topic === 'attr.get' && payload['name'] === 'rank') continue;
    if (request.topic === 'kvs.commit') for (const operation of operationsIn(payload)) commit(operation);
    else if (request.topic.endsWith('.write')) write(payload);
    else requests.push(canonical({ ...request, topic: request.topic.replace(/^(local|broker)\.sub$/, 'SUBSCRIBE'), payload }));
  }
  return { requests: requests.sort(), commits, streams };
}

/** Takes out of `sent` one request for each of `patterns`; what was taken. */
function take(sent: Sent[], patterns: Partial<Sent>[] = []): Sent[] {
  return patterns.flatMap(({ topic, payload }) => {
    const at = sent.findIndex((one) => one.topic === topic && (!payload || one.payload['path'] === payload['path']));
    return at < 0 ? [] : sent.splice(at, 1);
  });
}

const VARIES = ['pid', 'matchtag', 'file', 'line'];
const canonical = (value: unknown): string =>
  JSON.stringify(value, (key, one) => {
    if (VARIES.includes(key)) return undefined;
    return one && typeof one === 'object' && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort()) : one;
  });
const without = (object: Record<string, unknown>, ...keys: string[]) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

describe('the shells of a job send what was recorded:', () => {
  test('each recorded run is in the table', () => expect(Object.keys(table)).toEqual(Object.keys(runs)));

  test.each(Object.entries(table))('%s', async (name, run) => {
    const work = folder();
    fs.mkdirSync(path.join(work, 'tr'));
    fs.writeFileSync(path.join(work, 'infile'), 'file line 1\nfile line 2\n');
    const recorded = runs[name]!.map((shell) => shell.filter((one): one is Sent => 'topic' in one));
    const { id } = recorded[0]!.find(({ topic }) => topic === 'job-info.lookup')!.payload;
    const sent = await sentBy(BigInt(id as number), run, work);
    const { less = [], more = [] } = run.differs ?? {};
    expect(take(recorded[0]!, less)).toHaveLength(less.length);
    expect(take(sent[0]!, more)).toHaveLength(more.length);
    expect(sent.map(comparable)).toEqual(recorded.map(comparable));
  });
});
