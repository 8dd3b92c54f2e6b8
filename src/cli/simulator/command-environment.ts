import type { RunningSimulator } from '../../simulator/index.js'
import type { Variable } from './command-line.js'

/** The built module that reroutes calls to WeChat. Its path differs between this source file and the bundle in `dist`. */
const preload = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/simulator-preload.js' : './simulator-preload.js',
  import.meta.url,
)

/**
 * The variables by which a command finds the simulator: those that this package reads, those of the app's own that
 * `--env` names, and a `NODE_OPTIONS` that makes a Node app's calls to WeChat go to the simulator.
 */
export function commandEnvironment(
  simulator: RunningSimulator,
  variables: readonly Variable[],
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const held = { 'app-id': simulator.appId, 'app-secret': simulator.appSecret }
  return {
    ...simulator.env,
    ...Object.fromEntries(variables.map(({ name, holds }) => [name, held[holds]])),
    WECHAT_SIMULATOR_URL: simulator.url,
    NODE_OPTIONS: [environment.NODE_OPTIONS, `--import=${preload.href}`].filter(Boolean).join(' '),
  }
}
