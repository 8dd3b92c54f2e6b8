import { fingerprint, type HistoryEntry } from '../../platform/history.js'
import type { Platform } from '../../platform/platform.js'
import type { CallDetail, DashboardCall, DashboardSnapshot } from '../../protocol/dashboard.js'
import type { DashboardChat } from '../../protocol/messages.js'

const longestList = 200
const fewCredentials = 6

/** Returns the state that the dashboard shows. Of tokens and tickets, it has only beginnings and fingerprints. */
export function dashboardSnapshot(platform: Platform, personId: string | undefined): DashboardSnapshot {
  const { account, accessTokens, config, clock, faults, history, media, people, tickets } = platform

  return {
    appId: account.appId,
    run: fingerprint(platform.controlKey),
    now: clock.now(),
    personId: people.get(personId ?? '')?.id ?? null,
    people: people.list().map(({ id, nickname, openid, unionid, isFollower, remark, avatarColour }) => ({
      id,
      nickname,
      openid,
      unionid,
      isFollower,
      remark,
      avatarColour,
    })),
    accessTokens: accessTokens
      .list()
      .slice(-fewCredentials)
      .reverse()
      .map(({ value, expiresAt, state }) => ({ ...shortened(value, 14), expiresAt, state })),
    tickets: tickets
      .list()
      .slice(0, fewCredentials)
      .map(({ value, expiresAt }) => ({
        ...shortened(value, 6),
        expiresAt: expiresAt,
        state: clock.now() < expiresAt ? 'works' : 'expired',
      })),
    media: media
      .list()
      .slice(0, longestList)
      .map(({ mediaId, type, contentType, data, createdAt, highQuality }) => ({
        mediaId,
        type,
        contentType,
        bytes: data.length,
        createdAt,
        hasHighQuality: highQuality !== undefined,
      })),
    faults: faults.list(),
    switches: {
      ipWhitelist: config.ipWhitelist !== 'off',
      snapshotPage: config.snapshotPage,
      doubleCallback: config.doubleCallback !== 'off',
      cookieLoss: config.cookieLoss !== 'off',
      testAccount: config.testAccount,
      requireWechatUserAgent: config.requireWechatUserAgent,
      silentForFollowers: config.silentForFollowers,
      newCallers: config.newCallers !== 'allowed',
    },
    // Calls for avatars are left out, because the dashboard makes them itself, and they would fill the history.
    history: history.entries
      .filter(({ path }) => !path.startsWith('/mmopen/'))
      .slice(-longestList)
      .reverse()
      .map(dashboardCall),
    chat: dashboardChat(platform, personId),
  }
}

function dashboardChat({ messages, people }: Platform, personId = ''): DashboardChat {
  const person = people.get(personId) ?? people.list()[0]
  return {
    personId: person?.id ?? '',
    isFollower: person?.isFollower ?? false,
    hasPushUrl: messages.pushService.hasUrl,
    entries: messages.chats.entries(person?.id ?? '').slice(-longestList),
    menu: messages.menu.buttons,
  }
}

/** Returns a call with its answer; undefined if the history does not have it, or no longer has it. */
export function callDetail({ history }: Platform, id: number): CallDetail | undefined {
  const entry = history.entries.find(candidate => candidate.id === id)
  if (!entry) return undefined
  return { ...dashboardCall(entry), ...(entry.answer !== undefined && { answer: entry.answer }) }
}

function dashboardCall({ answer: _answer, ...entry }: HistoryEntry): DashboardCall {
  return { ...entry, isRunning: entry.durationMs === undefined }
}

function shortened(value: string, length: number) {
  return { shortened: `${value.slice(0, length)}…`, fingerprint: fingerprint(value) }
}
