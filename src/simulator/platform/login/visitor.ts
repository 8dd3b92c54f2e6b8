import { simulatedOpenidPrefix } from '../../protocol/identity.js'
import { randomUrlSafeText } from '../../util/random.js'
import type { Person } from '../people.js'

/** Who a login turns out to be: a person, or the made-up account that WeChat shows to a snapshot page. */
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

/** Other ids at every visit: nothing that is saved under them is ever found again. */
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
