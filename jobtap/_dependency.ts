import { errorText, t } from 'flux';

const shape = t.wire({ value: t.string() });

/** The value of a job's dependency; undefined if it is no string, which `reject` is told of. */
export function dependencyValue(dependency: object, reject: (reason: string) => void): string | undefined {
  try {
    return shape.parse(dependency).value;
  } catch (e) {
    reject(errorText(e));
    return undefined;
  }
}
