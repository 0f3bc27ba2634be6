/** The steps of a broker from joining the tree to leaving it, which its life takes. */
export interface LifeSteps {
  /** Registers attributes and services. Clients stay outside until router.online is set. */
  prepare(): Promise<void>;
  /** Resolves when the parent has accepted this broker; rejects with its answer when it refuses, ECANCELED when this broker is stopped. */
  join(): Promise<void>;
  /** Unloads all modules, leaves the tree and closes the handle. */
  stop(): Promise<void>;
  /** Set by the life: told of what the connection to the parent has come to. */
  onParent: (change: 'lost' | 'back' | 'gone') => void;
}
