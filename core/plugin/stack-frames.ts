/** A place in a file that a stack trace names. */
export interface StackFrame {
  readonly file: string;
  readonly line: number;
}

const FRAME = /^\s+at (?:.*? \()?(?:async )?(?:file:\/\/)?(\/.*?):(\d+)(?::\d+)?\)?$/gm;

/** The frames of a stack that lie in files, from the top. */
export function* stackFrames(error: Error): Generator<StackFrame> {
  for (const [, file, line] of (error.stack ?? '').matchAll(FRAME)) yield { file: file!, line: Number(line) };
}
