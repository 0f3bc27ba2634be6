// dist/: the installation. Bundles are CommonJS; native packages and `flux` (for plugins) stay external.
export async function buildDist() {}
