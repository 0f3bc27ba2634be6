// A broker module: a service of its own, a second one that it registers, a stream, and a timer.
//
//   flux module load ./examples/hello.ts max=3        (reload after an edit: flux module reload ./examples/hello.ts)
//   flux ping hello
import { defineModule, FluxError, t } from 'flux';

export default defineModule({
  name: 'hello',
  api: 1,
  services: ['greeter'],
  args: t.object({ max: t.int({ min: 1, default: 10 }) }),
  async main(m) {
    let greetings = 0;
    m.serve('greet', { roles: ['owner', 'user'], payload: t.object({ name: t.string() }) }, ({ name }, request) => {
      if (greetings === m.options.max) throw new FluxError('EBUSY', `no more than ${m.options.max} greetings`);
      greetings++;
      return { text: `hi ${name}`, userid: request.userid };
    });
    m.serve('greeter.count', { roles: ['owner', 'user'] }, () => ({ greetings }));
    m.serveStream('count', { payload: t.object({ n: t.int({ min: 0 }) }) }, async function* ({ n }) {
      for (let i = 0; i < n; i++) yield { i };
    });
    m.every(60_000, () => m.log.info(`${greetings} greetings so far`));
  },
});
