/**
 * Recorded command lines (test/golden/cli.json) whose result can't be the original's, by id, with the reason. A test fails when one of
 * them comes to agree: then its row goes.
 */
export const differingCases: Readonly<Record<string, string>> = {
  'module.list-row': 'file size and digest are those of the original’s module',
  'module.list-svc': 'file sizes and digests are those of the original’s modules',
};

/** Recorded clients (test/golden/conversations.jsonl) whose answers differ from the original's: a pattern of the command, and the reason. */
export const differingAnswers: readonly [RegExp, string][] = [];

/** Recorded clients that may come too late: a pattern of the command, of the differences that this makes, and the reason. */
export const racingAnswers: readonly [command: RegExp, difference: RegExp, reason: string][] = [
  [
    /^flux mini run -o pty/,
    /terminus.*"errnum":38/,
    'the task may have ended before the client attaches, which then falls back to plain output',
  ],
];

/** Commands of those clients that print or return something else: a pattern of the command, and the reason. */
export const differingOutputs: readonly [RegExp, string][] = [
  [/^flux python .*import flux/, 'the Python bindings are no part of this installation'],
  [/^flux module list/, 'modules have other sizes, digests and order'],
  [/^flux mini run -o pty/, 'the original lost the output, as its error message says'],
];

/** Recorded readings of --begin-time (test/golden/cli.json, parse_datetime) that are not what the words mean, by the words, with the reason. */
export const differingDatetimes: Readonly<Record<string, string>> = {
  '2021-06-21T08:00:30': 'recorded as today 20:21, which its year says as a time; it is that time on that day',
  today: 'recorded as midnight, which is past; it is now',
  noon: 'recorded as today’s, which is past; it is tomorrow’s',
  midnight: 'recorded as today’s, which is past; it is the next',
  '8am': 'recorded as today’s, which is past; it is tomorrow’s',
  '8:30': 'recorded as today’s, which is past; it is tomorrow’s',
  '12am': 'recorded as today’s, which is past; it is the next',
  '12pm': 'recorded as today’s, which is past; it is tomorrow’s',
  'foo tomorrow': 'recorded as tomorrow; a word that is not understood may change the meaning of the others',
};
