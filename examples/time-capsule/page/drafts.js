const key = 'time-capsule:draft'

/**
 * The unsent letter with its photo and voice, kept in sessionStorage so that a login or reload loses nothing. Photo and
 * voice are kept as ids, by which WeChat gives them back for three days.
 *
 * @typedef {object} Draft
 * @property {string} letter
 * @property {{ serverId: string } | undefined} photo
 * @property {{ serverId: string, seconds: number } | undefined} voice
 */

/** @type {Draft} */
let draft = read()

export const drafts = {
  current: () => draft,
  /**
   * Changes the draft, and stores it.
   *
   * @param {Partial<Draft>} changes
   */
  keep(changes) {
    draft = { ...draft, ...changes }
    try {
      sessionStorage.setItem(key, JSON.stringify(draft))
    } catch {
      // If the browser allows no storage, the draft is lost with the page.
    }
  },
  forget() {
    drafts.keep({ letter: '', photo: undefined, voice: undefined })
  },
}

function read() {
  try {
    const { letter = '', photo, voice } = JSON.parse(sessionStorage.getItem(key) ?? '{}')
    return { letter, photo, voice }
  } catch {
    return { letter: '', photo: undefined, voice: undefined }
  }
}
