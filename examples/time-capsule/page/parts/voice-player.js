import { h, toast } from '../dom.js'
import { t } from '../texts.js'
import { waves } from './small.js'

/** Plays the server's copy of a voice in the browser, because WeChat deletes its own after three days. */
export function voicePlayer(source, seconds) {
  const audio = h('audio', { src: source, preload: 'metadata' })
  const time = h('span', { className: 'time' }, t.seconds(Math.max(1, Math.round(seconds))))
  const show = isPlaying => {
    bubble.classList.toggle('playing', isPlaying)
    bubble.setAttribute('aria-label', `${isPlaying ? t.pause : t.play} ${time.textContent}`)
  }
  const bubble = h(
    'button',
    {
      className: 'bubble',
      onclick() {
        if (audio.paused) audio.play().catch(() => toast(t.failed))
        else audio.pause()
      },
    },
    waves(),
    time,
  )
  audio.addEventListener('play', () => show(true))
  audio.addEventListener('pause', () => show(false))
  audio.addEventListener('ended', () => show(false))
  show(false)
  return h('div', { className: 'voice-player' }, bubble, audio)
}
