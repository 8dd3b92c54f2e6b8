import type { DashboardCall } from '../../../protocol/dashboard.js'
import { faultWords } from '../../texts/fault-words.js'
import { texts } from '../../texts/texts.js'
import { timeOfDay } from '../../ui/format.js'
import { hasFailed } from './filter-calls.js'

/** A call's row in the list: time, method, path, fault, duration and result. */
export function CallSummary({ call }: { call: DashboardCall }) {
  const { at, method, path, fault, durationMs } = call
  return (
    <>
      <time>{timeOfDay(at)}</time>
      <span class={`method ${method.toLowerCase()}`}>{method}</span>
      <code>{path}</code>
      {fault && <span class="fault">{faultWords(fault)}</span>}
      {durationMs !== undefined && <span class="took">{durationMs} ms</span>}
      <Outcome call={call} />
    </>
  )
}

function Outcome({ call }: { call: DashboardCall }) {
  if (call.isRunning) return <span class="outcome running">{texts.running}</span>
  const { errcode, errorPage, status } = call
  return (
    <span class={`outcome ${hasFailed(call) ? 'bad' : 'good'}`}>
      {errcode ?? errorPage ?? status ?? texts.cutOff}
    </span>
  )
}
