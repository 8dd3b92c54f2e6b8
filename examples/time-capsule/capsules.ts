import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'

/** The kinds of media that a capsule can hold besides its letter. */
export type KeepsakeKind = 'photo' | 'voice'

export interface Keepsake {
  data: Uint8Array
  contentType: string
  /** The length of a voice recording, in seconds. */
  seconds?: number
}

export interface NewCapsule {
  /** The openid of the writer, who alone can read it. */
  owner: string
  letter: string
  /** A date in `timeZone`, such as `2027-01-01`. */
  opensOn: string
  timeZone: string
  sealedAtMs: number
  keepsakes: Partial<Record<KeepsakeKind, Keepsake>>
}

export interface Capsule extends Omit<NewCapsule, 'keepsakes'> {
  id: string
  openedAtMs: number | undefined
  hasPhoto: boolean
  /** The length of the voice recording; undefined if there is none. */
  voiceSeconds: number | undefined
}

/** Each method takes the owner, so that no caller can forget to check whose capsule it is. */
export interface CapsuleStore {
  seal(capsule: NewCapsule): Capsule
  /** Returns the owner's capsules, the newest first. */
  listOf(owner: string): Capsule[]
  find(owner: string, id: string): Capsule | undefined
  keepsake(owner: string, id: string, kind: KeepsakeKind): Keepsake | undefined
  /** Stores when the capsule was opened. If it was opened before, the first time stays. */
  open(owner: string, id: string, atMs: number): void
  close(): void
}

type Row = Record<string, SQLOutputValue>

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA foreign_keys = ON;

  CREATE TABLE IF NOT EXISTS capsules (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    letter TEXT NOT NULL,
    opens_on TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    sealed_at INTEGER NOT NULL,
    opened_at INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS capsules_of_owner ON capsules (owner, sealed_at);

  CREATE TABLE IF NOT EXISTS keepsakes (
    capsule_id TEXT NOT NULL REFERENCES capsules (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('photo', 'voice')),
    content_type TEXT NOT NULL,
    seconds REAL,
    data BLOB NOT NULL,
    PRIMARY KEY (capsule_id, kind)
  ) STRICT;
`

const select = `
  SELECT c.*, photo.kind AS photo, voice.kind AS voice, voice.seconds AS voice_seconds
  FROM capsules c
  LEFT JOIN keepsakes photo ON photo.capsule_id = c.id AND photo.kind = 'photo'
  LEFT JOIN keepsakes voice ON voice.capsule_id = c.id AND voice.kind = 'voice'
`

/** Opens the store: capsules, photographs and voices in one file, so that a copy of the file is a backup. */
export function openCapsuleStore(file: string): CapsuleStore {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
  const database = new DatabaseSync(file)
  database.exec(schema)

  const insertCapsule = database.prepare(
    `INSERT INTO capsules (id, owner, letter, opens_on, time_zone, sealed_at) VALUES (?, ?, ?, ?, ?, ?)`,
  )
  const insertKeepsake = database.prepare(
    `INSERT INTO keepsakes (capsule_id, kind, content_type, seconds, data) VALUES (?, ?, ?, ?, ?)`,
  )
  const selectOwned = database.prepare(`${select} WHERE c.owner = ? ORDER BY c.sealed_at DESC, c.rowid DESC`)
  const selectOne = database.prepare(`${select} WHERE c.owner = ? AND c.id = ?`)
  const selectKeepsake = database.prepare(
    `SELECT k.* FROM keepsakes k JOIN capsules c ON c.id = k.capsule_id
     WHERE c.owner = ? AND c.id = ? AND k.kind = ?`,
  )
  const markOpened = database.prepare(
    `UPDATE capsules SET opened_at = ? WHERE owner = ? AND id = ? AND opened_at IS NULL`,
  )

  return {
    seal({ keepsakes, ...capsule }) {
      const id = randomUUID()
      const { owner, letter, opensOn, timeZone, sealedAtMs } = capsule
      database.exec('BEGIN')
      try {
        insertCapsule.run(id, owner, letter, opensOn, timeZone, sealedAtMs)
        for (const [kind, { contentType, seconds = null, data }] of Object.entries(keepsakes)) {
          insertKeepsake.run(id, kind, contentType, seconds, data)
        }
        database.exec('COMMIT')
      } catch (error) {
        database.exec('ROLLBACK')
        throw error
      }
      return {
        ...capsule,
        id,
        openedAtMs: undefined,
        hasPhoto: keepsakes.photo !== undefined,
        voiceSeconds: keepsakes.voice && (keepsakes.voice.seconds ?? 0),
      }
    },
    listOf: owner => selectOwned.all(owner).map(toCapsule),
    find(owner, id) {
      const row = selectOne.get(owner, id)
      return row && toCapsule(row)
    },
    keepsake(owner, id, kind) {
      const row = selectKeepsake.get(owner, id, kind)
      if (!row || !(row.data instanceof Uint8Array)) return undefined
      return { data: row.data, contentType: String(row.content_type) }
    },
    open: (owner, id, atMs) => void markOpened.run(atMs, owner, id),
    close: () => database.close(),
  }
}

function toCapsule(row: Row): Capsule {
  return {
    id: String(row.id),
    owner: String(row.owner),
    letter: String(row.letter),
    opensOn: String(row.opens_on),
    timeZone: String(row.time_zone),
    sealedAtMs: Number(row.sealed_at),
    openedAtMs: row.opened_at === null ? undefined : Number(row.opened_at),
    hasPhoto: row.photo !== null,
    voiceSeconds: row.voice === null ? undefined : Number(row.voice_seconds),
  }
}
