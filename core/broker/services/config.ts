import type { MakeResident } from '../resident';

/** Reading the configuration again (contract/broker.md §11, flux-config(1)). */
export const configService: MakeResident = ({ config }) => ({
  name: 'config',
  methods: { 'config.reload': { handle: () => config.reload() } },
});
