import { useEffect, useState } from 'preact/hooks'
import type { DashboardCall } from '../../protocol/dashboard.js'
import { lastCallAtStart } from '../data/simulator-api.js'
import { faultWords } from '../texts/fault-words.js'
import { texts } from '../texts/texts.js'
import { useChanges } from '../ui/observable.js'
import { useWorkspace } from '../workspace.js'

const authorizePath = '/connect/oauth2/authorize'

/** The faults of a page that leave the frame blank, such as a connection that is reset. */
const blankFaults = /^(?:always )?(?:reset|lost|hang|drip|cut|empty|status)/

/**
 * Names the latest planned fault that was played since the dashboard was opened, so that developers do not look for a
 * mistake in their own code. A fault of the authorize page is explained inside the frame.
 */
export function FaultStrip() {
  const { live, phone, navigation } = useWorkspace()
  useChanges(live)
  const [seenId, setSeenId] = useState(lastCallAtStart)
  const played = live.data?.history.find(({ id, fault }) => fault !== undefined && id > seenId)

  useEffect(() => {
    if (played && leavesBlank(played)) {
      phone.explainFault(`${faultWords(played.fault ?? '')}（${authorizePath}）`)
      setSeenId(played.id)
    }
  }, [played?.id])

  if (!played?.fault) return null
  return (
    <div class="fault-strip" role="status">
      <span>{texts.faultPlayed(faultWords(played.fault), played.path)}</span>
      <button type="button" onClick={() => navigation.searchFor(played.path)}>
        {texts.details}
      </button>
      <button type="button" aria-label={texts.close} onClick={() => setSeenId(played.id)}>
        ×
      </button>
    </div>
  )
}

function leavesBlank({ path, fault = '' }: DashboardCall): boolean {
  return path === authorizePath && blankFaults.test(fault)
}
