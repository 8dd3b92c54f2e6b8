import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type NewCapsule, openCapsuleStore } from '../../../examples/time-capsule/capsules.ts'

const photo = { data: Buffer.from('a photograph'), contentType: 'image/jpeg' }
const voice = { data: Buffer.from('a voice'), contentType: 'audio/mpeg', seconds: 3.5 }
const capsule: NewCapsule = {
  owner: 'osim_one',
  letter: '你好，\n“未来” 👋 <b>',
  opensOn: '2027-01-01',
  timeZone: 'Asia/Shanghai',
  sealedAtMs: 1_795_000_000_000,
  keepsakes: { photo, voice },
}

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'time-capsule-'))
  file = join(folder, 'deeper', 'capsules.sqlite')
})

afterEach(() => rmSync(folder, { recursive: true }))

describe('the capsule store', () => {
  it('gives everything back after the process has ended', () => {
    const before = openCapsuleStore(file)
    const sealed = before.seal(capsule)
    before.open(capsule.owner, sealed.id, 1_799_000_000_000)
    before.close()

    const after = openCapsuleStore(file)
    const { keepsakes: _keepsakes, ...written } = capsule
    expect(after.find(capsule.owner, sealed.id)).toEqual({
      ...written,
      id: sealed.id,
      openedAtMs: 1_799_000_000_000,
      hasPhoto: true,
      voiceSeconds: 3.5,
    })
    expect(Buffer.from(after.keepsake(capsule.owner, sealed.id, 'photo')?.data ?? [])).toEqual(photo.data)
    expect(after.keepsake(capsule.owner, sealed.id, 'voice')?.contentType).toBe('audio/mpeg')
    after.close()
  })

  it('describes a capsule alike when it is sealed and when it is read', () => {
    const store = openCapsuleStore(file)
    for (const keepsakes of [{}, { photo }, { voice }, { photo, voice }]) {
      const sealed = store.seal({ ...capsule, keepsakes })
      expect(store.find(capsule.owner, sealed.id)).toEqual(sealed)
    }
    store.close()
  })

  it('shows nobody what is not theirs', () => {
    const store = openCapsuleStore(file)
    const { id } = store.seal(capsule)
    store.open('osim_two', id, 1)

    expect(store.find('osim_two', id)).toBeUndefined()
    expect(store.listOf('osim_two')).toEqual([])
    expect(store.keepsake('osim_two', id, 'photo')).toBeUndefined()
    expect(store.find(capsule.owner, id)?.openedAtMs).toBeUndefined()
    store.close()
  })

  it('lists the newest first and keeps the first opening', () => {
    const store = openCapsuleStore(file)
    const first = store.seal(capsule)
    const second = store.seal({ ...capsule, sealedAtMs: capsule.sealedAtMs + 1 })
    store.open(capsule.owner, first.id, 5)
    store.open(capsule.owner, first.id, 9)

    expect(store.listOf(capsule.owner).map(({ id }) => id)).toEqual([second.id, first.id])
    expect(store.find(capsule.owner, first.id)?.openedAtMs).toBe(5)
    store.close()
  })

  it('seals all of a capsule or nothing', () => {
    const store = openCapsuleStore(file)
    const broken = { ...voice, contentType: null as unknown as string }
    expect(() => store.seal({ ...capsule, keepsakes: { photo, voice: broken } })).toThrow(/NOT NULL/)
    expect(store.listOf(capsule.owner)).toEqual([])
    store.close()
  })
})
