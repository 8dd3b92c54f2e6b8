import { createHash, randomUUID } from 'node:crypto'
import express, { type Express } from 'express'
import type { PreverifyAnswer, PreverifyRequest } from '../../../../src/simulator/protocol/bridge.ts'
import { signedUrlMistakes } from '../../../../src/simulator/protocol/signature-diagnosis.ts'
import { listen } from '../../../support/listen.ts'

/** What the bridge needs of the simulator's server, and no more: `protocol.ts` written as a server. */
export interface FixtureSimulator {
  url: string
  appId: string
  ticket: string
  safeDomains: string[]
  /** Set to false it accepts every signature, to show that the tests notice. */
  comparesSignatures: boolean
  /** How long an upload takes, so that a test can see what is shown meanwhile. */
  uploadGate: Promise<void>
  readonly media: Map<string, StoredMedia>
  readonly app: Express
  close(): Promise<void>
}

export interface StoredMedia {
  type: string
  bytes: Buffer
  pcm16k?: Buffer
}

export async function startFixtureSimulator(): Promise<FixtureSimulator> {
  const app = express()
  const { origin, close } = await listen(app)
  const simulator: FixtureSimulator = {
    url: origin,
    close,
    app,
    appId: 'wxsim0000000001',
    ticket: `ticket-${randomUUID()}`,
    safeDomains: ['127.0.0.1', 'localhost'],
    comparesSignatures: true,
    uploadGate: Promise.resolve(),
    media: new Map(),
  }

  app.use('/simulator/page', (req, res, next) => {
    res.set({ 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'Content-Type' })
    if (req.method === 'OPTIONS') res.sendStatus(204)
    else next()
  })
  app.post('/simulator/page/preverify', express.json(), (req, res) => {
    res.json(preverify(simulator, req.body))
  })
  app.post('/simulator/page/media', express.raw({ type: () => true, limit: '20mb' }), async (req, res) => {
    await simulator.uploadGate
    const body: Buffer = req.body
    const mediaId = randomUUID()
    const split = Number(req.query.split)
    simulator.media.set(
      mediaId,
      req.query.type === 'voice'
        ? { type: 'voice', bytes: body.subarray(0, split), pcm16k: body.subarray(split) }
        : { type: req.get('Content-Type') ?? '', bytes: body },
    )
    res.json({ media_id: mediaId })
  })
  app.get('/simulator/page/media/:mediaId', (req, res) => {
    const media = simulator.media.get(req.params.mediaId)
    if (!media) res.sendStatus(404)
    else if (media.type === 'voice') res.type('audio/wav').send(wav(media.bytes, 8_000))
    else res.type(media.type).send(media.bytes)
  })
  return simulator
}

function preverify(simulator: FixtureSimulator, request: PreverifyRequest): PreverifyAnswer {
  const { url, appId, timestamp, nonceStr, signature, jsApiList, openTagList } = request
  const signed = (pageUrl: string) =>
    `jsapi_ticket=${simulator.ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${pageUrl}`
  const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')
  const refused = (reason: string, hint: string, signedText = '') => ({
    isAccepted: false,
    errMsg: `config:${reason}`,
    signedText,
    hint,
  })

  if (jsApiList.length + openTagList.length === 0) return refused('param is empty', 'jsApiList is empty')
  if (appId !== simulator.appId) return refused('invalid url domain', 'another app id')
  if (!simulator.safeDomains.includes(new URL(url).hostname)) {
    return refused('invalid url domain', 'another host')
  }
  if (!simulator.comparesSignatures || sha1(signed(url)) === signature) {
    return { isAccepted: true, errMsg: 'config:ok', signedText: signed(url), hint: '' }
  }
  const mistake = signedUrlMistakes(request).find(likely => sha1(signed(likely.url)) === signature)
  return {
    ...refused('invalid signature', 'something else was signed', signed(url)),
    ...(mistake ? { mistake } : {}),
  }
}

export function wav(pcm: Buffer, sampleRate: number): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + pcm.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(sampleRate, 24)
  header.writeUInt32LE(sampleRate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(pcm.length, 40)
  return Buffer.concat([header, pcm])
}
