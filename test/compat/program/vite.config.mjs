export default {
  logLevel: 'warn',
  build: { outDir: 'built', rollupOptions: { input: 'page.js', output: { entryFileNames: 'page.js' } } },
}
