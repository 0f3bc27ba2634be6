import type { TreeDir, Treeobj, TreeSymlink } from '../formats/treeobj';
import { isErrno } from '../sys/errors';
import type { KvsResult, KvsWanted } from './kvs-lookup';

/** Ways to read what stands under a key (flux_kvs_lookup(3)). `O`: options of a lookup. */
export abstract class KvsReader<O> {
  /** Reads a key. ENOENT: it isn't there; EISDIR, ENOTDIR, EINVAL: it is something else than what was wanted; ELOOP: more than ten links. */
  abstract lookup(key: string, wanted?: KvsWanted, options?: O): Promise<KvsResult>;

  /** As lookup(); undefined where nothing stands. */
  async find(key: string, wanted?: KvsWanted, options?: O): Promise<KvsResult | undefined> {
    try {
      return await this.lookup(key, wanted, options);
    } catch (e) {
      if (isErrno(e, 'ENOENT')) return undefined;
      throw e;
    }
  }

  /** The value's bytes. */
  async get(key: string, options?: O): Promise<Buffer> {
    return (await this.lookup(key, 'value', options)).bytes;
  }

  /** The value as UTF-8 text. */
  async getText(key: string, options?: O): Promise<string> {
    return (await this.lookup(key, 'value', options)).text;
  }

  /** The value, which is JSON. EPROTO: it is not. */
  async getJson<T = unknown>(key: string, options?: O): Promise<T> {
    return (await this.lookup(key, 'value', options)).json<T>();
  }

  /** The entries of a directory, as they are stored. */
  async readdir(key: string, options?: O): Promise<TreeDir> {
    return (await this.lookup(key, 'dir', options)).dir;
  }

  /** The target of a symbolic link, and its namespace if it names one. */
  async readlink(key: string, options?: O): Promise<TreeSymlink['data']> {
    return (await this.lookup(key, 'link', options)).link;
  }

  /** The tree object (RFC 11) that stands there. */
  async getTreeobj(key: string, options?: O): Promise<Treeobj> {
    return (await this.lookup(key, 'treeobj', options)).treeobj;
  }
}
