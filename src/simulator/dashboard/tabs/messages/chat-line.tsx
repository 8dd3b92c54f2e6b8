import type { ChatEntry } from '../../../protocol/messages.js'
import { buildAddress } from '../../data/simulator-api.js'
import { texts } from '../../texts/texts.js'
import { timeOfDay } from '../../ui/format.js'

/** One line of the conversation. The reason below it tells the developer why a push failed; a phone shows none. */
export function ChatLine({ entry }: { entry: ChatEntry }) {
  const { at, from, by, isPending, reason } = entry
  return (
    <li class={`chat-line ${from}`}>
      <div class="bubble">
        <Content content={entry.content} />
      </div>
      <small>
        {timeOfDay(at)}
        {by && ` · ${texts.chat.by[by]}`}
        {isPending && ` · ${texts.chat.pending}`}
      </small>
      {reason !== undefined && (
        <small class="reason">
          {texts.chat.reason}
          {reason}
        </small>
      )}
    </li>
  )
}

function Content({ content }: { content: ChatEntry['content'] }) {
  switch (content.type) {
    case 'text':
    case 'failure':
      return <>{content.content}</>
    case 'image':
      return content.mediaId === undefined ? (
        texts.chat.picture
      ) : (
        <img src={buildAddress(`/simulator/page/media/${content.mediaId}`)} alt={texts.chat.picture} />
      )
    case 'location':
      return (
        <>
          {texts.chat.location}：{content.label} {content.latitude}, {content.longitude}
        </>
      )
    case 'link':
    case 'news':
      return (
        <>
          <a href={content.url} target="_blank" rel="noreferrer">
            {content.title}
          </a>
          {content.description && <p>{content.description}</p>}
        </>
      )
    case 'template':
    case 'notice':
      return (
        <dl>
          {Object.entries(content.data).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )
    default:
      return <>{describe(content)}</>
  }
}

/** Describes in words what the dashboard does not show, such as a recording, music, or an event. */
function describe(content: ChatEntry['content']): string {
  const kinds: Readonly<Record<string, string>> = texts.chat.kinds
  const kind = content.type === 'event' ? content.event : (kinds[content.type] ?? content.type)
  const detail = 'key' in content ? content.key : 'title' in content ? content.title : undefined
  return detail === undefined ? kind : `${kind}：${detail}`
}
