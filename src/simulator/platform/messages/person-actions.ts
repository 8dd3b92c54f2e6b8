import type { ChatEntry, PersonMessage, PushResult } from '../../protocol/messages.js'
import type { Clock } from '../../util/clock.js'
import type { Media } from '../media.js'
import type { People, Person } from '../people.js'
import type { Chats } from './chats.js'
import type { CustomerService } from './customer-service.js'
import type { Menu } from './menu.js'
import { messageFields } from './message-fields.js'
import type { PushService } from './push-service.js'
import type { PushFields } from './push-text.js'
import type { SceneCodes } from './scene-codes.js'

/** The actions of people in the conversation with the account. Each action is pushed to the app. */
export interface PersonActions {
  /** Pushes what the person sends. Throws a TypeError if there is no such person, or they don't follow the account. */
  push(personId: string, message: PersonMessage): Promise<PushResult>
  follow(personId: string): Promise<PushResult>
  unfollow(personId: string): Promise<PushResult>
  scan(personId: string, scene: string): Promise<PushResult>
  pressMenu(personId: string, key: string): Promise<PushResult>
}

interface PersonActionParts {
  accountId: string
  chats: Chats
  clock: Clock
  customerService: CustomerService
  media: Media
  menu: Menu
  people: People
  pushService: PushService
  sceneCodes: SceneCodes
}

/** What the person sees if the account's answer is wrong or missing. */
const failureText = '该公众号提供的服务出现故障，请稍后再试'

export function createPersonActions(parts: PersonActionParts): PersonActions {
  const { accountId, chats, clock, customerService, media, menu, people, pushService, sceneCodes } = parts
  let sentMessages = 0

  function nextMessageId(): bigint {
    sentMessages += 1
    return BigInt(clock.now()) * 10_000n + BigInt(sentMessages % 10_000)
  }

  function requirePerson(caller: string, id: string): Person {
    const person = people.get(id)
    if (!person) throw new TypeError(`${caller}: there is no person "${id}"`)
    return person
  }

  function requireFollower(caller: string, id: string): Person {
    const person = requirePerson(caller, id)
    if (!person.isFollower)
      throw new TypeError(
        `${caller}: "${id}" does not follow the account; simulator.follow("${id}") changes that`,
      )
    return person
  }

  async function pushAs(
    person: Person,
    content: ChatEntry['content'],
    type: string,
    fields: PushFields,
  ): Promise<PushResult> {
    const entry = chats.add(person.id, { from: 'person', content, isPending: true })
    const result = await pushService.push({
      ToUserName: accountId,
      FromUserName: person.openid,
      CreateTime: clock.seconds(),
      MsgType: type,
      ...fields,
      ...(type !== 'event' && { MsgId: nextMessageId() }),
    })
    const isExplained = showResult(person, result)
    chats.settle(entry, isExplained ? undefined : result.reason)
    return result
  }

  /** Shows the outcome of a push in the conversation. Returns whether it added a line with the reason of a failure. */
  function showResult({ id }: Person, { outcome, reply, reason }: PushResult): boolean {
    // A person who no longer follows the account sees no conversation with it, so no line is added.
    if (!people.get(id)?.isFollower) return false
    if (reply) chats.add(id, { from: 'account', content: reply, by: 'reply' })
    if (outcome !== 'failure') return false
    chats.add(id, {
      from: 'platform',
      content: { type: 'failure', content: failureText },
      ...(reason !== undefined && { reason }),
    })
    return true
  }

  return {
    async push(personId, message) {
      const person = requireFollower('push', personId)
      const fields = messageFields(message, media)
      if (message.type !== 'event') customerService.allow(personId, 'message')
      const content =
        message.type === 'image' || message.type === 'voice'
          ? { ...message, mediaId: String(fields.MediaId) }
          : message
      return pushAs(person, content, message.type, fields)
    },
    async follow(personId) {
      const person = requirePerson('follow', personId)
      if (person.isFollower) throw new TypeError(`follow: "${personId}" follows the account already`)
      const follower = people.change(personId, { isFollower: true, subscribeScene: 'ADD_SCENE_SEARCH' })
      customerService.allow(personId, 'event')
      return pushAs(follower, { type: 'follow' }, 'event', { Event: 'subscribe', EventKey: '' })
    },
    async unfollow(personId) {
      const person = requireFollower('unfollow', personId)
      people.change(personId, { isFollower: false, subscribeScene: '' })
      return pushAs(person, { type: 'unfollow' }, 'event', { Event: 'unsubscribe', EventKey: '' })
    },
    async scan(personId, scene) {
      const person = requirePerson('scan', personId)
      const code = sceneCodes.find(scene)
      const key = code?.scene ?? scene
      const isNew = !person.isFollower
      if (isNew) people.change(personId, { isFollower: true, subscribeScene: 'ADD_SCENE_QR_CODE' })
      customerService.allow(personId, 'event')
      return pushAs(person, { type: 'scan', key }, 'event', {
        Event: isNew ? 'subscribe' : 'SCAN',
        EventKey: isNew ? `qrscene_${key}` : key,
        ...(code && { Ticket: code.ticket }),
      })
    },
    async pressMenu(personId, key) {
      const person = requireFollower('pressMenu', personId)
      const button = menu.find(key)
      if (!button && menu.buttons.length > 0)
        throw new TypeError(`pressMenu: the menu has no button with the key or address "${key}"`)
      const isLink = button?.type === 'view'
      if (button && !isLink && button.type !== 'click')
        throw new TypeError(
          `pressMenu: what the person does after a button of the type "${button.type}" is a part of the push; simulator.push(personId, { type: 'event', event, fields }) takes it`,
        )
      // A button that opens a page allows no customer-service messages.
      if (!isLink) customerService.allow(personId, 'event')
      return pushAs(person, { type: isLink ? 'view' : 'menu', key }, 'event', {
        Event: isLink ? 'VIEW' : 'CLICK',
        EventKey: key,
      })
    },
  }
}
