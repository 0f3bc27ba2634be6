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

const ranges = 'jobspecs of version 1 have no ranges (RFC 25): their jobs were accepted and could never get resources';
const booleans = 'true is no integer (RFC 14, RFC 25)';

/** Recorded verdicts of the jobspec validator (test/golden/jobs.json) that the original should not have given, by case: the text of ours, and the reason. */
export const differingVerdicts: Readonly<Record<string, readonly [errstr: string, reason: string]>> = {
  'version=True': ['version must be 1', booleans],
  'res count=True': ['count must be an int or mapping', booleans],
  "task count={'per_slot': True}": ['count per_slot must be an int', booleans],
  "res count={'min': 1}": ['count must be an int: version 1 has no ranges', ranges],
  "res count={'min': 1, 'max': 2, 'operator': '+', 'operand': 1}": ['count must be an int: version 1 has no ranges', ranges],
  'tasks=[]': ['tasks must not be empty', 'a job without a task can only fail'],
  "tasks=''": ['tasks must not be empty', 'a job without a task can only fail'],
  'duration=True': ['attributes.system.duration must be a number', booleans],
  'duration=-5': ['attributes.system.duration must be >= 0', 'RFC 14: a duration is not negative'],
  'duration=inf': ['attributes.system.duration must be <= 4320000000000', 'the end of the job would be no date'],
  'cwd=5': ['attributes.system.cwd must be a string', 'RFC 14: it is a path'],
  'environment=5': ['attributes.system.environment must be a mapping', 'RFC 14: it is a dictionary'],
};

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

/*
 * Recordings that were amended, because programs beside ours fail with what the original did:
 *
 * - shell.json, environments of jobs: OMPI_MCA_pmix=flux and OMPI_MCA_schizo=flux are not set, as mpirun of Open MPI 4 dies with the one and knows none of its
 *   options with the other. OMPI_MCA_pmix_flux_priority and OMPI_MCA_mca_base_envar_file_prefix stand there instead (docs/mpi.md).
 * - shell.json, FLUX_CONNECTOR_PATH, and cli.json, front.env-manpath: what this installation does not have is not named (docs/clients.md).
 */
