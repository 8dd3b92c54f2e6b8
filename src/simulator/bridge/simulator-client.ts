import type {
  MediaUploadAnswer,
  PaySignAnswer,
  PaySignature,
  PreverifyAnswer,
  PreverifyRequest,
} from '../protocol/bridge.js'

/** Sends the bridge's requests to the simulator's server. */
export class SimulatorClient {
  readonly #baseUrl: string

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl
  }

  async preverify(request: PreverifyRequest): Promise<PreverifyAnswer> {
    const response = await this.#fetch('/simulator/page/preverify', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(request),
    })
    const answer: unknown = await response.json()
    if (isPreverifyAnswer(answer)) return answer
    throw new Error('the simulator answered with something that is no verdict')
  }

  /** Lets the server verify `paySign`. Undefined if it has no key or does not answer; the pay sheet then asks for one. */
  async verifyPaySign(payment: Record<string, unknown>): Promise<PaySignature | undefined> {
    try {
      const response = await this.#fetch('/simulator/page/pay-sign', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(payment),
      })
      const { signature }: PaySignAnswer = await response.json()
      return signature
    } catch {
      return undefined
    }
  }

  async uploadImage(file: Blob): Promise<string> {
    return this.#upload('type=image', file)
  }

  async uploadVoice(pcm8k: Int16Array, pcm16k: Int16Array): Promise<string> {
    const body = new Blob([littleEndian(pcm8k), littleEndian(pcm16k)], { type: 'application/octet-stream' })
    return this.#upload(`type=voice&split=${pcm8k.byteLength}`, body)
  }

  async downloadImage(mediaId: string): Promise<Blob> {
    const response = await this.#fetch(mediaPath(mediaId))
    return response.blob()
  }

  async downloadVoice(mediaId: string): Promise<Blob> {
    const response = await this.#fetch(`${mediaPath(mediaId)}?format=wav`)
    return response.blob()
  }

  async #upload(query: string, body: Blob): Promise<string> {
    const response = await this.#fetch(`/simulator/page/media?${query}`, {
      method: 'POST',
      headers: { 'Content-Type': body.type || 'application/octet-stream' },
      body,
    })
    const { media_id: mediaId }: Partial<MediaUploadAnswer> = await response.json()
    if (typeof mediaId === 'string') return mediaId
    throw new Error('the simulator answered an upload without a media_id')
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(this.#baseUrl + path, { ...init, credentials: 'omit', cache: 'no-store' })
    if (response.ok) return response
    const { error }: { error?: unknown } = await response.json().catch(() => ({}))
    throw new Error(
      `the simulator answered ${path.split('?')[0]} with ${response.status} ${error ?? ''}`.trim(),
    )
  }
}

function mediaPath(mediaId: string): string {
  return `/simulator/page/media/${encodeURIComponent(mediaId)}`
}

function isPreverifyAnswer(value: unknown): value is PreverifyAnswer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'isAccepted' in value &&
    typeof value.isAccepted === 'boolean'
  )
}

function littleEndian(samples: Int16Array): ArrayBuffer {
  const bytes = new ArrayBuffer(samples.length * 2)
  const view = new DataView(bytes)
  samples.forEach((sample, index) => {
    view.setInt16(index * 2, sample, true)
  })
  return bytes
}
