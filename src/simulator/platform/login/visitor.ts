import { simulatedOpenidPrefix } from '../../protocol/identity.js'
import { randomUrlSafeText } from '../../util/random.js'
import type { Person } from '../people.js'

/** Who logs in: a person, or the virtual account that WeChat gives to a snapshot page. */
export interface Visitor {
  openid: string
  unionid: string
  nickname: string
  avatarId: string
  language: string
  isSnapshotUser: boolean
}

export function visitorFor(person: Person): Visitor {
  return {
    openid: person.openid,
    unionid: person.unionid,
    nickname: person.nickname,
    avatarId: person.avatarColour ? person.id : '',
    language: person.language,
    isSnapshotUser: false,
  }
}

/** Creates a virtual account. It has new ids at each visit, so an app finds no data of an earlier visit. */
export function createSnapshotVisitor(): Visitor {
  return {
    openid: `${simulatedOpenidPrefix}${randomUrlSafeText(23)}`,
    unionid: `${simulatedOpenidPrefix}${randomUrlSafeText(23)}`,
    nickname: '微信用户',
    avatarId: 'snapshot',
    language: 'zh_CN',
    isSnapshotUser: true,
  }
}
