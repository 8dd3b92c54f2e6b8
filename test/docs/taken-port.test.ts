import { spawn } from 'node:child_process'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Listening, listen } from '../support/listen.ts'

let simulator: RunningSimulator
let taken: Listening

beforeAll(async () => {
  simulator = await startSimulator()
  taken = await listen((_req, res) => res.end())
})

afterAll(async () => {
  await Promise.all([simulator.close(), taken.close()])
})

it.each(['examples/quick-start.ts', 'examples/satellite.ts'])(
  '%s ends with an error if its port is taken',
  async example => {
    const { port } = new URL(taken.origin)
    const child = spawn(process.execPath, [example], {
      env: { ...process.env, ...simulator.env, PORT: port },
    })
    let printed = ''
    let errors = ''
    child.stdout.on('data', text => {
      printed += text
    })
    child.stderr.on('data', text => {
      errors += text
    })
    const code = await new Promise<number | null>(resolve => child.once('close', resolve))
    expect(code, errors).toBe(1)
    expect(errors).toContain(`EADDRINUSE: address already in use 127.0.0.1:${port}`)
    expect(printed).toBe('')
  },
)
