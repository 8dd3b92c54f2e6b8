import { useRef, useState } from 'preact/hooks'
import { texts } from '../texts/texts.js'
import { formatDay, localDateTime, timeOfDay } from '../ui/format.js'
import { showNote } from '../ui/note.js'
import { useChanges, useSeconds } from '../ui/observable.js'
import { Button, Section } from '../ui/parts.js'
import { useWorkspace } from '../workspace.js'

const steps = [
  { text: texts.steps.minutes, ms: 5 * 60_000 },
  { text: texts.steps.hours, ms: 2 * 3_600_000 },
  { text: texts.steps.days, ms: 3 * 86_400_000 },
  { text: texts.steps.month, ms: 30 * 86_400_000 },
]

const mediaLifetimeMs = 3 * 86_400_000
/**
 * A jump ends ten seconds before an expiry: long enough to look at the state, and short enough to wait.
 */
const beforeMs = 10_000

/** Shows the time of the simulated WeChat, and moves it forward. */
export function TimeTab() {
  const { live } = useWorkspace()
  useChanges(live)
  useSeconds()
  const now = live.now ?? 0
  const advance = (ms: number) => void live.change(api => api.advance(ms))
  return (
    <>
      <Section title={texts.time} note={texts.timeNote}>
        <time class="clock">{timeOfDay(now)}</time>
        <p class="day">{formatDay(now)}</p>
        <div class="buttons">
          {steps.map(({ text, ms }) => (
            <Button key={text} text={text} onClick={() => advance(ms)} />
          ))}
        </div>
        <DateField now={now} advance={advance} />
      </Section>
      <Jumps now={now} advance={advance} />
      <WholeState />
    </>
  )
}

interface TravelProps {
  now: number
  advance: (ms: number) => void
}

function Jumps({ now, advance }: TravelProps) {
  const { data } = useWorkspace().live
  const getEnd = (credentials: readonly { state: string; expiresAt: number }[] = []) =>
    credentials.find(({ state }) => state === 'works')?.expiresAt
  const created = data?.media.map(({ createdAt }) => createdAt) ?? []
  const jumps = [
    { text: texts.beforeTokenEnds, end: getEnd(data?.accessTokens) },
    { text: texts.beforeTicketEnds, end: getEnd(data?.tickets) },
    {
      text: texts.beforeMediaEnds,
      end: created.length > 0 ? Math.min(...created) + mediaLifetimeMs : undefined,
    },
  ]
  return (
    <Section title={texts.jumps}>
      <div class="buttons wide">
        {jumps.map(({ text, end = 0 }) => (
          <Button
            key={text}
            text={text}
            disabled={end - beforeMs <= now}
            onClick={() => advance(end - beforeMs - now)}
          />
        ))}
      </div>
    </Section>
  )
}

function DateField({ now, advance }: TravelProps) {
  const [typed, setTyped] = useState<string>()
  const value = typed ?? localDateTime(now)
  return (
    <form
      class="line"
      onSubmit={event => {
        event.preventDefault()
        const ms = new Date(value).getTime() - now
        if (ms > 0) advance(ms)
        else showNote(texts.notBack)
        setTyped(undefined)
      }}
    >
      <input
        class="field"
        type="datetime-local"
        aria-label={texts.dateLabel}
        required
        value={value}
        onInput={event => setTyped(event.currentTarget.value)}
      />
      <button type="submit" class="weui-btn weui-btn_mini weui-btn_default">
        {texts.goTo}
      </button>
    </form>
  )
}

function WholeState() {
  const { live } = useWorkspace()
  const file = useRef<HTMLInputElement>(null)
  return (
    <Section title={texts.state} note={texts.stateNote}>
      <div class="buttons">
        <Button
          text={texts.exportState}
          onClick={() =>
            void live.change(async api => saveAs('wechat-simulator.json', await api.exportState()))
          }
        />
        <Button text={texts.importState} onClick={() => file.current?.click()} />
        <Button
          text={texts.resetState}
          onClick={() => {
            if (confirm(texts.resetQuestion)) void live.change(api => api.reset())
          }}
        />
      </div>
      <input
        ref={file}
        type="file"
        accept="application/json,.json"
        aria-label={texts.importState}
        hidden
        onChange={event => {
          const [chosen] = event.currentTarget.files ?? []
          if (chosen) void live.change(async api => api.importState(await chosen.text()))
          event.currentTarget.value = ''
        }}
      />
    </Section>
  )
}

function saveAs(name: string, blob: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}
