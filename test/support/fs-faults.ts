import fs from 'node:fs';

/** Says for a file whether an operation on it fails: the errno name, or undefined. */
export type Fault = (file: string) => string | undefined;

/** Operations of node:fs that fail as they are told to, until jest.restoreAllMocks(). */
export interface FsFaults {
  openSync?: Fault | undefined;
  /** Half of the bytes are written before it fails, as on a disk that is full. */
  writeSync?: Fault | undefined;
  ftruncateSync?: Fault | undefined;
  fdatasync?: Fault | undefined;
  fsync?: Fault | undefined;
}

type Callback = (error: NodeJS.ErrnoException | null) => void;

/** Spies on node:fs; what fails can be changed in the result at any time. */
export function fsFaults(): FsFaults {
  const faults: FsFaults = {};
  const failure = (operation: keyof FsFaults, file: string): NodeJS.ErrnoException | undefined => {
    const code = faults[operation]?.(file);
    return code === undefined ? undefined : Object.assign(new Error(`${code}: ${operation} was made to fail`), { code });
  };
  const ofDescriptor = (operation: keyof FsFaults, fd: number) =>
    faults[operation] && failure(operation, fs.readlinkSync(`/proc/self/fd/${fd}`));

  const { openSync, writeSync, ftruncateSync, fdatasync, fsync } = fs;
  jest.spyOn(fs, 'openSync').mockImplementation((file, ...rest) => {
    const error = failure('openSync', String(file));
    if (error) throw error;
    return openSync(file, ...rest);
  });
  jest.spyOn(fs, 'writeSync').mockImplementation(((fd: number, bytes: Buffer, offset: number, length: number, position: number) => {
    const error = ofDescriptor('writeSync', fd);
    if (error && offset > 0) throw error;
    return writeSync(fd, bytes, offset, error ? length >> 1 : length, position);
  }) as typeof fs.writeSync);
  jest.spyOn(fs, 'ftruncateSync').mockImplementation((fd, length) => {
    const error = ofDescriptor('ftruncateSync', fd);
    if (error) throw error;
    ftruncateSync(fd, length);
  });
  for (const [operation, real] of [
    ['fdatasync', fdatasync],
    ['fsync', fsync],
  ] as const) {
    jest.spyOn(fs, operation).mockImplementation(((fd: number, done: Callback) => {
      const error = ofDescriptor(operation, fd);
      if (error) setImmediate(done, error);
      else real(fd, done);
    }) as typeof fs.fsync);
  }
  return faults;
}
