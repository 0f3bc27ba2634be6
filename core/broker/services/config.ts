import { brokerConfig } from '../../protocol/config';
import { type MakeResident, resident } from '../resident';

/** Reading the configuration again (docs/protocol/broker.md §11, flux-config(1)). */
export const configService: MakeResident = ({ config }) => resident(brokerConfig, { reload: () => config.reload() });
