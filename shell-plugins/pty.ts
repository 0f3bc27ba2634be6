import { defineShellPlugin } from 'flux';
export default defineShellPlugin({
  name: 'pty',
  api: 1,
  setup(s) {
    s.on('shell.init', (shell) => shell.setenv('FLUX_TERMINUS_SESSION', '0'));
  },
});
