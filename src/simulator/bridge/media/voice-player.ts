import type { LocalVoice } from './local-media.js'

interface Playing {
  localId: string
  stop(): void
  /** Seconds from the beginning of the voice. */
  positionSeconds(): number
}

/** Plays voices through Web Audio, because an `<audio>` element needs `media-src blob:` in the page's CSP. */
export class VoicePlayer {
  readonly #onEnd: (localId: string) => void
  readonly #positions = new Map<string, number>()
  #playing: Playing | undefined

  constructor(onEnd: (localId: string) => void) {
    this.#onEnd = onEnd
  }

  /** Plays a voice from its start, or from where it was paused. As in WeChat, any other voice stops. */
  async play({ localId, file }: LocalVoice): Promise<void> {
    const context = new AudioContext()
    const buffer = await context.decodeAudioData(await file.arrayBuffer())
    this.#halt()

    const from = Math.min(this.#positions.get(localId) ?? 0, buffer.duration)
    this.#positions.delete(localId)
    const source = new AudioBufferSourceNode(context, { buffer })
    source.connect(context.destination)
    source.start(0, from)

    // A timer ends the playback, because without a user gesture or a sound card the context may never run.
    const startedAt = performance.now()
    const timer = setTimeout(() => end(), (buffer.duration - from) * 1000)
    const playing: Playing = {
      localId,
      positionSeconds: () => from + (performance.now() - startedAt) / 1000,
      stop() {
        clearTimeout(timer)
        source.disconnect()
        void context.close()
      },
    }
    const end = () => {
      this.#halt()
      this.#onEnd(localId)
    }
    this.#playing = playing
  }

  pause(localId: string): boolean {
    if (this.#playing?.localId !== localId) return false
    this.#positions.set(localId, this.#playing.positionSeconds())
    this.#halt()
    return true
  }

  stop(localId: string): boolean {
    const wasPaused = this.#positions.delete(localId)
    if (this.#playing?.localId !== localId) return wasPaused
    this.#halt()
    return true
  }

  #halt(): void {
    this.#playing?.stop()
    this.#playing = undefined
  }
}
