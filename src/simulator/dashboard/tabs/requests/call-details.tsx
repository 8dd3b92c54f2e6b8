import { useEffect, useState } from 'preact/hooks'
import type { CallDetail, DashboardCall } from '../../../protocol/dashboard.js'
import { simulator } from '../../data/simulator-api.js'
import { errcodeWords, faultWords } from '../../texts/fault-words.js'
import { language, texts } from '../../texts/texts.js'
import { readableJson } from '../../ui/format.js'
import { Button, CopyButton } from '../../ui/parts.js'
import { useWorkspace } from '../../workspace.js'
import { asCurl } from './as-curl.js'

const errcodePage = 'https://developers.weixin.qq.com/doc/service/guide/dev/errorcode.html'

/** Shows a call's parameters, its answer, and the reason if it failed. */
export function CallDetails({ call }: { call: DashboardCall }) {
  const { navigation } = useWorkspace()
  const { fault, durationMs } = call
  const warnings = (language === 'zh' ? call.warningsZh : call.warnings) ?? []
  return (
    <>
      <Refusal call={call} />
      {fault && <p class="warning">{texts.faultPlayed(faultWords(fault), call.path)}</p>}
      {warnings.map(warning => (
        <p key={warning} class="warning">
          {warning}
        </p>
      ))}
      <Parameters call={call} />
      <Answer call={call} />
      {durationMs !== undefined && <p class="quiet">{texts.took(durationMs)}</p>}
      {/* A push to the app has no buttons: curl can't sign it, and no fault can be planned for it. */}
      {!call.isPush && (
        <div class="buttons">
          <CopyButton text={asCurl(call)} label={texts.copyAsCurl} />
          <Button text={texts.planHere} onClick={() => navigation.planFor(call.path)} />
        </div>
      )}
    </>
  )
}

function Refusal({ call: { errcode, errmsg } }: { call: DashboardCall }) {
  if (errcode === undefined) return null
  return (
    <div class="refusal">
      <p>{errcodeWords(String(errcode))}</p>
      {errmsg && <code lang="en">{errmsg}</code>}
      <a href={errcodePage} target="_blank" rel="noreferrer">
        {texts.officialPage}
      </a>
    </div>
  )
}

function Parameters({ call: { parameters, fault } }: { call: DashboardCall }) {
  const pairs = Object.entries(parameters)
  if (pairs.length === 0) {
    // A planned fault is played before the body is read, so nothing is known of the parameters.
    return fault ? null : <p class="quiet">{texts.noParameters}</p>
  }
  return (
    <dl>
      {pairs.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Shows the answer, which is read when the row is opened, and again when a running call has ended. */
function Answer({ call: { id, isRunning } }: { call: DashboardCall }) {
  const [detail, setDetail] = useState<CallDetail>()
  useEffect(() => {
    let isWanted = true
    simulator.call(id).then(
      read => isWanted && setDetail(read),
      // The call is unknown if the history was cleared meanwhile. This row then disappears.
      () => undefined,
    )
    return () => {
      isWanted = false
    }
  }, [id, isRunning])
  if (!detail || isRunning) return null
  return (
    <>
      <h4>{texts.answer}</h4>
      {detail.answer === undefined ? (
        <p class="quiet">{texts.noAnswer}</p>
      ) : (
        <pre>{readableJson(detail.answer)}</pre>
      )}
    </>
  )
}
