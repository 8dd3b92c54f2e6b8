import { expect, it } from 'vitest'
import { keepSignOfLife } from '../../../src/push/runs/sign-of-life.ts'
import { systemClock } from '../../../src/util/clock.ts'

it('the sign of life of a handler that never returns does not keep the process running', async () => {
  const put = Promise.withResolvers<string>()
  const store = {
    claim: async () => true,
    get: async () => undefined,
    put: async (key: string) => put.resolve(key),
  }
  const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  const before = timers()
  const life = keepSignOfLife(systemClock, store, 'a', 60_000)
  expect(await put.promise).toBe('a:alive')
  await new Promise(setImmediate)
  expect(timers()).toBe(before)
  await life.stop()
})
