import { parseHwlocXml } from '../../../core/resource/hwloc-xml';
import { failedText } from '../../command';

/** What machines have in all, given a document of each: `2 Machines, 4 Cores, 4 PUs`, and `, 2 GPUs` where there are some. */
export function summary(documents: readonly string[]): string {
  const machines = documents.map(read);
  const total = (what: 'cores' | 'pus' | 'gpus') => machines.reduce((sum, machine) => sum + machine[what], 0);
  const gpus = total('gpus');
  // Cores and PUs never are singular.
  const parts = [counted(machines.length, 'Machine'), `${total('cores')} Cores`, `${total('pus')} PUs`];
  return [...parts, ...(gpus > 0 ? [counted(gpus, 'GPU')] : [])].join(', ');
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

function read(xml: string) {
  try {
    return parseHwlocXml(xml);
  } catch (e) {
    throw failedText('topology', e);
  }
}
