import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { TokenStore, TokenStoreAcquisition } from '../../tokens/stores/token-store.js'

/** The part of a test runner that the contract uses. */
export interface TestRunner {
  /** Defines a group of tests. */
  describe(name: string, define: () => void): unknown
  /** Defines a test. */
  it(name: string, run: () => Promise<void>): unknown
}

/** A store for one test, and how the test treats it. */
export interface TokenStoreUnderTest {
  store: TokenStore
  /** Lets this many milliseconds of the store's time pass. @default a real pause */
  advance?: ((ms: number) => Promise<void> | void) | undefined
  /**
   * By how many milliseconds a duration may be off, since a store behind a network answers later than it is asked.
   * @default 5,000
   */
  slackMs?: number | undefined
  /** Called after each test. */
  close?: (() => Promise<void> | void) | undefined
}

export interface StoreBench {
  store: TokenStore
  slackMs: number
  advance(ms: number): Promise<void>
  /** A slot that no other test uses. */
  slot: string
  newSlot(): string
  /** Asks for the credential; by default no refresh is due as long as the credential lives. */
  acquire(
    slot: string,
    owner: string,
    more?: { leaseMs?: number; refreshBeforeMs?: number; refreshBeforeRatio?: number },
  ): Promise<TokenStoreAcquisition>
  /** Gets the lease, and returns its fencing token. */
  lead(slot: string, owner: string, leaseMs?: number): Promise<number>
  /** Gets the lease and publishes. */
  publish(slot: string, value: string, ttlMs?: number): Promise<boolean>
}

export type StoreTest = (name: string, run: (bench: StoreBench) => Promise<void>) => void

export function createBench({ store, advance = delay, slackMs = 5_000 }: TokenStoreUnderTest): StoreBench {
  const newSlot = () => `{contract:${randomUUID()}}:access:stable`

  const acquire: StoreBench['acquire'] = (slot, owner, more = {}) =>
    store.acquire(slot, { owner, leaseMs: 10_000, refreshBeforeMs: 0, refreshBeforeRatio: 1, ...more })

  async function lead(slot: string, owner: string, leaseMs = 10_000): Promise<number> {
    const answer = await acquire(slot, owner, { leaseMs, refreshBeforeMs: Number.MAX_SAFE_INTEGER })
    assert.equal(answer.outcome, 'lead')
    return answer.fencingToken
  }

  return {
    store,
    slackMs,
    async advance(ms) {
      await advance(ms)
    },
    slot: newSlot(),
    newSlot,
    acquire,
    lead,
    async publish(slot, value, ttlMs = 60_000) {
      const owner = randomUUID()
      const fencingToken = await lead(slot, owner)
      return store.publish(slot, { owner, fencingToken, value, ttlMs, leaseAgeMs: 0, supersededTtlMs: 0 })
    },
  }
}

/** Asserts that a number lies between two bounds, both included. */
export function assertBetween(actual: number | undefined, least: number, most: number): void {
  assert.ok(
    actual !== undefined && actual >= least && actual <= most,
    `${actual} is not between ${least} and ${most}`,
  )
}
