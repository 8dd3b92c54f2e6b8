import { buildAddress } from './simulator-api.js'

/** Calls the listener if the simulator's state may have changed. */
export function listenForChanges(listener: () => void): void {
  if ('SharedWorker' in window) shareConnection(listener)
  else connectWhileVisible(listener)
}

function shareConnection(listener: () => void): void {
  const worker = new SharedWorker(buildAddress('/simulator/files/events-worker.js'), { name: 'wxsim-events' })
  worker.port.addEventListener('message', listener)
  worker.port.start()
}

/** For browsers without shared workers: a tab has a connection only while it is visible. */
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
