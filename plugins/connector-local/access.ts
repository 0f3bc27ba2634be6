import { t } from 'flux';

const allowed = t.boolean({ default: false });

/** Table `[access]` of the configuration: who besides the instance owner may connect (docs/protocol/broker.md §11). */
export const access = t.wire(
  {
    /** Any user may, with the user role. */
    'allow-guest-user': allowed,
    /** Root may, with the owner role. */
    'allow-root-owner': allowed,
  },
  { unknown: 'reject', title: 'error parsing [access] configuration' },
);

export type Access = t.infer<typeof access>;
