import { useState } from 'preact/hooks'
import type { DashboardChat, MenuButton, PersonMessage } from '../../../protocol/messages.js'
import { texts } from '../../texts/texts.js'
import { Button } from '../../ui/parts.js'
import { useWorkspace } from '../../workspace.js'

/** The location that the person can send: the Bund (外滩) in Shanghai. */
const place = { latitude: 31.2397, longitude: 121.4908, scale: 15, label: '上海市黄浦区外滩' } as const

/** The form for what the person sends and does in the conversation. */
export function Composer({ chat: { personId, isFollower, menu } }: { chat: DashboardChat }) {
  const { live } = useWorkspace()
  const send = (message: PersonMessage) => void live.change(api => api.sendMessage(personId, message))
  const press = (key: string) => void live.change(api => api.pressMenu(personId, key))
  return (
    <div class="composer">
      <LineForm
        label={texts.chat.write}
        submit={texts.chat.send}
        disabled={!isFollower}
        onSubmit={content => send({ type: 'text', content })}
      />
      <div class="line">
        <Button text={texts.chat.picture} disabled={!isFollower} onClick={() => send({ type: 'image' })} />
        <Button text={texts.chat.voice} disabled={!isFollower} onClick={() => send({ type: 'voice' })} />
        <Button
          text={texts.chat.location}
          disabled={!isFollower}
          onClick={() => send({ type: 'location', ...place })}
        />
      </div>
      {menu.length > 0 && (
        <fieldset class="line" aria-label={texts.chat.menu}>
          {menu.flatMap(leavesOf).map(({ name, target }) => (
            <Button key={target} text={`≡ ${name}`} disabled={!isFollower} onClick={() => press(target)} />
          ))}
        </fieldset>
      )}
      <LineForm
        label={texts.chat.scene}
        submit={texts.chat.scan}
        onSubmit={scene => void live.change(api => api.scanScene(personId, scene))}
      />
    </div>
  )
}

interface LineFormProps {
  label: string
  submit: string
  disabled?: boolean
  onSubmit: (text: string) => void
}

/** A text field with a button. Sending the text empties the field. */
function LineForm({ label, submit, disabled = false, onSubmit }: LineFormProps) {
  const [text, setText] = useState('')
  return (
    <form
      class="line"
      onSubmit={event => {
        event.preventDefault()
        onSubmit(text)
        setText('')
      }}
    >
      <input
        class="field"
        type="text"
        autocomplete="off"
        required
        disabled={disabled}
        aria-label={label}
        placeholder={label}
        value={text}
        onInput={event => setText(event.currentTarget.value)}
      />
      <button type="submit" class="weui-btn weui-btn_mini weui-btn_primary" disabled={disabled}>
        {submit}
      </button>
    </form>
  )
}

function leavesOf(button: MenuButton): { name: string; target: string }[] {
  const children = button.sub_button ?? []
  if (children.length > 0) return children.flatMap(leavesOf)
  return [{ name: button.name, target: button.key ?? button.url ?? '' }]
}
