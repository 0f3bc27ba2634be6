/** How often the event loop comes round until it has seen whatever was there: sockets, pipes and signals of that moment. */
const TURNS = 3;

/** Resolves when all that had come to this process by now, from the system, has been handled. */
export async function loopTurns(): Promise<void> {
  for (let turns = 0; turns < TURNS; turns++) await new Promise((resolve) => setImmediate(resolve));
}
