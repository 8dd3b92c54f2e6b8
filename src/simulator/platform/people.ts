import { createHash } from 'node:crypto'
import { simulatedOpenidPrefix } from '../protocol/identity.js'

/** A simulated user of WeChat. */
export interface Person {
  id: string
  nickname: string
  /** Begins with `osim_`, so that it can't be confused with a real one. */
  openid: string
  /** Given out only if the account is bound to an Open Platform account. */
  unionid: string
  isFollower: boolean
  /** When the person followed the account, in seconds since 1970; 0 if they don't follow it. */
  subscribeTime: number
  subscribeScene: string
  remark: string
  groupId: number
  tagIds: readonly number[]
  language: string
  /** Background of the drawn avatar. An empty text is a person without an avatar. */
  avatarColour: string
}

/** The simulated users of WeChat. */
export interface People {
  /** Returns all people, in the order in which they were added. */
  list(): Person[]
  /** Returns the person with this id, such as `lin-xiaoyu`. */
  get(id: string): Person | undefined
  /** Returns the person with this openid. */
  byOpenid(openid: string): Person | undefined
  /** Adds a person. Missing fields get defaults, the id the next free `person-N`. Throws a TypeError for a wrong id. */
  add(partial?: Partial<Person>): Person
  /** Changes a person, but no ids. Throws a TypeError if there is no person with this id. */
  change(id: string, changes: Partial<Omit<Person, 'id' | 'openid' | 'unionid'>>): Person
}

const defaultPeople: readonly Partial<Person>[] = [
  {
    id: 'lin-xiaoyu',
    nickname: '林晓雨',
    isFollower: true,
    subscribeScene: 'ADD_SCENE_QR_CODE',
    tagIds: [2, 104],
    avatarColour: '#2f7d5b',
  },
  {
    id: 'wang-jianguo',
    nickname: '王建国',
    isFollower: true,
    subscribeScene: 'ADD_SCENE_SEARCH',
    remark: '老客户',
    avatarColour: '#8a4b2d',
  },
  { id: 'chen-siyuan', nickname: '陈思远', isFollower: false, avatarColour: '#35578f' },
  // Emoji, an apostrophe and markup occur in real nicknames, and break pages that don't escape them.
  { id: 'zhao-min', nickname: '赵敏🌸 <花开>', isFollower: false, avatarColour: '#9c3d6b' },
  {
    id: 'ouyang-xue',
    nickname: "欧阳雪 O'Young",
    isFollower: true,
    subscribeScene: 'ADD_SCENE_PROFILE_CARD',
    language: 'en',
    avatarColour: '#5d4a9c',
  },
  { id: 'he-miao', nickname: '何苗', isFollower: false, avatarColour: '' },
]

export interface RestorablePeople extends People {
  /** Replaces all people. */
  restore(people: readonly Person[]): void
}

export function createPeople(appId: string, seconds: () => number, notify: () => void): RestorablePeople {
  const people = new Map<string, Person>()

  function add(partial: Partial<Person> = {}): Person {
    const id = partial.id ?? nextFreeId()
    if (!/^[\w-]{1,64}$/.test(id))
      throw new TypeError(`people.add: "id" must be 1 to 64 of A-Z a-z 0-9 _ -, got "${id}"`)
    if (people.has(id)) throw new TypeError(`people.add: there is a person "${id}" already`)
    const isFollower = partial.isFollower ?? false
    const person: Person = {
      nickname: id,
      openid: simulatedId('openid', appId, id),
      unionid: simulatedId('unionid', 'open platform', id),
      subscribeTime: isFollower ? seconds() - 86_400 : 0,
      subscribeScene: isFollower ? 'ADD_SCENE_OTHERS' : '',
      remark: '',
      groupId: 0,
      tagIds: [],
      language: 'zh_CN',
      avatarColour: '#4a6274',
      ...partial,
      isFollower,
      id,
    }
    if (!person.openid.startsWith(simulatedOpenidPrefix))
      throw new TypeError(`people.add: "openid" must begin with "${simulatedOpenidPrefix}"`)
    people.set(id, person)
    notify()
    return person
  }

  function change(id: string, changes: Partial<Person>): Person {
    const person = people.get(id)
    if (!person) throw new TypeError(`people.change: there is no person "${id}"`)
    const isFollower = changes.isFollower ?? person.isFollower
    const subscribeTime = isFollower ? person.subscribeTime || seconds() : 0
    const changed = {
      ...person,
      subscribeTime,
      ...changes,
      id,
      openid: person.openid,
      unionid: person.unionid,
    }
    people.set(id, changed)
    notify()
    return changed
  }

  function nextFreeId(): string {
    let number = people.size + 1
    while (people.has(`person-${number}`)) number += 1
    return `person-${number}`
  }

  for (const person of defaultPeople) add(person)

  return {
    list: () => [...people.values()],
    get: id => people.get(id),
    byOpenid: openid => [...people.values()].find(person => person.openid === openid),
    add,
    change,
    restore(saved) {
      people.clear()
      for (const person of saved) people.set(person.id, person)
      notify()
    },
  }
}

/** Derives an id, so that people keep their openids if the simulator restarts with the same app id. */
function simulatedId(kind: string, scope: string, id: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([kind, scope, id]))
    .digest('base64url')
  return `${simulatedOpenidPrefix}${digest.slice(0, 23)}`
}
