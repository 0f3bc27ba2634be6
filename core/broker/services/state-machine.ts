import { stateMachine } from '../../protocol/state-machine';
import { type MakeResident, resident } from '../resident';
import { State, type StateName } from '../state-machine';
import { following } from './following';

/** States that nobody is told of: the streams end with the broker. */
const silent: readonly StateName[] = ['finalize', 'exit'];

/** Service `state-machine`: the state of the broker's life; children watch their parent's (docs/protocol/broker.md §9). */
export const stateMachineService: MakeResident = ({ states }) =>
  resident(stateMachine, {
    monitor: {
      once: () => ({ state: State[states.state] }),
      stream: (_, request) =>
        following(
          request,
          (push) => states.onChange((state) => silent.includes(state) || push({ state: State[state] })),
          () => [{ state: State[states.state] }],
        ),
    },
  });
