import dns from 'node:dns/promises';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnProcess } from '../../core/sys/spawn';
import { Daemon } from './daemon';
import { freePort } from './free-port';

/** The programs of Slurm and MUNGE; the servers are where only root's PATH leads. */
const programs = ['munged', 'slurmctld', 'slurmd', 'srun', 'sbatch', 'salloc'] as const;
const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
const find = (program: string) => folders.map((folder) => path.join(folder, program)).find((file) => fs.existsSync(file));

/** What this machine lacks of what a cluster needs; undefined if it has all. */
export function missingOfSlurm(): string | undefined {
  const missing = programs.find((program) => find(program) === undefined);
  return missing && `${missing} is not installed`;
}

/** A Slurm cluster of our own, on the address of the host's name: this machine is its one node, with eight CPUs whatever it has. All its files are in one folder. */
export class SlurmCluster {
  /** What its commands need in their environment. */
  readonly env: { SLURM_CONF: string };
  readonly #daemons: Daemon[] = [];

  private constructor(private readonly dir: string) {
    this.env = { SLURM_CONF: path.join(dir, 'slurm.conf') };
  }

  static async start(dir: string): Promise<SlurmCluster> {
    const cluster = new SlurmCluster(dir);
    try {
      await cluster.#start();
      return cluster;
    } catch (e) {
      await cluster.stop();
      throw e;
    }
  }

  async stop(): Promise<void> {
    const munged = fs.existsSync(path.join(this.dir, 'munge.pid')) ? [this.#munge('--stop')] : [];
    await Promise.all([...this.#daemons.map((daemon) => daemon.stop()), ...munged]);
  }

  async #start(): Promise<void> {
    for (const folder of ['state', 'spool']) fs.mkdirSync(path.join(this.dir, folder));
    fs.writeFileSync(path.join(this.dir, 'munge.key'), Buffer.alloc(128, 'key'), { mode: 0o600 });
    fs.writeFileSync(this.env.SLURM_CONF, configuration(this.dir, await addressOfHost(), await freePort(), await freePort()));
    await this.#munge();
    const start = async (program: 'slurmctld' | 'slurmd', words: string) =>
      this.#daemons.push(await Daemon.start([find(program)!, '-D', '-f', this.env.SLURM_CONF], words));
    await start('slurmctld', 'Running as primary controller');
    await start('slurmd', 'slurmd started on');
  }

  /** munged(8) goes to the background when it serves; with --stop it returns when the one that listens on the socket has ended. */
  async #munge(...options: string[]): Promise<void> {
    const files = {
      'key-file': 'munge.key',
      socket: 'munge.socket',
      'pid-file': 'munge.pid',
      'log-file': 'munge.log',
      'seed-file': 'munge.seed',
    };
    const paths = Object.entries(files).map(([option, file]) => `--${option}=${path.join(this.dir, file)}`);
    const { status } = await spawnProcess({ argv: [find('munged')!, '--force', ...paths, ...options], env: process.env }).exited;
    if (status !== 0) throw new Error(`munged ${options.join(' ')}: status ${status}`);
  }
}

/** Where Slurm's programs listen, if not everywhere: the loopback on most machines. */
async function addressOfHost(): Promise<string> {
  return (await dns.lookup(os.hostname(), 4)).address;
}

/** slurm.conf(5): no accounting, no containment, nothing outside of the folder and the address. */
function configuration(dir: string, address: string, controllerPort: number, nodePort: number): string {
  const host = os.hostname().split('.')[0]!;
  const { username } = os.userInfo();
  return `ClusterName=test
SlurmctldHost=${host}(${address})
SlurmUser=${username}
SlurmdUser=${username}
SlurmctldPort=${controllerPort}
SlurmdPort=${nodePort}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket=${dir}/munge.socket
CredType=cred/munge
MailProg=/bin/true
MpiDefault=none
LaunchParameters=use_interactive_step
InteractiveStepOptions="--interactive --preserve-env --overcommit /bin/sh"
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
StateSaveLocation=${dir}/state
SlurmdSpoolDir=${dir}/spool
SlurmctldPidFile=${dir}/slurmctld.pid
SlurmdPidFile=${dir}/slurmd.pid
NodeName=${host} NodeAddr=${address} CPUs=8
PartitionName=all Nodes=ALL Default=YES
`;
}
