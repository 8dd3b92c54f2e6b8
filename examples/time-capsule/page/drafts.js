const key = 'time-capsule:draft'

/**
 * What was written and added so far, so that a login in between or a reload loses nothing. Of a photograph and a voice it
 * keeps the ids, by which WeChat gives them back for three days.
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
  /** @param {Partial<Draft>} changes */
  keep(changes) {
    draft = { ...draft, ...changes }
    try {
      sessionStorage.setItem(key, JSON.stringify(draft))
    } catch {
      // Storage is switched off: the draft lasts as long as the page.
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
