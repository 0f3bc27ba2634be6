/** The part of cosmiconfig that loads files and looks nowhere else; its published types leave it out. */
declare module 'cosmiconfig/dist/Explorer.js' {
  export interface ExplorerOptions {
    moduleName: string;
    /** By extension. What one throws is thrown by load(). */
    loaders: Readonly<Record<string, (file: string, text: string) => unknown>>;
    transform: <T>(result: T) => T;
    cache: boolean;
    searchPlaces: readonly string[];
    searchStrategy: 'none';
    ignoreEmptySearchPlaces: boolean;
    mergeImportArrays: boolean;
    mergeSearchPlaces: boolean;
    metaConfigFilePath: null;
    /** Path, in a file called `package`, of the part that counts. */
    packageProp: readonly string[];
  }
  export class Explorer {
    constructor(options: ExplorerOptions);
    /** Null or without `config` for an empty file. Rejects with the error of reading or of the loader. */
    load(file: string): Promise<{ config?: unknown } | null>;
  }
}
