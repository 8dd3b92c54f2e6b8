import { createHash } from 'node:crypto'
import { BoundedMap } from '../../util/bounded-map.js'
import type { Clock } from '../../util/clock.js'
import type { Listeners } from '../../util/listeners.js'
import type { Account } from '../account.js'
import type { WritableHistory } from '../history.js'
import type { Media } from '../media.js'
import type { People } from '../people.js'
import { type Chats, createChats } from './chats.js'
import { type CustomerService, createCustomerService } from './customer-service.js'
import { createMenu, type Menu } from './menu.js'
import { createPersonActions, type PersonActions } from './person-actions.js'
import { createPushService, type PushService } from './push-service.js'
import type { PushSettings } from './push-settings.js'
import { createSceneCodes, type SceneCodes } from './scene-codes.js'
import { createSubscriptions, type Subscriptions } from './subscriptions.js'

/** The messages between people and the account, and the state on which they depend. */
export interface Messages extends PersonActions {
  readonly pushService: PushService
  readonly chats: Chats
  readonly menu: Menu
  readonly sceneCodes: SceneCodes
  readonly subscriptions: Subscriptions
  readonly customerService: CustomerService
  /** The sent template messages by person and `client_msg_id`, so that a repetition is not sent again. */
  readonly sentTemplates: Map<string, { msgid: number; at: number }>
  /** Ends the deliveries that still wait, so that a closed simulator pushes nothing more. */
  close(): void
  /** Deletes everything but the push settings, and ends the deliveries that still wait. */
  reset(): void
}

/** The parts of the platform that messages need. */
interface MessagePlatform {
  account: Account
  allowInsecureHost: boolean
  changes: Listeners
  clock: Clock
  history: WritableHistory
  media: Media
  people: People
}

export function createMessages(platform: MessagePlatform, settings: PushSettings | undefined): Messages {
  const { account, allowInsecureHost, changes, clock, history, media, people } = platform
  const accountId = `gh_${createHash('sha256').update(account.appId).digest('hex').slice(0, 12)}`
  const chats = createChats(clock, changes.notify)
  const menu = createMenu(changes.notify)
  const sceneCodes = createSceneCodes(clock)
  const subscriptions = createSubscriptions()
  const customerService = createCustomerService(clock)
  const sentTemplates: Messages['sentTemplates'] = new BoundedMap(10_000)
  const pushService = createPushService(
    {
      appId: account.appId,
      accountId,
      clock,
      history,
      changes,
      allowInsecureHost,
      assertMedium: mediaId => void media.get(mediaId),
    },
    settings,
  )
  return {
    pushService,
    customerService,
    sentTemplates,
    close: pushService.close,
    reset() {
      pushService.reset()
      chats.clear()
      sceneCodes.clear()
      subscriptions.clear()
      customerService.clear()
      sentTemplates.clear()
      menu.remove()
    },
    chats,
    menu,
    sceneCodes,
    subscriptions,
    ...createPersonActions({
      accountId,
      chats,
      clock,
      customerService,
      media,
      menu,
      people,
      pushService,
      sceneCodes,
    }),
  }
}
