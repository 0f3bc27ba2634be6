import { defineShellPlugin } from 'flux';
export default defineShellPlugin({ name: 'mpir', api: 1, setup() {} });
