import fs from 'node:fs';
import { describeError, errorMessage, errorStack, errorText, FluxError, toFluxError } from '../../../core/sys/errors';
import { strerror } from '../../../core/sys/strerror';

/** An error of Node's, with its own words and the file in them. */
function systemError(): unknown {
  try {
    return fs.readFileSync('/nosuch');
  } catch (e) {
    return e;
  }
}

/** As a FluxError of another copy of the library, as a plugin may have brought it along. */
class ForeignError extends Error {
  constructor(
    readonly code: string,
    readonly errnum: number,
    readonly text?: string,
  ) {
    super(text ?? strerror(errnum));
  }
}

test.each<[string, unknown, string]>([
  ['a FluxError with a text', new FluxError('ENOENT', 'no such job'), 'no such job'],
  ['a FluxError without', new FluxError('ENOENT'), 'No such file or directory'],
  ['one of another copy of the library', new ForeignError('ENOENT', 2, 'no such job'), 'no such job'],
  ['an error of the system', systemError(), 'No such file or directory'],
  ['any other error', new TypeError('x is no function'), 'x is no function'],
  ['what is no error', 'words', 'words'],
])('the text of %s', (_, e, text) => {
  expect(errorText(e)).toBe(text);
});

test('an error of another copy of the library keeps errno and text', () => {
  expect(toFluxError(new ForeignError('ENOENT', 2, 'no such job'))).toMatchObject({ code: 'ENOENT', errnum: 2, text: 'no such job' });
  expect(toFluxError(new ForeignError('EPERM', 1))).toMatchObject({
    code: 'EPERM',
    errnum: 1,
    text: undefined,
    message: 'Operation not permitted',
  });
});

test('the message is as the thrower worded it', () => {
  expect(errorMessage(systemError())).toBe("ENOENT: no such file or directory, open '/nosuch'");
  expect([errorMessage('words'), errorStack('words')]).toEqual(['words', 'words']);
});

test('an error is described by its stack where nobody meant it, else by its text', () => {
  const bug = new TypeError('x is no function');
  expect(describeError(bug)).toBe(bug.stack);
  expect(describeError(new FluxError('EINVAL', 'no such option'))).toBe('no such option');
  expect(describeError('words')).toBe('words');
});
