import { AsyncQueue } from '../../handle';
import type { MakeResident } from '../resident';
import { State, type StateName } from '../state-machine';

/** States that nobody is told of: the streams end with the broker. */
const silent: readonly StateName[] = ['finalize', 'exit'];

/** What state the broker is in; children watch their parent's (contract/broker.md §9). */
export const stateMachineService: MakeResident = ({ states }) => ({
  name: 'state-machine',
  methods: {
    'state-machine.monitor': {
      handle: () => ({ state: State[states.state] }),
      stream: async function* (_, request) {
        const changes = new AsyncQueue<StateName>();
        const unlisten = states.onChange((state) => {
          if (!silent.includes(state)) changes.push(state);
        });
        request.signal.addEventListener('abort', () => changes.end());
        try {
          yield { state: State[states.state] };
          for await (const state of changes) yield { state: State[state] };
        } finally {
          unlisten();
        }
      },
    },
  },
});
