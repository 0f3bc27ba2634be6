// node write-caches.cjs DIST BUNDLE…: loads the bundles as dist/run.js does and writes NAME.cache beside each. What has been compiled lazily
// by then is in the cache too.
'use strict';
const path = require('node:path');
const [, , dist, ...bundles] = process.argv;
const { load, writeCache } = require(path.join(dist, 'run.js'));
for (const name of bundles) {
  load(name);
  writeCache(name);
}
process.exit(0);
