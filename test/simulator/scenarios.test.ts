import { describe, expect, it } from 'vitest'
import { scenarioNames } from '../../src/simulator/protocol/scenarios.ts'
import {
  accessToken,
  authorizeUrl,
  call,
  jpeg,
  legacyToken,
  simulate,
  stableToken,
  ticket,
} from './support.ts'

describe('a scenario', () => {
  it('puts a stranger in front of the phone', async () => {
    const simulator = await simulate()
    const { personId = '' } = simulator.scenario('first visit of a stranger')
    expect(simulator.people.get(personId)).toMatchObject({ isFollower: false })
    expect(simulator.approve(authorizeUrl(simulator), { personId })).toContain('code=')
  })

  it('revokes the token, as another system does', async () => {
    const simulator = await simulate()
    const token = await accessToken(simulator)
    simulator.scenario('token revoked elsewhere')
    expect((await ticket(simulator, token)).body.errcode).toBe(40001)
  })

  it('lets WeChat be busy for a minute of simulated time', async () => {
    const simulator = await simulate()
    simulator.scenario('WeChat is down for a minute')
    expect((await stableToken(simulator)).body.errcode).toBe(-1)
    expect((await legacyToken(simulator)).body.errcode).toBe(-1)
    simulator.advance(59_999)
    expect((await stableToken(simulator)).body.errcode).toBe(-1)
    simulator.advance(1)
    expect((await stableToken(simulator)).body.access_token).toBeDefined()
  })

  it('lets a photo grow older than three days', async () => {
    const simulator = await simulate()
    const mediaId = simulator.uploadMedia({ type: 'image', data: jpeg })
    simulator.scenario('photo older than three days')
    const access_token = await accessToken(simulator)
    const { body } = await call(simulator, '/cgi-bin/media/get', { access_token, media_id: mediaId })
    expect(body.errcode).toBe(40007)
  })

  it('opens callbacks twice, and shows snapshot pages', async () => {
    const simulator = await simulate()
    simulator.scenario('callback opened twice')
    simulator.scenario('snapshot visitor')
    expect(simulator.exportState().config).toMatchObject({ doubleCallback: 'same-code', snapshotPage: true })
  })

  it('is played by name over HTTP, and an unknown name is refused', async () => {
    const simulator = await simulate()
    const play = (name: string) =>
      call(
        simulator,
        '/simulator/scenarios',
        {},
        {
          method: 'POST',
          headers: { 'x-simulator-key': simulator.controlKey },
          body: JSON.stringify({ name }),
        },
      )
    for (const name of scenarioNames) expect((await play(name)).status, name).toBe(200)
    expect((await play('toString')).status).toBe(400)
    expect(() => simulator.scenario(Object('none'))).toThrow(TypeError)
  })
})
