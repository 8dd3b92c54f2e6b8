import type { StoredCall } from '../phone/call-store.js'
import { texts } from '../texts/texts.js'
import { readableJson, timeOfDay } from '../ui/format.js'
import { useChanges } from '../ui/observable.js'
import { Button, EmptyNote, Section } from '../ui/parts.js'
import { RovingList } from '../ui/roving-list.js'
import { useWorkspace } from '../workspace.js'

/** The JS-SDK calls of the pages in the phone, with arguments, result and duration. */
export function JssdkTab() {
  const { calls, phone } = useWorkspace()
  useChanges(calls, phone)
  return (
    <Section
      title={texts.jssdk}
      note={texts.jssdkNote}
      tools={calls.calls.length > 0 && <Button text={texts.clear} onClick={() => calls.clear()} />}
    >
      <VerdictReason />
      <RovingList
        label={texts.jssdk}
        items={calls.calls}
        keyOf={({ key }) => key}
        separator={(call, later) => call.url !== later?.url && <p class="day">{call.url}</p>}
        summary={call => <Summary call={call} />}
        detail={call => <Detail call={call} />}
      />
      {calls.calls.length === 0 && <EmptyNote text={texts.noCalls} />}
    </Section>
  )
}

function VerdictReason() {
  const { verdict } = useWorkspace().phone
  if (!verdict) return null
  return (
    <div class={`verdict-reason ${verdict.isAccepted ? 'good' : 'bad'}`}>
      <b>{verdict.isAccepted ? texts.verified : texts.refused}</b>
      <code>{verdict.errMsg}</code>
      {verdict.reason && <p>{verdict.reason}</p>}
    </div>
  )
}

function Summary({ call: { at, name, result, durationMs } }: { call: StoredCall }) {
  const look = result === undefined ? 'running' : /^(?:ok|yes)/.test(result) ? 'good' : 'bad'
  return (
    <>
      <time>{timeOfDay(at)}</time>
      <code>{name}</code>
      {durationMs !== undefined && <span class="took">{durationMs} ms</span>}
      <span class={`outcome ${look}`}>{result ?? texts.call.waiting}</span>
    </>
  )
}

function Detail({ call: { args, reply } }: { call: StoredCall }) {
  return (
    <>
      <h4>{texts.call.args}</h4>
      <pre>{readableJson(args)}</pre>
      {reply !== undefined && (
        <>
          <h4>{texts.call.reply}</h4>
          <pre>{readableJson(reply)}</pre>
        </>
      )}
    </>
  )
}
