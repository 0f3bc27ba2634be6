import type { DecodedEntry } from '../../../core/formats/eventlog';
import type { OptionSpec, Options } from '../../args/getopt';
import { CommandError } from '../../command';
import { eventWithKeys } from '../../render/event';

/** Options of the sub-commands that show an eventlog. */
export const eventlogOptions: readonly OptionSpec[] = [
  { name: 'format', key: 'f', arg: 'FORMAT', help: 'Specify output format: text, json' },
  { name: 'time-format', key: 'T', arg: 'FORMAT', help: 'Specify time format: raw, iso, offset' },
  { name: 'path', key: 'p', arg: 'PATH', help: 'Specify alternate eventlog path suffix (e.g. "guest.exec.eventlog")' },
];

/** Lays out events one by one: as JSON, or as text with a time in one of three forms. */
export class EventFormatter {
  readonly #json: boolean;
  readonly #time: string;
  #first: number | undefined;

  /** @throws CommandError for a format nobody knows */
  constructor(opts: Options) {
    const format = opts.str('format') ?? 'text';
    this.#time = opts.str('time-format') ?? 'raw';
    if (format !== 'text' && format !== 'json') throw new CommandError('invalid format type');
    if (!['raw', 'iso', 'offset'].includes(this.#time)) throw new CommandError('invalid time-format type');
    this.#json = format === 'json';
  }

  /** To be called for each event that is read, also if it is not shown: the first one is where offsets begin. */
  read(entry: DecodedEntry): void {
    this.#first ??= entry.timestamp;
  }

  /** The line of an event, with its newline. */
  line(entry: DecodedEntry): string {
    this.read(entry);
    return this.#json ? `${entry.text}\n` : `${this.#timeText(entry.timestamp)} ${eventWithKeys(entry)}\n`;
  }

  #timeText(timestamp: number): string {
    if (this.#time === 'offset') return (timestamp - this.#first!).toFixed(6);
    if (this.#time === 'raw') return timestamp.toFixed(6);
    const seconds = Math.floor(timestamp);
    const microseconds = Math.floor((timestamp - seconds) * 1e6);
    return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(microseconds).padStart(6, '0')}Z`;
  }
}
