// One connection to the simulator for all tabs. A browser opens at most six connections to one host over HTTP/1.1, so
// with one connection per tab a seventh tab would wait for ever, and so would the app's requests.

const ports: MessagePort[] = []

addEventListener('connect', event => {
  if (event instanceof MessageEvent) ports.push(...event.ports)
})
listen(new URL('../events', location.href).href)

function listen(address: string): void {
  const events = new EventSource(address)
  const tell = () => {
    // A tab that was closed leaves its port behind; a message to it goes nowhere.
    for (const port of ports) port.postMessage('changed')
  }
  events.addEventListener('message', tell)
  events.addEventListener('open', tell)
  events.addEventListener('error', tell)
}
