// A shell plugin in plain JavaScript: says hello in the job's log, and greets every task through its environment.
// examples/initrc.lua loads it.
const { defineShellPlugin } = require('flux');

module.exports = defineShellPlugin({
  name: 'greeting',
  api: 1,
  setup(s) {
    s.on('shell.init', (shell) => shell.log(`hello from shell ${shell.info.rank} of ${shell.info.size}`));
    s.on('task.init', (task) => {
      task.env.GREETING = `hi, task ${task.rank}`;
    });
  },
});
