import type { Variable } from './command-line.js'
import type { RunningSimulator } from './server.js'

/** What a command needs to find the simulator: by our names, by its own, and for a Node app without looking. */
export function commandEnvironment(
  simulator: RunningSimulator,
  variables: readonly Variable[],
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const held = { 'app-id': simulator.appId, 'app-secret': simulator.appSecret }
  // Compiled, this file and the preload lie beside each other.
  const preload = new URL('./preload/preload.js', import.meta.url).href
  return {
    ...simulator.env,
    ...Object.fromEntries(variables.map(({ name, holds }) => [name, held[holds]])),
    WECHAT_SIMULATOR_URL: simulator.url,
    NODE_OPTIONS: [environment.NODE_OPTIONS, `--import=${preload}`].filter(Boolean).join(' '),
  }
}
