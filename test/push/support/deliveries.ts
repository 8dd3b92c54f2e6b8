import type { ServerResponse } from 'node:http'
import express from 'express'
import {
  createTokenManager,
  type MessageHandlerOptions,
  messageHandler,
  type TokenStore,
} from 'express-wechat'
import type { Clock } from '../../../src/util/clock.ts'
import type { ManualClock } from '../../support/manual-clock.ts'
import { VECTORS } from '../wire/vectors.ts'
import { createPushClient } from './push-client.ts'

/** A delivery that is under way. */
export interface PendingDelivery {
  /** What WeChat was told; undefined as long as there is no answer. */
  answer: string | undefined
  status: number | undefined
  /** WeChat gives up. */
  hangUp(): void
}

export interface Process {
  deliver(fields: Record<string, string | number>): PendingDelivery
}

const { token, aesKey, appId } = VECTORS

/** One process of a service: its own token manager, over a store that others can share. */
export function startProcess(
  clock: Clock,
  store: TokenStore,
  options: Pick<MessageHandlerOptions, 'on' | 'late' | 'onError'>,
): Process {
  const tokenManager = createTokenManager({ appId, appSecret: 'secret-of-the-tests', clock, store })
  const app = express()
  app.all('/push', messageHandler({ tokenManager, token, encodingAesKey: aesKey, ...options }))
  const client = createPushClient(app, { token, aesKey, appId })

  return {
    deliver(fields) {
      let response: ServerResponse | undefined
      const delivery: PendingDelivery = {
        answer: undefined,
        status: undefined,
        hangUp() {
          if (delivery.answer !== undefined || !response) return
          // No socket is behind an injected response, so nothing else closes it.
          response.destroyed = true
          response.emit('close')
        },
      }
      const timestamp = Math.floor(clock.wallMs() / 1000)
      const onResponse = (res: ServerResponse) => {
        response = res
      }
      client.push(fields, { timestamp, onResponse }).then(
        answer => {
          delivery.status = answer.status
          delivery.answer = answer.status === 200 ? client.read(answer) : answer.text
        },
        () => {},
      )
      return delivery
    },
  }
}

/** Lets that much time pass in steps, and everything that a step wakes up run before the next one. */
export async function pass(clock: ManualClock, ms: number, settle: () => Promise<unknown> = settleTurns) {
  await settle()
  for (let passed = 0; passed < ms; passed += 100) {
    clock.advance(100)
    await settle()
  }
}

/** Without a connection, each step of a handler takes a few turns of the event loop at most. */
export async function settleTurns(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate)
}

/** WeChat's three deliveries of one message, 5 s apart, each closed after 5 s without an answer. */
export async function deliverThrice(
  clock: ManualClock,
  processes: readonly Process[],
  fields: Record<string, string | number>,
  settle?: () => Promise<unknown>,
): Promise<PendingDelivery[]> {
  const deliveries: PendingDelivery[] = []
  for (const process of processes) {
    const delivery = process.deliver(fields)
    deliveries.push(delivery)
    for (let passed = 0; passed < 5_000 && delivery.answer === undefined; passed += 500) {
      await pass(clock, 500, settle)
    }
    if (delivery.answer !== undefined) break
    delivery.hangUp()
  }
  return deliveries
}
