import type { Platform } from './platform/platform.js'
import { faultPaths, type ScenarioName, scenarioNames } from './protocol/scenarios.js'

/** The person whom a scenario lets use the phone; undefined if any person may use it. */
export interface ScenarioResult {
  readonly personId?: string
}

const dayMs = 86_400_000

const scenarios: Readonly<Record<ScenarioName, (platform: Platform) => ScenarioResult>> = {
  'first visit of a stranger': ({ people }) => ({ personId: people.add({ nickname: '新访客' }).id }),
  'token revoked elsewhere': ({ accessTokens }) => {
    accessTokens.revoke()
    return {}
  },
  'callback opened twice': platform => {
    platform.configure({ doubleCallback: 'same-code' })
    return {}
  },
  'snapshot visitor': platform => {
    platform.configure({ snapshotPage: true })
    return {}
  },
  'WeChat is down for a minute': ({ faults }) => {
    // The authorize page does not fail, because WeChat serves it from another host than the API.
    for (const path of faultPaths.slice(1)) faults.during(path, { errcode: -1 }, 60_000)
    return {}
  },
  'photo older than three days': ({ clock }) => {
    clock.advance(3 * dayMs + 1_000)
    return {}
  },
}

/**
 * Plays a scenario, and returns the person whom it lets use the phone.
 * @throws {TypeError} if there is no scenario of this name.
 */
export function playScenario(platform: Platform, name: ScenarioName): ScenarioResult {
  const play = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined
  if (!play) throw new TypeError(`scenario: there is none "${name}"; there are ${scenarioNames.join(', ')}`)
  const result = play(platform)
  platform.changes.notify()
  return result
}
