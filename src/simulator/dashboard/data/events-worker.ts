// Keeps one connection to the simulator for all tabs. A browser opens at most six connections to one host over HTTP/1.1,
// so with one per tab, six tabs would leave none for any other request.

const ports: MessagePort[] = []

addEventListener('connect', event => {
  if (event instanceof MessageEvent) ports.push(...event.ports)
})
listen(new URL('../events', location.href).href)

function listen(address: string): void {
  const events = new EventSource(address)
  const tell = () => {
    // The port of a closed tab stays in the list; a message to it has no effect.
    for (const port of ports) port.postMessage('changed')
  }
  events.addEventListener('message', tell)
  events.addEventListener('open', tell)
  events.addEventListener('error', tell)
}
