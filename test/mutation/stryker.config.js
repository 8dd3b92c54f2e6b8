/**
 * Mutation tests of the security decisions: each line of these files is changed in small ways, and a test has to fail.
 * `npm run mutation`; one file with `npm run mutation -- --mutate src/login/oauth/return-url.ts`.
 */
export default {
  mutate: [
    // The return URL, the page URL, and the address of a video.
    'src/login/oauth/return-url.ts',
    'src/jssdk/page-url.ts',
    'src/wechat-api/media/video-address.ts',
    'src/wechat-api/media/ssrf-safe-lookup.ts',
    // The login: state, cookies and the exchange of the code.
    'src/login/oauth/login-state.ts',
    'src/login/oauth/login-cookies.ts',
    'src/login/oauth/code-exchange.ts',
    'src/http/cookies.ts',
    // Who we are, and who may call.
    'src/http/origin/public-origin.ts',
    'src/http/origin/request-origin.ts',
    'src/service-keys/require-service-key.ts',
    'src/service-keys/failed-attempts.ts',
  ],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // On a busy machine a slow test is no killed mutant: only a mutant that loops for a minute times out.
  timeoutMS: 60_000,
  timeoutFactor: 10,
  dryRunTimeoutMinutes: 10,
  thresholds: { high: 95, low: 85, break: 85 },
  reporters: ['clear-text', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: 'artifacts/mutation/report.json' },
  tempDirName: 'artifacts/mutation/sandbox',
  ignorePatterns: ['artifacts', 'dist', 'docs'],
  // The sources are run as they are: no compiler reads the copy's tsconfig.json.
  tsconfigFile: 'none',
  allowEmpty: false,
}
