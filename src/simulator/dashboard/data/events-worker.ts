// One connection to the simulator for all tabs: a browser opens at most six to one host over HTTP/1.1, and a seventh
// tab with its own would wait for ever, and the app's requests with it.

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
