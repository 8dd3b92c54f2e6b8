import { channel } from 'node:diagnostics_channel'
import { type ClientRequest, ServerResponse } from 'node:http'
import { afterAll, afterEach, expect } from 'vitest'
import { forgetOddSecrets, keepSecret, learnFromCall, scan, takeFindings, watchAnswer } from './canary.ts'

/**
 * Watches, during all tests, what people can see: the output of the process, its warnings, the events of the
 * diagnostics channels, and the answers of the servers under test. A test fails if one of them holds a secret.
 */

const EVENTS = [
  ...['refresh', 'refresh-failed', 'fenced', 'stale-served', 'invalidated', 'store-unavailable'],
  'request-failed',
]

/** Marks an object that is watched already, because one process runs many test files. */
const WATCHED = Symbol.for('express-wechat.tests.canary')

forgetOddSecrets()
keepSecret(process.env.WECHAT_APP_SECRET)
once(globalThis.console, watchConsole)
once(process, watchProcess)
once(ServerResponse.prototype, watchAnswers)

afterEach(() => expect(takeFindings()).toEqual([]))
afterAll(() => expect(takeFindings()).toEqual([]))

function once(target: object, watch: () => void): void {
  if (Object.hasOwn(target, WATCHED)) return
  Object.defineProperty(target, WATCHED, { value: true })
  watch()
}

function watchConsole(): void {
  const { console: output } = globalThis
  for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    const write = output[name].bind(output)
    output[name] = (...values: unknown[]) => {
      for (const value of values) scan(`console.${name}`, value)
      write(...values)
    }
  }
}

function watchProcess(): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = process[name]
    const write = stream.write.bind(stream) as (...parts: unknown[]) => boolean
    stream.write = (chunk: unknown, ...rest: unknown[]) => {
      scan(name, String(chunk))
      return write(chunk, ...rest)
    }
  }
  process.on('warning', warning => scan('warning', warning))
  for (const name of EVENTS) {
    channel(`express-wechat:${name}`).subscribe(event => scan(`event ${name}`, event))
  }
  channel('http.client.request.start').subscribe(event => {
    const { request } = event as { request: ClientRequest }
    learnFromCall(request.path)
  })
}

function watchAnswers(): void {
  const { prototype } = ServerResponse
  const write = prototype.write as (...parts: unknown[]) => boolean
  const end = prototype.end as (...parts: unknown[]) => ServerResponse
  prototype.write = function (this: ServerResponse, ...parts: unknown[]) {
    watchAnswer(this, parts[0])
    return write.apply(this, parts)
  }
  prototype.end = function (this: ServerResponse, ...parts: unknown[]) {
    watchAnswer(this, parts[0])
    return end.apply(this, parts)
  } as typeof prototype.end
}
