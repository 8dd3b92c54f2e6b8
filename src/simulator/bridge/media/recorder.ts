import { cannedTune } from './pcm.js'

export interface Recording {
  /** Whether the built-in tune is recorded, because there is no microphone or the settings want the tune. */
  readonly isCanned: boolean
  stop(): Promise<Blob>
}

/** Starts to record; undefined if the developer refused the microphone. */
export async function startRecording(mic: 'auto' | 'canned'): Promise<Recording | undefined> {
  if (mic === 'canned') return cannedRecording()
  try {
    return readRecording(await openMicrophone())
  } catch (error) {
    const name = error instanceof DOMException ? error.name : ''
    if (name === 'NotAllowedError') return undefined
    return cannedRecording()
  }
}

async function openMicrophone(): Promise<MediaStream> {
  // A page of plain http has no `mediaDevices`, except on localhost. The error makes the tune replace the microphone.
  if (!navigator.mediaDevices) throw new DOMException('no media devices', 'NotFoundError')
  // Echo cancellation and noise suppression are for telephone calls, and would distort a recording.
  return navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  })
}

function readRecording(stream: MediaStream): Recording {
  const recorder = new MediaRecorder(stream)
  const chunks: Blob[] = []
  const startedAt = performance.now()
  recorder.addEventListener('dataavailable', ({ data }) => chunks.push(data))
  recorder.start()
  return {
    isCanned: false,
    async stop() {
      await new Promise<void>(resolve => {
        recorder.addEventListener('stop', () => resolve(), { once: true })
        recorder.stop()
      })
      for (const track of stream.getTracks()) track.stop()
      const file = new Blob(chunks, { type: recorder.mimeType })
      // A recording that stops before the first sound is an empty file, which no decoder accepts, so the tune replaces it.
      return file.size > 0 ? file : cannedTune(performance.now() - startedAt)
    },
  }
}

function cannedRecording(): Recording {
  const startedAt = performance.now()
  return {
    isCanned: true,
    // The tune has at least 600 ms, so that a click on start and stop makes a recording that can be heard.
    stop: async () => cannedTune(Math.max(600, performance.now() - startedAt)),
  }
}
