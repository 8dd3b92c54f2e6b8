import { buildAddress } from './simulator-api.js'

/** Calls the listener whenever something may have changed in the simulator. */
export function listenForChanges(listener: () => void): void {
  if ('SharedWorker' in window) shareConnection(listener)
  else connectWhileVisible(listener)
}

function shareConnection(listener: () => void): void {
  const worker = new SharedWorker(buildAddress('/simulator/files/events-worker.js'), { name: 'wxsim-events' })
  worker.port.addEventListener('message', listener)
  worker.port.start()
}

/** Browsers without shared workers: only the tabs in sight have a connection. */
function connectWhileVisible(listener: () => void): void {
  let events: EventSource | undefined
  const update = () => {
    if (document.hidden) {
      events?.close()
      events = undefined
    } else if (!events) {
      events = new EventSource(buildAddress('/simulator/events'))
      events.addEventListener('message', listener)
      listener()
    }
  }
  document.addEventListener('visibilitychange', update)
  update()
}
