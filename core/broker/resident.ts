import type { MethodHandler, MethodOptions, StreamHandler } from '../handle';
import type { Broker } from './broker';

/** One method of a resident service. */
export type ResidentMethod = MethodOptions &
  ({ handle: MethodHandler; stream?: undefined } | { stream: StreamHandler; handle?: undefined });

/** A service that lives in the broker itself, as a table of its topics. */
export interface ResidentService {
  name: string;
  /** Full topics. */
  methods: Record<string, ResidentMethod>;
}

/** Makes a resident service for one broker. */
export type MakeResident = (broker: Broker) => ResidentService;
