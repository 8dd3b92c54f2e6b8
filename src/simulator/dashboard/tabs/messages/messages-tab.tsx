import { useEffect, useRef } from 'preact/hooks'
import { texts } from '../../texts/texts.js'
import { useChanges } from '../../ui/observable.js'
import { Button, EmptyNote, Section } from '../../ui/parts.js'
import { useWorkspace } from '../../workspace.js'
import { ChatLine } from './chat-line.js'
import { Composer } from './composer.js'
import { PushForm } from './push-form.js'

/** The conversation between the account and the person who uses the phone. */
export function MessagesTab() {
  const { live } = useWorkspace()
  useChanges(live)
  const { chat, people = [] } = live.data ?? {}
  if (!chat) return null
  const { personId, isFollower, hasPushUrl } = chat
  const nickname = people.find(({ id }) => id === personId)?.nickname ?? ''
  return (
    <Section
      title={texts.chat.title(nickname)}
      note={texts.chat.note}
      tools={
        <Button
          text={isFollower ? texts.chat.unfollow : texts.chat.follow}
          onClick={() =>
            void live.change(api => (isFollower ? api.unfollow(personId) : api.follow(personId)))
          }
        />
      }
    >
      {!hasPushUrl && (
        <>
          <p class="push-missing">{texts.chat.pushMissing}</p>
          <PushForm />
        </>
      )}
      <Conversation />
      <Composer chat={chat} />
      {hasPushUrl && (
        <details class="push-details">
          <summary>{texts.chat.changePush}</summary>
          <PushForm />
        </details>
      )}
    </Section>
  )
}

/** The lines of the conversation. A new line scrolls the list to its end. */
function Conversation() {
  const { live } = useWorkspace()
  const list = useRef<HTMLOListElement>(null)
  const entries = live.data?.chat.entries ?? []
  const last = entries.at(-1)?.id
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight })
  }, [last])
  if (entries.length === 0) return <EmptyNote text={texts.chat.empty} />
  return (
    // A list that scrolls must be reachable by the keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: so that the arrow keys scroll it
    <ol class="chat" aria-label={texts.chat.conversation} aria-live="polite" tabIndex={0} ref={list}>
      {entries.map(entry => (
        <ChatLine key={entry.id} entry={entry} />
      ))}
    </ol>
  )
}
