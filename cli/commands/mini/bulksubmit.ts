import type { CommandContext } from '../../command';
import type { MiniOptions } from './options';

export async function bulksubmit(_ctx: CommandContext, _options: MiniOptions): Promise<number> {
  throw new Error('not yet');
}
