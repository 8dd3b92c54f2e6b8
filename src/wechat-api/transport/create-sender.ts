import type { ConnectionKind, OutgoingNetwork } from '../network/outgoing-network.js'
import { createGotInstances } from './load-got.js'
import { type OutgoingRequest, type RawAnswer, sendRequest } from './send-request.js'

/** Sends one request, and never repeats it. @throws {TransportError} if no complete answer arrives */
export type Sender = (request: SingleRequest) => Promise<RawAnswer>

export interface SingleRequest extends Omit<OutgoingRequest, 'got' | 'signal'> {
  connection: ConnectionKind
}

/**
 * Makes a {@link Sender} that uses this network, for callers that report how many requests they made.
 *
 * @param connectTimeoutMs milliseconds for each of name lookup, connection and TLS handshake
 */
export function createSender(network: OutgoingNetwork, connectTimeoutMs: number): Sender {
  const gotInstance = createGotInstances(connectTimeoutMs)
  const { signal } = new AbortController()

  return async function send({ connection, ...request }) {
    const agents = await network.agentsFor(new URL(request.url), connection)
    return sendRequest({ ...request, got: await gotInstance(agents), signal })
  }
}
