import type { JobShell } from './shell';

export async function loadInitrc(_shell: JobShell): Promise<void> {}
