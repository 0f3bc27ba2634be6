import { failedText } from '../../args/exit';

/** An answer of the job manager; its error gets the request's name in front: `submit-admin: TEXT`. */
export async function naming<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (e) {
    throw failedText(what, e);
  }
}
