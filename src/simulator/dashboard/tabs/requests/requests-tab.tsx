import { useEffect, useState } from 'preact/hooks'
import type { DashboardCall } from '../../../protocol/dashboard.js'
import { texts } from '../../texts/texts.js'
import { formatDay, longDuration } from '../../ui/format.js'
import { useChanges } from '../../ui/observable.js'
import { Button, EmptyNote, Section } from '../../ui/parts.js'
import { RovingList } from '../../ui/roving-list.js'
import { useWorkspace } from '../../workspace.js'
import { CallDetails } from './call-details.js'
import { CallSummary } from './call-summary.js'
import { filterCalls, type RequestFilter } from './filter-calls.js'

const filters: readonly RequestFilter[] = ['all', 'failed', 'api']

/** A pause of at least so many milliseconds is shown, because it is most likely a jump of the simulated time. */
const longPauseMs = 3_600_000

/** The calls between the app and WeChat, the latest first. */
export function RequestsTab() {
  const { live, navigation } = useWorkspace()
  useChanges(live)
  const [search, setSearch] = useState('')
  const [filter, setFilter] = useState<RequestFilter>('all')
  const calls = live.data?.history ?? []
  const shown = filterCalls(calls, filter, search)

  useEffect(() => {
    if (navigation.searched) setSearch(navigation.searched)
    navigation.searched = ''
  }, [navigation.searched])

  return (
    <Section
      title={texts.requests}
      note={texts.requestsNote}
      tools={
        calls.length > 0 && (
          <Button text={texts.clear} onClick={() => live.change(api => api.clearHistory())} />
        )
      }
    >
      <div class="filters">
        <input
          class="field"
          type="search"
          aria-label={texts.search}
          placeholder={texts.search}
          value={search}
          onInput={event => setSearch(event.currentTarget.value)}
        />
        <select
          class="field"
          aria-label={texts.filter}
          value={filter}
          onChange={event => setFilter(filters.find(name => name === event.currentTarget.value) ?? 'all')}
        >
          {filters.map(name => (
            <option key={name} value={name}>
              {texts.filters[name]}
            </option>
          ))}
        </select>
      </div>
      <RovingList
        label={texts.requests}
        items={shown}
        keyOf={({ id }) => String(id)}
        separator={(call, later) => <Separator call={call} later={later} />}
        summary={call => <CallSummary call={call} />}
        detail={call => <CallDetails call={call} />}
      />
      {calls.length === 0 && <EmptyNote text={texts.noRequests} />}
      {calls.length > 0 && shown.length === 0 && <EmptyNote text={texts.noMatch} />}
    </Section>
  )
}

/** Shows a new day or a jump of the time between two calls. `later` is the call above, because the latest is first. */
function Separator({ call, later }: { call: DashboardCall; later: DashboardCall | undefined }) {
  if (!later) return <p class="day">{formatDay(call.at)}</p>
  const pauseMs = later.at - call.at
  if (pauseMs < longPauseMs && formatDay(later.at) === formatDay(call.at)) return null
  const { count, unit } = longDuration(pauseMs)
  return (
    <>
      <p class="gap">{texts.later(count, unit)}</p>
      <p class="day">{formatDay(call.at)}</p>
    </>
  )
}
